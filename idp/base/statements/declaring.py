"""Declaring statements: what a declaration is, and what it is compiled to, once for each kind of database."""

import threading
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from sqlalchemy import BindParameter, Dialect, bindparam
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

from idp.base.statements import guarding, running

Row = Any  # a named tuple of the statement's columns, by their labels
Builder = Callable[[str], Executable]
Step = Callable[[Any], Any]


def parameter(name: str, like: InstrumentedAttribute[Any] | TypeEngine[Any]) -> BindParameter[Any]:
    """Return the place of a value that each execution names, of the type of a column or of a type itself."""
    return bindparam(name, type_=like if isinstance(like, TypeEngine) else like.type, required=True)


def parameters(table: type[Any], names: Iterable[str]) -> dict[str, BindParameter[Any]]:
    """Return the places of the values of several columns of a table, each under the column's name."""
    return {name: parameter(name, getattr(table, name)) for name in names}


@dataclass(frozen=True)
class Form:
    """A statement as a driver takes it. `places` are its values in order, `written` the changes in it that have to be watched."""

    sql: str
    places: tuple[tuple[str, Step | None], ...]
    constants: Mapping[str, Any]
    decoders: tuple[tuple[int, Step], ...]
    make: Callable[[Sequence[Any]], Row] | None
    is_writing: bool
    written: tuple[UpdateBase, ...]

    @cached_property
    def encoded(self) -> bytes:
        """The text as PostgreSQL's library takes it."""
        return self.sql.encode()

    def bind(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the values in their order, as the driver takes them; one that is missing is a mistake of the caller's (KeyError)."""
        given = {**self.constants, **values} if self.constants else values
        return [given[name] if step is None else step(given[name]) for name, step in self.places]

    def read(self, found: Sequence[Sequence[Any]]) -> list[Row]:
        """Return the driver's rows as named tuples, decoded by the columns' types."""
        if self.make is None:
            return []
        if not self.decoders:
            return [self.make(row) for row in found]
        rows = []
        for row in found:
            values = list(row)
            for place, decode in self.decoders:
                values[place] = decode(values[place])
            rows.append(self.make(values))
        return rows


class Statement:
    """A declared statement. Values are given by name; names that it does not hold are ignored."""

    def __init__(self, build: Builder, *, holds: bool = False) -> None:
        self.name = f"{build.__module__}.{build.__qualname__}"
        self.holds = holds
        self._build = build
        self._forms: dict[str, Form] = {}
        self._lock = threading.Lock()

    def all(self, **values: Any) -> list[Row]:
        """Execute it and return every row."""
        return running.execute(self, values).rows

    def first(self, **values: Any) -> Row | None:
        """Execute it and return the first row, None where there is none."""
        rows = running.execute(self, values).rows
        return rows[0] if rows else None

    def run(self, **values: Any) -> int:
        """Execute it and return how many rows it changed.

        Raises:
            TypeError: SQLite's driver does not count what begins with a common table expression; ask it for rows (RETURNING).
        """
        count = running.execute(self, values).count
        if count < 0:
            raise TypeError(f"{self.name} is not counted by the driver: let it return rows")
        return count

    def expression(self, dialect: str) -> Executable:
        """Return it as SQLAlchemy has it, for whoever executes it on a connection of their own."""
        return self._build(dialect)

    def form(self, dialect: Dialect) -> Form:
        """Return what the statement is for this kind of database."""
        form = self._forms.get(dialect.name)
        if form is None:
            with self._lock:
                form = self._forms.get(dialect.name) or self._compile(dialect)
                self._forms[dialect.name] = form
        return form

    def _compile(self, dialect: Dialect) -> Form:
        if dialect.name == "postgresql":
            dialect = cast(Any, type(dialect))(paramstyle="numeric_dollar")  # as the server itself counts parameters
        built: Any = self._build(dialect.name)
        compiled: Any = built.compile(dialect=dialect)
        if compiled.insert_prefetch or compiled.update_prefetch:
            raise TypeError(f"{self.name} leaves out a column that the application fills in: name its value")
        parts = [built, *(cte.element for cte in compiled.ctes or ())]
        binds = {name: compiled.binds[name] for name in compiled.positiontup or ()}
        columns = list(built.exported_columns)
        steps = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        names = [column.key for column in columns]
        return Form(
            sql=str(compiled),
            places=tuple((name, _step(binds[name], dialect)) for name in compiled.positiontup or ()),
            constants={name: bind.effective_value for name, bind in binds.items() if not bind.required},
            decoders=tuple((place, step) for place, step in enumerate(steps) if step is not None),
            make=cast(Any, namedtuple)("Row", names)._make if names else None,
            is_writing=any(isinstance(part, UpdateBase) for part in parts),
            written=guarding.watched(parts, is_holding=self.holds),
        )


def statement(build: Builder) -> Statement:
    """Declare a statement: `build` returns it for "postgresql" or "sqlite", and is called once for each."""
    return Statement(build)


def holding(build: Builder) -> Statement:
    """Declare a statement that itself locks the account which it writes to, and writes nothing where that has moved.

    It may run alone, where no account is held yet. On SQLite, which has no locks of rows, what writes is alone anyway.
    """
    return Statement(build, holds=True)


def _step(bind: BindParameter[Any], dialect: Dialect) -> Step | None:
    step: Step | None = bind.type.dialect_impl(dialect).bind_processor(dialect)
    return step
