"""Sector identifiers: several hosts that together are one client to the people who use it (OpenID Connect Core, section 8.1)."""

import json

from idp.base import fetch
from idp.base.database import pause
from idp.base.outcome import Reason, Refused
from idp.clients.metadata import Metadata

LARGEST = 100_000  # bytes


def check(metadata: Metadata) -> Refused | None:
    """Return what is wrong with `sector_identifier_uri`: its document must list every redirect URI. Refusal: CLIENT_INVALID.

    Fetches: call it before anything is written.
    """
    uri = metadata.sector_identifier_uri
    if not uri:
        return None
    pause()
    try:
        listed = json.loads(fetch.get(uri, largest=LARGEST))
    except (fetch.FetchError, ValueError, RecursionError):
        return _refuse("The document could not be fetched.")
    if not isinstance(listed, list) or not all(redirect_uri in listed for redirect_uri in metadata.redirect_uris):
        return _refuse("The document does not list every redirect URI.")
    return None


def _refuse(detail: str) -> Refused:
    return Refused(Reason.CLIENT_INVALID, field="sector_identifier_uri", detail=detail)
