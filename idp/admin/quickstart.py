"""Quick start: what a developer pastes to connect one client, with that client's real values, but never its secret.

README.md prints `flask_program` and `flask_commands` word for word for its own example; a test compares them, and runs both.
"""

import json
import shlex
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from flask_babel import gettext as _

from idp.base.extensions import settings
from idp.clients.models import Client
from idp.config import LOOPBACK_HOSTS

SECRET_NAME = "CLIENT_SECRET"
DISCOVERY = "/.well-known/openid-configuration"
SCOPES = ("openid", "profile", "email")  # what the program asks for, as far as the client is registered for it


@dataclass(frozen=True)
class Snippet:
    """Something to paste: where it goes, and the text."""

    id: str
    label: str
    text: str


def snippets(client: Client) -> list[Snippet]:
    """Return the snippets that fit this client's grants."""
    found = [Snippet("quickstart-settings", _("OpenID Connect settings"), _settings(client))]
    if client.token_endpoint_auth_method.endswith("_jwt"):
        return found  # an app that signs has its key elsewhere
    redirect_uri = next(iter(client.redirect_uris), "")
    scope = " ".join(scope for scope in SCOPES if scope in client.scope.split())
    if scope.startswith("openid") and _fits(client, redirect_uri):
        has_secret = client.client_secret_digest is not None
        program = flask_program(settings().issuer, redirect_uri, scope, has_secret=has_secret)
        commands = flask_commands(client.client_id, redirect_uri, has_secret=has_secret)
        found.append(
            Snippet("quickstart-flask", _("A whole application with Flask and Authlib: save it as shop.py"), program)
        )
        found.append(Snippet("quickstart-shell", _("Install and start it"), commands))
        if has_secret:
            found.append(Snippet("quickstart-authjs", _("A provider of Auth.js"), _auth_js(client, scope)))
    if "client_credentials" in client.grant_types:
        found.append(Snippet("quickstart-curl", _("A token for the app itself, with curl"), _curl(client)))
    return found


def discovery_url() -> str:
    """Return the address from which clients read everything else (OpenID Connect Discovery, section 4)."""
    return f"{settings().issuer}{DISCOVERY}"


def flask_program(issuer: str, redirect_uri: str, scope: str, *, has_secret: bool = True) -> str:
    """Return a whole Flask application that signs people in; it takes `CLIENT_ID` and `CLIENT_SECRET` from the environment."""
    callback = unquote(urlsplit(redirect_uri).path) or "/"
    start = "/" if callback != "/" else "/start"
    secret = f'    client_secret=os.environ["{SECRET_NAME}"],\n' if has_secret else ""
    public = "" if has_secret else ', "token_endpoint_auth_method": "none"'
    return f"""\
import os

from authlib.integrations.flask_client import OAuth
from flask import Flask

app = Flask(__name__)
app.secret_key = os.urandom(32)  # for one process; several need the same one
gatehouse = OAuth(app).register(
    "gatehouse",
    client_id=os.environ["CLIENT_ID"],
{secret}    server_metadata_url={_quoted(issuer + DISCOVERY)},
    client_kwargs={{"scope": {_quoted(scope)}, "code_challenge_method": "S256"{public}}},
)


@app.get("{start}")
def sign_in():
    return gatehouse.authorize_redirect({_quoted(redirect_uri)})


@app.get({_quoted(callback)})
def callback():
    token = gatehouse.authorize_access_token()
    return dict(gatehouse.userinfo(token=token))
"""


def flask_commands(client_id: str, redirect_uri: str, *, has_secret: bool = True) -> str:
    """Return the shell's lines that install what the program needs, tell it its client, and start it where its callback is."""
    parts = urlsplit(redirect_uri)
    is_here = parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
    host = " --host ::1" if is_here and parts.hostname == "::1" else ""
    port = (parts.port or 80) if is_here else 8000
    secret = f"export {SECRET_NAME}='...'\n" if has_secret else ""
    return f"""\
python3 -m venv shop-env && . shop-env/bin/activate
pip install flask authlib requests
export CLIENT_ID={shlex.quote(client_id)}
{secret}flask --app shop.py run{host} --port {port}
"""


def _fits(client: Client, redirect_uri: str) -> bool:
    """Return whether the program does for a client: its callback is a page whose path has no variables, and userinfo is plain JSON."""
    is_page = redirect_uri.startswith(("https://", "http://")) and "<" not in unquote(urlsplit(redirect_uri).path)
    return is_page and "authorization_code" in client.grant_types and not client.userinfo_signed_response_alg


def _settings(client: Client) -> str:
    lines = [
        ("issuer", settings().issuer),
        ("discovery", discovery_url()),
        ("client_id", client.client_id),
        ("client_secret", f"${SECRET_NAME}" if client.client_secret_digest else ""),
        # An app that registered itself chose these; whoever reads the settings with a shell runs nothing of theirs.
        *(("redirect_uri", shlex.quote(uri)) for uri in client.redirect_uris),
        ("scope", client.scope),
        ("token_endpoint_auth_method", client.token_endpoint_auth_method),
        ("code_challenge_method", "S256" if "authorization_code" in client.grant_types else ""),
    ]
    return "\n".join(f"{name}={value}" for name, value in lines if value)


def _auth_js(client: Client, scope: str) -> str:
    """Return a provider for Auth.js, which reads name and e-mail address from the ID token alone."""
    told = (
        "This client's ID tokens have the claims that Auth.js and express-openid-connect show."
        if client.claims_in_id_token
        else 'Switch on "Claims in the ID token too" (Advanced), or Auth.js and express-openid-connect show empty users.'
    )
    return f"""\
// {told}
{{
  id: "gatehouse",
  name: "Gatehouse",
  type: "oidc",
  issuer: {_quoted(settings().issuer)},
  clientId: {_quoted(client.client_id)},
  clientSecret: process.env.{SECRET_NAME},
  authorization: {{ params: {{ scope: {_quoted(scope)} }} }},
  checks: ["pkce", "state", "nonce"],
}}
"""


def _curl(client: Client) -> str:
    # Identifiers and the secrets made here consist of characters that need no escape in a URL, in Basic credentials or in a shell.
    if client.token_endpoint_auth_method == "client_secret_post":
        proof = f'--data client_id={client.client_id} --data "client_secret=${SECRET_NAME}"'
    else:
        proof = f'--user "{client.client_id}:${SECRET_NAME}"'
    return f"curl {proof} \\\n  --data grant_type=client_credentials \\\n  {settings().issuer}/oauth/token\n"


def _quoted(text: str) -> str:
    """Return a Python literal."""
    return json.dumps(text)
