"""The resources that this process knows: read once, all of them, and anew where any has changed. Asking costs the database nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, inspect, select

from idp.base.recalled import Recalled
from idp.base.statements import statement
from idp.resources.definition import Definition, Scope, of
from idp.resources.models import Resource

COUNTER = "resources"


@dataclass(frozen=True)
class _Known:
    every: dict[str, Definition]
    by_scope: dict[str, Definition]


def find(identifier: str) -> Definition | None:
    """Return the resource of this very identifier (RFC 3986, section 6.2.1)."""
    return _recalled.get().every.get(identifier)


def of_scope(scope: str) -> Definition | None:
    """Return the resource that a scope belongs to."""
    return _recalled.get().by_scope.get(scope)


def describe(scope: str) -> Scope | None:
    """Return the words of a scope that belongs to a resource."""
    owner = of_scope(scope)
    return next((one for one in owner.scopes if one.scope == scope), None) if owner is not None else None


def of_scopes(scopes: Iterable[str]) -> list[Definition]:
    """Return the resources that some scopes belong to, each once, in the order of their identifiers."""
    found = {owner.resource: owner for owner in map(of_scope, scopes) if owner is not None}
    return [found[identifier] for identifier in sorted(found)]


def open_scopes() -> list[str]:
    """Return the scopes that clients get which register themselves."""
    return [one.scope for found in _recalled.get().every.values() if found.self_registration for one in found.scopes]


def _make(rows: Sequence[Any]) -> _Known:
    every = {row.resource: of(row) for row in rows}
    return _Known(every, {one.scope: found for found in every.values() for one in found.scopes})


@statement
def _all(_dialect: str) -> Select[Any]:
    return select(*inspect(Resource).columns).order_by(Resource.resource)


_recalled = Recalled(COUNTER, _all, _make)
