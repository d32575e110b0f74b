"""Clients' logos: fetched once by the guarded fetcher, kept in the database, shown from this server."""

from idp.base import clock, fetch
from idp.base.database import pause, session
from idp.clients.models import ClientLogo
from idp.clients.service import RegisteredClient

MEDIA_TYPES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
LARGEST = 200_000  # bytes


def find(client: RegisteredClient) -> ClientLogo | None:
    """Return a client's logo, fetching it the first time; None when there is none, or it is no PNG, JPEG or GIF."""
    uri = client.metadata.logo_uri
    if not uri:
        return None
    kept = session().get(ClientLogo, client.client_id)
    if kept is not None and kept.logo_uri == uri:
        return kept if kept.content else None
    pause()
    try:
        content = fetch.get(uri, largest=LARGEST)
    except fetch.FetchError:
        content = b""
    media_type = next((name for start, name in MEDIA_TYPES.items() if content.startswith(start)), "")
    logo = ClientLogo(
        client_id=client.client_id,
        logo_uri=uri,
        media_type=media_type,
        content=content if media_type else b"",
        fetched_at=clock.now(),
    )
    session().merge(logo)
    return logo if media_type else None
