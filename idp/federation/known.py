"""The rows of providers that this process knows: read once, and looked at anew where any of them may have changed.

A change counter says when, shared by the processes of a node and, through Redis, by all nodes; whatever changes a provider bumps it
after its commit. There are few of them, so that all are read by one statement.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, inspect, select

from idp.base.database import open_connection, reading, writing
from idp.base.extensions import generation, settings
from idp.base.statements import statement
from idp.federation import configured
from idp.federation.configured import Configured
from idp.federation.models import UpstreamProvider

COUNTER = "providers"


@dataclass(frozen=True)
class _Known:
    counted: tuple[int, int]  # the counter when they were looked at
    rows: dict[str, Configured]
    homes: dict[str, Configured]  # of each domain whose people sign in by one provider alone


_known: dict[int, _Known] = {}  # of each application of this process


def list_all() -> list[Configured]:
    """Return all of them, disabled ones included, in their order."""
    return list(_look().rows.values())


def find(key: str) -> Configured | None:
    """Return one, disabled or not."""
    return _look().rows.get(key)


def find_home(domain: str) -> Configured | None:
    """Return the enabled provider by which alone people with an address of this domain sign in."""
    return _look().homes.get(domain)


def has_homes() -> bool:
    """Return whether people of any domain sign in by one provider alone."""
    return bool(_look().homes)


def _look() -> _Known:
    counter = generation(COUNTER)
    value, place = counter.value(), id(counter)
    known = _known.get(place)
    if known is None or known.counted != value:
        rows = [configured.make(row) for row in _read()]
        homes = {domain: row for row in rows if row.is_configured for domain in row.only_domains}
        known = _known[place] = _Known(value, {row.key: row for row in rows}, homes)
    return known


def _read() -> list[Any]:
    """Return the rows as they are now.

    On SQLite a request that only reads sees the state in which it began, which may be older than the counter that was just read.
    """
    if settings().is_sqlite and not writing.get() and open_connection() is not None:
        with reading() as own:
            return list(own.execute(_query()).all())
    return list(_all.all())


def _query() -> Select[Any]:
    columns = inspect(UpstreamProvider).columns
    return select(*columns).order_by(UpstreamProvider.position, UpstreamProvider.key)


@statement
def _all(_dialect: str) -> Select[Any]:
    return _query()
