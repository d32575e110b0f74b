"""What needs no language: the settings of a client, line by line, and a request with curl."""

import shlex

from idp.admin.quickstart.facts import DISCOVERY, SECRET_NAME
from idp.base.extensions import settings
from idp.clients.models import Client


def discovery_url() -> str:
    """Return the address from which clients read everything else (OpenID Connect Discovery, section 4)."""
    return f"{settings().issuer}{DISCOVERY}"


def settings_of(client: Client) -> str:
    """Return a client's settings, a name and a value a line."""
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


def curl(client: Client) -> str:
    """Return a request for a token of the app itself (RFC 6749, section 4.4)."""
    # Identifiers and the secrets made here consist of characters that need no escape in a URL, in Basic credentials or in a shell.
    if client.token_endpoint_auth_method == "client_secret_post":
        proof = f'--data client_id={client.client_id} --data "client_secret=${SECRET_NAME}"'
    else:
        proof = f'--user "{client.client_id}:${SECRET_NAME}"'
    return f"curl {proof} \\\n  --data grant_type=client_credentials \\\n  {settings().issuer}/oauth/token\n"
