"""The types that this process knows: read once, all of them, and anew where any has changed. Asking costs the database nothing."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, inspect, select

from idp.base.recalled import Recalled
from idp.base.statements import statement
from idp.details.definition import Definition, of
from idp.details.models import AuthorizationDetailsType

COUNTER = "details"


def find(name: str) -> Definition | None:
    """Return a type by its name."""
    return _recalled.get().get(name)


def names() -> list[str]:
    """Return the names of all types."""
    return list(_recalled.get())


def _make(rows: Sequence[Any]) -> dict[str, Definition]:
    return {row.type: of(row) for row in rows}


@statement
def _all(_dialect: str) -> Select[Any]:
    return select(*inspect(AuthorizationDetailsType).columns).order_by(AuthorizationDetailsType.type)


_recalled = Recalled(COUNTER, _all, _make)
