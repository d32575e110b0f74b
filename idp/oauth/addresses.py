"""Addresses: what is added to them, and where this server shows a client's logo."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from idp.clients.registered import RegisteredClient
from idp.oauth import refusals


def with_query(uri: str, members: Mapping[str, str]) -> str:
    """Return a URI with members added to its query (RFC 6749, section 3.1.2), which it may have already; the rest stays to the letter."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(members)}"


def logo_path(client: RegisteredClient) -> str | None:
    """Return where this server shows a client's logo."""
    return f"/oauth/clients/{client.client_id}/logo" if client.metadata.logo_uri else None


def without_query(uri: str) -> str:
    """Return where an address that somebody sent leads, fit for a log: short, and without what may be secret in it."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return "(malformed)"
    host = parts.netloc.rpartition("@")[2]
    left_out = "?..." if parts.query or parts.fragment else ""
    where = f"//{host}" if host else ""
    return refusals.shorten(f"{parts.scheme}:{where}{parts.path}{left_out}") or ""
