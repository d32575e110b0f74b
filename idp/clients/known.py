"""The clients that this process knows: parsed once, and looked at anew where any client may have changed.

A change counter says when, shared by the processes of a node and, through Redis, by all nodes; whatever changes a client bumps it after
its commit. From then on each client that is asked for is read once more, by one statement, and parsed only where its row differs: a
registration costs the others no more than that. The client that was asked for least lately makes way.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, inspect, select

from idp.base.database import open_connection, reading, writing
from idp.base.extensions import generation, settings
from idp.base.statements import Row, parameter, statement
from idp.clients.documents import is_identifier
from idp.clients.models import Client
from idp.clients.registered import RegisteredClient, parse

MOST_KNOWN = 1_000  # about three kilobytes each


@dataclass(frozen=True)
class _Known:
    counted: tuple[int, int]  # the counter when it was last looked at
    row: Row
    client: RegisteredClient


_known: dict[int, "OrderedDict[str, _Known]"] = {}  # of each application of this process
_lock = threading.Lock()


def find(client_id: str | None) -> RegisteredClient | None:
    """Return an enabled client, from the cache where it can."""
    client = look_up(client_id)
    return None if client is None or client.is_disabled else client


def look_up(client_id: str | None) -> RegisteredClient | None:
    """Return a client, disabled or not, from the cache where it can."""
    if not client_id or not is_identifier(client_id):
        return None
    counter = generation("clients")
    value, place = counter.value(), id(counter)
    known = _known.setdefault(place, OrderedDict())
    found = known.get(client_id)
    if found is None or found.counted != value:
        found = _look_again(client_id, value, found)
    with _lock:
        if found is None:
            known.pop(client_id, None)
            return None
        known[client_id] = found
        known.move_to_end(client_id)
        while len(known) > MOST_KNOWN:
            known.popitem(last=False)
    return found.client


def find_all(client_ids: Iterable[str]) -> dict[str, RegisteredClient]:
    """Return the enabled ones of several clients; those that have to be looked at anew are read by one statement, not by one each."""
    asked = [client_id for client_id in client_ids if is_identifier(client_id)]
    counter = generation("clients")
    value, known = counter.value(), _known.setdefault(id(counter), OrderedDict())
    old = [client_id for client_id in asked if client_id not in known or known[client_id].counted != value]
    if len(old) > 1:
        with reading() as own:
            rows = own.execute(select(*_columns()).where(Client.client_id.in_(old))).all()
        with _lock:
            for row in rows:
                known[row.client_id] = _renew(value, row, known.get(row.client_id))
        asked = [client_id for client_id in asked if client_id in known]
    found = ((client_id, find(client_id)) for client_id in asked)
    return {client_id: client for client_id, client in found if client is not None}


def reload() -> int:
    """Fill the cache from the database, disabled clients included, and have every other process look at its own anew.

    Returns how many were loaded: all, unless there are more than the cache holds.
    """
    counter = generation("clients")
    counter.bump()
    value = counter.value()
    rows = _newest.all(most=MOST_KNOWN)
    with _lock:
        _known[id(counter)] = OrderedDict((row.client_id, _Known(value, row, parse(row))) for row in reversed(rows))
    return len(rows)


def _look_again(client_id: str, value: tuple[int, int], found: _Known | None) -> _Known | None:
    row = _read(client_id)
    return _renew(value, row, found) if row is not None else None


def _renew(value: tuple[int, int], row: Any, found: _Known | None) -> _Known:
    is_same = found is not None and found.row == row
    return _Known(value, row, found.client if found is not None and is_same else parse(row))


def _read(client_id: str) -> Row | None:
    """Return a client's row as it is now.

    On SQLite a request that only reads sees the state in which it began, which may be older than the counter that was just read.
    """
    if settings().is_sqlite and not writing.get() and open_connection() is not None:
        with reading() as own:
            return own.execute(select(*_columns()).where(Client.client_id == client_id)).first()
    return _by_id.first(client_id=client_id)


def _columns() -> list[Any]:
    """Return the columns that make a client; that it is used changes none of them."""
    return [column for column in inspect(Client).columns if column.key not in {"last_used_on", "unused_since"}]


@statement
def _by_id(_dialect: str) -> Select[Any]:
    return select(*_columns()).where(Client.client_id == parameter("client_id", Client.client_id))


@statement
def _newest(_dialect: str) -> Select[Any]:
    return select(*_columns()).order_by(Client.created_at.desc()).limit(parameter("most", Integer()))
