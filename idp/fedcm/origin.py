"""From which client's page a browser asks: its origin must be that of one of the client's redirect URIs."""

from idp.clients import origins
from idp.clients import service as clients
from idp.clients.registered import RegisteredClient


def find_client(client_id: str | None) -> RegisteredClient | None:
    """Return an enabled client that is switched to FedCM."""
    client = clients.find(client_id)
    return client if client is not None and client.metadata.fedcm_enabled else None


def find_uri(client: RegisteredClient, origin: str | None) -> str | None:
    """Return the first redirect URI of a client at an origin; None where it has none there."""
    if origin is None:
        return None
    return next((uri for uri in client.metadata.redirect_uris if origins.origin_of(uri) == origin), None)
