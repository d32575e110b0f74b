"""The origins of public clients, which may read what the endpoints for programs answer: in a table, so that one is looked up however many.

A process remembers those that it found, and looks once more where any client may have changed.
"""

import threading
from collections import OrderedDict
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Select, select

from idp.base.database import open_connection, reading
from idp.base.derived import Derived
from idp.base.extensions import generation, settings
from idp.base.statements import parameter, statement
from idp.clients.models import LONGEST_ORIGIN, Client, ClientOrigin

PORTS = {"https": 443, "http": 80}
MOST_KNOWN = 10_000

_known: dict[
    int, "OrderedDict[str, tuple[int, int]]"
] = {}  # of each application of this process: the counter when it was looked up
_lock = threading.Lock()


def has_client(origin: str) -> bool:
    """Return whether an enabled public client lives at an origin, as it was when the counter of clients last moved."""
    counter = generation("clients")
    value, known = counter.value(), _known.setdefault(id(counter), OrderedDict())
    if known.get(origin) == value:
        return True
    is_there = len(origin) <= LONGEST_ORIGIN and _look(origin)
    with _lock:
        if not is_there:
            known.pop(origin, None)  # strangers take no place
            return False
        known[origin] = value
        known.move_to_end(origin)
        while len(known) > MOST_KNOWN:
            known.popitem(last=False)
    return True


def of(client: Any) -> set[str]:
    """Return the origins of a client, or of a row with its columns; none of one that has a secret."""
    if client.token_endpoint_auth_method != "none":  # noqa: S105 - a method's name
        return set()
    found = map(origin_of, client.redirect_uris)
    return {origin for origin in found if origin is not None and len(origin) <= LONGEST_ORIGIN}


rows = Derived(
    key=Client.client_id,
    owner=ClientOrigin.client_id,
    value=ClientOrigin.origin,
    newest=Client.created_at,
    sources=("token_endpoint_auth_method", "redirect_uris"),
    of=of,
    which=Client.token_endpoint_auth_method == "none",
)


def _look(origin: str) -> bool:
    """Look an origin up, as things are now.

    On SQLite a transaction that only reads sees the state in which it began, which may be older than the counter that was just read.
    """
    if settings().is_sqlite and open_connection() is not None:
        with reading() as own:
            return own.execute(_enabled().where(ClientOrigin.origin == origin)).first() is not None
    return _find.first(origin=origin) is not None


def origin_of(uri: str) -> str | None:
    """Return the origin of an address as browsers write it (RFC 6454, section 6.2); None where it has none."""
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or host is None:
        return None
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, PORTS[parts.scheme]) else "")


def _enabled() -> Select[Any]:
    is_it = (Client.client_id == ClientOrigin.client_id) & Client.disabled_at.is_(None)
    return select(ClientOrigin.client_id).join(Client, is_it).limit(1)


@statement
def _find(_dialect: str) -> Select[Any]:
    return _enabled().where(ClientOrigin.origin == parameter("origin", ClientOrigin.origin))
