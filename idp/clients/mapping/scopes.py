"""The mappers of scopes, which this process knows: read once, all of them, and anew where any has changed, as `clients.known` does."""

import threading
from dataclasses import dataclass
from typing import Any

from flask import g
from sqlalchemy import Select, select

from idp.base.database import open_connection, reading, writing
from idp.base.extensions import generation, settings
from idp.base.statements import statement
from idp.clients.mapping.rules import BUILT_IN, Mapper, read
from idp.clients.models import ScopeMapping

HELD = "idp_scopes"


@dataclass(frozen=True)
class _Known:
    counted: tuple[int, int]
    mappers: dict[str, tuple[Mapper, ...]]


_lock = threading.Lock()
_known: dict[int, _Known] = {}


def of_scope(scope: str) -> tuple[Mapper, ...]:
    """Return the mappers of a scope: those that administrators have set, else those that are built in."""
    held: _Known | None = g.get(HELD)
    return (held or _look()).mappers.get(scope, BUILT_IN.get(scope, ()))


def hold() -> None:
    """Look at them now, and go by these until the request is over: whoever claims something first need not ask for them then."""
    setattr(g, HELD, _look())


def _look() -> _Known:
    counter = generation("scopes")
    value, place = counter.value(), id(counter)
    known = _known.get(place)
    if known is None or known.counted != value:
        known = _Known(value, {row.scope: read(row.claim_mappers) for row in _read()})
        with _lock:
            _known[place] = known
    return known


def _read() -> Any:
    """Return all rows as they are now, also where a request on SQLite sees an older state."""
    if settings().is_sqlite and not writing.get() and open_connection() is not None:
        with reading() as own:
            return own.execute(select(ScopeMapping.scope, ScopeMapping.claim_mappers)).all()
    return _all.all()


@statement
def _all(_dialect: str) -> Select[Any]:
    return select(ScopeMapping.scope, ScopeMapping.claim_mappers)
