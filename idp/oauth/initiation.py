"""Sign-ins that begin here and not at the client (OpenID Connect Core, section 4), and where people begin with a client at all."""

from urllib.parse import urlsplit

from idp.base.extensions import settings
from idp.clients import service as clients
from idp.clients.registered import RegisteredClient
from idp.oauth import addresses


def find_start(client: RegisteredClient) -> str | None:
    """Return where a person begins with a client: a sign-in, its home page, or the host of its answers; None for an installed app."""
    metadata = client.metadata
    known = address(client.client_id) or metadata.client_uri
    if known:
        return known
    hosts = [urlsplit(uri) for uri in metadata.redirect_uris if uri.startswith("https:")]
    return f"https://{hosts[0].netloc}/" if hosts else None


def address(client_id: str) -> str | None:
    """Return where a client begins a sign-in with this server; None for one that is disabled or has no such address.

    It is told the issuer alone: who the person is it learns by asking.
    """
    client = clients.find(client_id)
    uri = client.metadata.initiate_login_uri if client is not None else None
    if not uri:
        return None
    return addresses.with_query(uri, {"iss": settings().issuer})
