"""Quick start: what a developer pastes to connect one client, with that client's real values, but never its secret."""

import json
import shlex
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask_babel import gettext as _

from idp.base.extensions import settings
from idp.clients.models import Client

SECRET_NAME = "GATEHOUSE_CLIENT_SECRET"


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
    if "authorization_code" in client.grant_types and redirect_uri.startswith(("https://", "http://")):
        found.append(Snippet("quickstart-flask", _("Flask, with Authlib"), _flask(client, redirect_uri)))
    if "client_credentials" in client.grant_types:
        found.append(Snippet("quickstart-curl", _("A token for the app itself, with curl"), _curl(client)))
    return found


def discovery_url() -> str:
    """Return the address from which clients read everything else (OpenID Connect Discovery, section 4)."""
    return f"{settings().issuer}/.well-known/openid-configuration"


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


def _flask(client: Client, redirect_uri: str) -> str:
    is_public = client.client_secret_digest is None
    proof = [
        '        "token_endpoint_auth_method": "none",\n' if is_public else "",
        "" if is_public else f'    client_secret=os.environ["{SECRET_NAME}"],\n',
    ]
    return f"""\
import os

from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, session

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
oauth = OAuth(app)
oauth.register(
    "gatehouse",
    server_metadata_url={_quoted(discovery_url())},
    client_id={_quoted(client.client_id)},
{proof[1]}    client_kwargs={{
        "scope": {_quoted(client.scope)},
        "code_challenge_method": "S256",
{proof[0]}    }},
)


@app.get("/login")
def login():
    return oauth.gatehouse.authorize_redirect({_quoted(redirect_uri)})


@app.get({_quoted(urlsplit(redirect_uri).path or "/")})
def callback():
    token = oauth.gatehouse.authorize_access_token()
    session["user"] = dict(oauth.gatehouse.userinfo(token=token))
    return redirect("/")
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
