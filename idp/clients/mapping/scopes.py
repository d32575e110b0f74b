"""The mappers of scopes, which this process knows: read once, all of them, and anew where any has changed, as `clients.known` does."""

from collections.abc import Sequence
from typing import Any

from flask import g
from sqlalchemy import Select, select

from idp.base.recalled import Recalled
from idp.base.statements import statement
from idp.clients.mapping.rules import BUILT_IN, Mapper, read
from idp.clients.models import ScopeMapping

HELD = "idp_scopes"
Mappers = dict[str, tuple[Mapper, ...]]


def of_scope(scope: str) -> tuple[Mapper, ...]:
    """Return the mappers of a scope: those that administrators have set, else those that are built in."""
    held: Mappers | None = g.get(HELD)
    mappers = held if held is not None else _recalled.get()
    return mappers.get(scope, BUILT_IN.get(scope, ()))


def hold() -> None:
    """Look at them now, and go by these until the request is over: whoever claims something first need not ask for them then."""
    setattr(g, HELD, _recalled.get())


def _make(rows: Sequence[Any]) -> Mappers:
    return {row.scope: read(row.claim_mappers) for row in rows}


@statement
def _all(_dialect: str) -> Select[Any]:
    return select(ScopeMapping.scope, ScopeMapping.claim_mappers)


_recalled = Recalled("scopes", _all, _make)
