"""What a process recalls of a small table: read whole, by one statement, and anew where a change counter says that a row may be another.

The counter is shared by the processes of a node and, through Redis, by all nodes; whatever changes a row bumps it after its commit.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar, cast

from flask import current_app

from idp.base.database import open_connection, reading, writing
from idp.base.extensions import RECALLED, generation, settings
from idp.base.statements import Statement

Value = TypeVar("Value")


class Recalled(Generic[Value]):
    """What `make` makes of the rows of a statement, which each application keeps until the counter moves."""

    def __init__(self, counter: str, statement: Statement, make: Callable[[Sequence[Any]], Value]) -> None:
        self._counter = counter
        self._statement = statement
        self._make = make

    def get(self) -> Value:
        """Return what the application keeps, read just now where the counter has moved."""
        counted = generation(self._counter).value()
        kept = current_app.extensions[RECALLED].get(self)
        if kept is None or kept[0] != counted:
            kept = current_app.extensions[RECALLED][self] = (counted, self._make(self._read()))
        return cast(Value, kept[1])

    def _read(self) -> Sequence[Any]:
        """Return the rows as they are now.

        On SQLite a request that only reads sees the state in which it began, which may be older than the counter that was just read.
        """
        if settings().is_sqlite and not writing.get() and open_connection() is not None:
            with reading() as own:
                return own.execute(self._statement.expression("sqlite")).all()
        return self._statement.all()
