"""Sign-ins that begin here and not at the client (OpenID Connect Core, section 4)."""

from idp.base.extensions import settings
from idp.clients import service as clients
from idp.oauth import addresses


def address(client_id: str) -> str | None:
    """Return where a client begins a sign-in with this server; None for one that is disabled or has no such address.

    It is told the issuer alone: who the person is it learns by asking.
    """
    client = clients.find(client_id)
    uri = client.metadata.initiate_login_uri if client is not None else None
    if not uri:
        return None
    return addresses.with_query(uri, {"iss": settings().issuer})
