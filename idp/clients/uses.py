"""When clients were used last, by the day (UTC): a client is used when it gets a token.

Each process writes it once a day for a client, where a token is made, and remembers that it has: whatever a client asks for after that
costs no statement. Nobody waits for more than a day's first one, and no answer is lost where that cannot be written.
"""

import logging
import threading
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, Update, or_, select, update
from sqlalchemy.exc import DBAPIError

from idp.base.extensions import generation
from idp.base.statements import parameter, statement
from idp.clients import words
from idp.clients.models import Client, today

log = logging.getLogger(__name__)

MOST_NOTED = 50_000
LONGEST_DAYS = 3650

_noted: dict[int, tuple[date, set[str]]] = {}  # of each application of this process
_lock = threading.Lock()


def note(client_id: str) -> None:
    """Note that a client was used today, unless this process has; what hinders that is logged, and hinders nothing else."""
    day, place = today(), id(generation("clients"))
    known = _noted.get(place)
    if known is not None and known[0] == day and client_id in known[1]:
        return
    try:
        _note.run(client_id=client_id, day=day)
    except DBAPIError:
        log.exception("that a client was used could not be noted")
        return
    with _lock:
        known = _noted.get(place)
        if known is None or known[0] != day or len(known[1]) >= MOST_NOTED:
            known = _noted[place] = (day, set())
        known[1].add(client_id)


def unused(days: int, term: str = "") -> Select[Client]:
    """Return the query for clients that nobody has used for so many days, the longest unused first; of some by words, as `search`.

    One that was never used counts from the day on which it was registered, or from which on uses are known.
    """
    until = today() - timedelta(days=days)
    query = select(Client).where(Client.unused_since <= until, words.index.among(Client.client_id, term))
    return query.order_by(Client.unused_since, Client.client_id)


def describe(row: Client) -> dict[str, Any]:
    """Return the members that tell of a client's use: the last day, and the day since which nobody has used it."""
    last = row.last_used_on
    return {"last_used_on": last.isoformat() if last else None, "unused_since": row.unused_since.isoformat()}


@statement
def _note(_dialect: str) -> Update:
    day = parameter("day", Client.last_used_on)
    is_new = or_(Client.last_used_on.is_(None), Client.last_used_on < day)
    mine = Client.client_id == parameter("client_id", Client.client_id)
    return update(Client).where(mine, is_new).values(last_used_on=day, unused_since=day)
