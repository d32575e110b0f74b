"""The attributes that this process knows: read once, all of them, and anew where any has changed. Asking costs the database nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, inspect, select

from idp.attributes.definition import Definition, of
from idp.attributes.models import Attribute
from idp.base.recalled import Recalled
from idp.base.statements import statement

COUNTER = "attributes"


@dataclass(frozen=True)
class _Known:
    every: dict[str, Definition]
    custom: tuple[Definition, ...]
    asked: tuple[Definition, ...]
    demanded: tuple[Definition, ...]


def find(name: str) -> Definition | None:
    """Return an attribute, custom or standard."""
    return _recalled.get().every.get(name)


def custom() -> tuple[Definition, ...]:
    """Return the custom ones, in their order."""
    return _recalled.get().custom


def asked() -> tuple[Definition, ...]:
    """Return those for which whoever signs up is asked."""
    return _recalled.get().asked


def demanded() -> tuple[Definition, ...]:
    """Return those that a person must have, and is asked for."""
    return _recalled.get().demanded


def _make(rows: Sequence[Any]) -> _Known:
    every = {row.name: of(row) for row in rows}
    return _Known(
        every,
        tuple(found for found in every.values() if found.is_custom),
        tuple(found for found in every.values() if found.is_asked),
        tuple(found for found in every.values() if found.is_demanded),
    )


@statement
def _all(_dialect: str) -> Select[Any]:
    columns = inspect(Attribute).columns
    return select(*columns).where(Attribute.removed_at.is_(None)).order_by(Attribute.position, Attribute.name)


_recalled = Recalled(COUNTER, _all, _make)
