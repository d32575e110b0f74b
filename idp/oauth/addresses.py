"""Addresses: what is added to them, and where this server shows a client's logo."""

from collections.abc import Mapping
from urllib.parse import urlencode

from idp.clients.registered import RegisteredClient


def with_query(uri: str, members: Mapping[str, str]) -> str:
    """Return a URI with members added to its query (RFC 6749, section 3.1.2), which it may have already; the rest stays to the letter."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(members)}"


def logo_path(client: RegisteredClient) -> str | None:
    """Return where this server shows a client's logo."""
    return f"/oauth/clients/{client.client_id}/logo" if client.metadata.logo_uri else None
