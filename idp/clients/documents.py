"""Client identifiers that are addresses of a client's own metadata (draft-ietf-oauth-client-id-metadata-document, section 3).

Here is what such an address may be, and how it stands in the path of a page. What is published there is the affair of
`oauth.client_documents`.
"""

import re
from urllib.parse import urlsplit

from idp.clients.metadata import CLIENT_ID
from idp.clients.metadata.uris import is_loopback_host
from idp.keys.parsing import decode, encode

LONGEST = 255  # characters: the column has no more
SHAPE = re.compile(r"https?://[!-\[\]-~]+")
DOTS = re.compile(r"(\.|%2e){1,2}", re.IGNORECASE)
MARK = "url~"  # begins what stands for such an identifier in a path


def is_url(client_id: str) -> bool:
    """Return whether a client identifier is meant as an address: what this server makes up never looks like one."""
    return client_id.startswith(("https://", "http://"))


def find_fault(client_id: str) -> str | None:
    """Return what is wrong with an address as a client identifier (section 3), as a sentence for developers; None where nothing is.

    Plain http is for loopback alone, where people develop; whether it may be asked is decided by the guarded fetcher.
    """
    if len(client_id) > LONGEST:
        return f"It is longer than {LONGEST} characters."
    if not SHAPE.fullmatch(client_id):
        return "It is no https address in printable ASCII."
    try:
        parts = urlsplit(client_id)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "It is malformed."
    if not host or port == 0 or "\\" in client_id:
        return "It is malformed."
    if "@" in parts.netloc:
        return "It must not hold a user's name or password."
    if "#" in client_id:
        return "It must not have a fragment."
    if parts.path in ("", "/"):
        return "It needs a path, such as /client.json."
    if any(DOTS.fullmatch(segment) for segment in parts.path.split("/")):
        return "Its path must not have a segment of one or two dots."
    if parts.scheme == "http" and not is_loopback_host(host):
        return "It must be https."
    return None


def is_identifier(client_id: str) -> bool:
    """Return whether a text can be a client's identifier at all: one that was made up, or chosen, or an address."""
    return CLIENT_ID.fullmatch(client_id) is not None or (is_url(client_id) and find_fault(client_id) is None)


def host_of(client_id: str) -> str | None:
    """Return the host, with its port, that vouches for an identifier which is an address; None for any other identifier."""
    return urlsplit(client_id).netloc.lower() if is_url(client_id) else None


def to_segment(client_id: str) -> str:
    """Return a client identifier as one segment of a path: an address would be many."""
    return f"{MARK}{encode(client_id.encode())}" if is_url(client_id) else client_id


def from_segment(segment: str) -> str:
    """Return the client identifier that a segment of a path stands for."""
    raw = decode(segment.removeprefix(MARK)) if segment.startswith(MARK) else None
    try:
        found = raw.decode() if raw is not None else ""
    except UnicodeDecodeError:
        return segment
    return found if is_url(found) else segment
