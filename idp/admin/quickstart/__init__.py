"""Quick start: what somebody pastes to connect one client, with that client's real values, but never its secret.

README.md prints `flask_program` and `flask_commands` word for word for its own example; a test compares them, and runs both. What an
app that registered itself has chosen is a literal of the text's language, so that whoever pastes it runs nothing of the app's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from flask_babel import gettext as _

from idp.admin.quickstart import devices, plain, programs, python, scripts
from idp.admin.quickstart.facts import Facts
from idp.admin.quickstart.python import flask_commands as flask_commands
from idp.admin.quickstart.python import flask_program as flask_program
from idp.base.extensions import settings
from idp.clients.metadata import DEVICE_CODE
from idp.clients.models import Client

SCOPES = ("openid", "profile", "email")  # what the program asks for, as far as the client is registered for it


@dataclass(frozen=True)
class Snippet:
    """Something to paste: where it goes, and the text; folded away where it is for one framework of many.

    `missing_uri` is the redirect URI that the client has to have for it and has not yet.
    """

    id: str
    label: str
    text: str
    is_folded: bool = False
    missing_uri: str | None = None


@dataclass(frozen=True)
class Framework:
    """How apps of one kind are connected: `path` is where their callback always is; None where the snippet says where."""

    id: str
    label: str
    write: Callable[[Facts], str]
    path: str | None = None


# Their names are the same in every language.
WITH_SECRET = (
    Framework("authjs", "Next.js, Auth.js", scripts.auth_js, "/api/auth/callback/gatehouse"),
    Framework("express", "Express", scripts.express),
    Framework("django", "Django", python.django_settings, "/accounts/oidc/gatehouse/login/callback/"),
    Framework("fastapi", "FastAPI", python.fastapi_program),
    Framework("spring", "Spring Boot", programs.spring, "/login/oauth2/code/gatehouse"),
    Framework("go", "Go", programs.go),
    Framework("oauth2-proxy", "oauth2-proxy", programs.oauth2_proxy, "/oauth2/callback"),
    Framework("grafana", "Grafana", programs.grafana, "/login/generic_oauth"),
)
WITHOUT_SECRET = (Framework("oidc-client-ts", "oidc-client-ts", scripts.oidc_client_ts),)


def snippets(client: Client) -> list[Snippet]:
    """Return the snippets that fit this client's grants."""
    found = [Snippet("quickstart-settings", _("OpenID Connect settings"), plain.settings_of(client))]
    if client.token_endpoint_auth_method.endswith("_jwt"):
        return found  # an app that signs has its key elsewhere
    redirect_uri = next(iter(client.redirect_uris), "")
    scope = " ".join(scope for scope in SCOPES if scope in client.scope.split())
    if scope.startswith("openid") and _fits(client, redirect_uri):
        has_secret = client.client_secret_digest is not None
        facts = Facts(settings().issuer, client.client_id, redirect_uri, scope, has_secret, client.claims_in_id_token)
        found += _of_flask(facts)
        found += [_of(framework, facts, client) for framework in (WITH_SECRET if has_secret else WITHOUT_SECRET)]
    if DEVICE_CODE in client.grant_types and not client.dpop_bound_access_tokens:
        facts = Facts(settings().issuer, client.client_id, redirect_uri, scope, client.client_secret_digest is not None)
        found.append(
            Snippet(
                "quickstart-device",
                _("A program that people sign in to on another device, in Python"),
                devices.program(facts),
            )
        )
    if "client_credentials" in client.grant_types:
        found.append(Snippet("quickstart-curl", _("A token for the app itself, with curl"), plain.curl(client)))
    return found


def _of_flask(facts: Facts) -> list[Snippet]:
    program = flask_program(facts.issuer, facts.redirect_uri, facts.scope, has_secret=facts.has_secret)
    commands = flask_commands(facts.client_id, facts.redirect_uri, has_secret=facts.has_secret)
    return [
        Snippet("quickstart-flask", _("A whole application with Flask and Authlib: save it as shop.py"), program),
        Snippet("quickstart-shell", _("Install and start it"), commands),
    ]


def _of(framework: Framework, facts: Facts, client: Client) -> Snippet:
    needed = f"{facts.origin}{framework.path}" if framework.path is not None else facts.redirect_uri
    missing = None if needed in client.redirect_uris else needed
    return Snippet(f"quickstart-{framework.id}", framework.label, framework.write(facts), True, missing)


def _fits(client: Client, redirect_uri: str) -> bool:
    """Return whether programs do for a client: its callback is a page whose path has no variables, and userinfo is plain JSON."""
    is_page = redirect_uri.startswith(("https://", "http://")) and "<" not in unquote(urlsplit(redirect_uri).path)
    return is_page and "authorization_code" in client.grant_types and not client.userinfo_signed_response_alg
