"""Clients' logos: fetched once by the guarded fetcher, kept in the database, shown from this server.

Where none was to be had, that is kept too, for an hour: hosts fail, and mend.
"""

from datetime import timedelta

from idp.base import clock, fetch
from idp.base.database import connection, for_writing, insert_into, pause, session
from idp.clients.models import ClientLogo
from idp.clients.registered import RegisteredClient

MEDIA_TYPES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
LARGEST = 200_000  # bytes
MISSING_FOR = timedelta(hours=1)


def find(client: RegisteredClient) -> ClientLogo | None:
    """Return a client's logo, fetching it the first time; None when there is none, or it is no PNG, JPEG or GIF."""
    uri = client.metadata.logo_uri
    if not uri:
        return None
    kept = session().get(ClientLogo, client.client_id)
    if kept is not None and kept.logo_uri == uri and (kept.content or clock.now() - kept.fetched_at < MISSING_FOR):
        return kept if kept.content else None
    for_writing()
    pause()
    content, media_type = fetch_picture(uri) or (b"", "")
    values = {
        "logo_uri": uri,
        "media_type": media_type,
        "content": content,
        "fetched_at": clock.now(),
    }
    # Several browsers may be the first to ask.
    statement = insert_into(ClientLogo).values(client_id=client.client_id, **values)
    connection().execute(statement.on_conflict_do_update(index_elements=[ClientLogo.client_id], set_=values))
    pause()  # stands by itself: a logo that is missing must not be looked for again because its page is a 404, which rolls back
    return ClientLogo(client_id=client.client_id, **values) if media_type else None


def fetch_picture(uri: str) -> tuple[bytes, str] | None:
    """Return the picture at an address, and its media type; None when there is none, or it is no PNG, JPEG or GIF."""
    try:
        content = fetch.get(uri, largest=LARGEST)
    except fetch.FetchError:
        return None
    media_type = next((name for start, name in MEDIA_TYPES.items() if content.startswith(start)), None)
    return (content, media_type) if media_type is not None else None
