"""Running declared statements: on the connection of the session's open transaction, else on one from the pool, alone or together.

A statement alone is one round trip on PostgreSQL, committed by the server itself. On SQLite one that writes begins with BEGIN
IMMEDIATE, as everywhere. Errors of the driver are SQLAlchemy's, so that outages are told as ever.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from blinker import Signal
from sqlalchemy import Connection, Engine, PoolProxiedConnection
from sqlalchemy.exc import DBAPIError

from idp.base import database, postgresql
from idp.base.statements import guarding, on_sqlite

if TYPE_CHECKING:
    from idp.base.statements.declaring import Form, Statement

ran = Signal(
    "Sent with each statement that was executed, `alone` where it was a transaction of its own; for tests that count."
)


@dataclass(frozen=True)
class Outcome:
    """What a statement found, or how many rows it changed."""

    rows: list[Any]
    count: int


@dataclass
class _Together:
    """A transaction of several statements, begun at the first one."""

    is_writing: bool
    connection: PoolProxiedConnection | None = None


_together: ContextVar[_Together | None] = ContextVar("together", default=None)


def execute(statement: "Statement", values: Mapping[str, Any]) -> Outcome:
    """Execute a statement where it belongs.

    Raises:
        DBAPIError: the driver's error, of SQLAlchemy's kind; also of what the pool could not connect.
    """
    engine = database.engine()
    form = statement.form(engine.dialect)
    open_one = _together.get()
    if open_one is not None:
        if open_one.connection is None:
            open_one.connection = _take(engine)
            _begin(open_one.connection, engine, is_writing=open_one.is_writing)
        found = _run(form, values, engine, open_one.connection)
        ran.send(statement, alone=False)
        return found
    own = database.open_connection()
    if own is not None:
        found = _run_within(form, values, engine, own)
        ran.send(statement, alone=False)
        return found
    try:
        found = _alone(form, values, engine)
    except DBAPIError as error:
        # Nothing but this one statement was under way, and reading once more harms nobody.
        if form.is_writing or not error.connection_invalidated:
            raise
        found = _alone(form, values, engine)
    ran.send(statement, alone=True)
    return found


@contextmanager
def together(*, is_writing: bool = True) -> Iterator[None]:
    """Make one transaction of the statements inside: the session's where one is open, else one of their own.

    Nothing slow stands inside, and nothing that uses the session: on SQLite other writers wait. An exception undoes it.
    """
    if _together.get() is not None or database.open_connection() is not None:
        yield
        return
    engine = database.engine()
    mine = _Together(is_writing)
    before = _together.set(mine)
    try:
        yield
        if mine.connection is not None:
            _end(mine.connection, engine, "COMMIT")
    except BaseException:
        if mine.connection is not None:
            _undo(mine.connection, engine)
        raise
    finally:
        _together.reset(before)
        if mine.connection is not None:
            mine.connection.close()


def join() -> None:
    """Have what comes next belong to a transaction: that of statements together, where one is open, else the request's, begun now."""
    if _together.get() is None:
        database.connection()


def _alone(form: "Form", values: Mapping[str, Any], engine: Engine) -> Outcome:
    """Execute a statement that is a transaction of its own."""
    connection = _take(engine)
    try:
        is_safe = connection.info.get(postgresql.ALONE, False) if _is_postgresql(engine) else not form.is_writing
        if is_safe:
            return _run(form, values, engine, connection, is_alone=True)
        _begin(connection, engine, is_writing=form.is_writing)
        try:
            found = _run(form, values, engine, connection)
            _end(connection, engine, "COMMIT")
        except BaseException:
            _undo(connection, engine)
            raise
        return found
    finally:
        connection.close()


def _run(
    form: "Form",
    values: Mapping[str, Any],
    engine: Engine,
    connection: PoolProxiedConnection,
    *,
    is_alone: bool = False,
) -> Outcome:
    if form.written:
        guarding.check(form.written, values, set())
    given = form.bind(values)
    with _translated(engine, connection):
        raw = connection.dbapi_connection
        if _is_postgresql(engine):
            rows, count = _on_postgresql().run(cast(Any, raw), connection.info, form, given, is_alone=is_alone)
        else:
            rows, count = on_sqlite.run(cast(Any, raw), form, given)
    return Outcome(form.read(rows), count)


def _run_within(form: "Form", values: Mapping[str, Any], engine: Engine, own: Connection) -> Outcome:
    """Execute a statement on the connection of the session, in its transaction."""
    if form.written:
        guarding.check(form.written, values, own.info.get(database.HELD, set()))
    given = form.bind(values)
    with _translated(engine, own):
        raw = cast(Any, own.connection.dbapi_connection)
        within = _on_postgresql().run_within if _is_postgresql(engine) else on_sqlite.run
        rows, count = within(raw, form, given)
    return Outcome(form.read(rows), count)


@cache
def _on_postgresql() -> Any:
    """Return the module that speaks with PostgreSQL's library, which only whoever has one loads."""
    from idp.base.statements import on_postgresql

    return on_postgresql


def _is_postgresql(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"


def _take(engine: Engine) -> PoolProxiedConnection:
    """Take a connection out of the pool."""
    with _translated(engine, None):
        return engine.raw_connection()


def _begin(connection: PoolProxiedConnection, engine: Engine, *, is_writing: bool) -> None:
    with _translated(engine, connection):
        if _is_postgresql(engine):
            _on_postgresql().begin(cast(Any, connection.dbapi_connection))
        else:
            database.begin_sqlite(cast(Any, connection.dbapi_connection), is_writing=is_writing)


def _end(connection: PoolProxiedConnection, engine: Engine, word: str) -> None:
    with _translated(engine, connection):
        if _is_postgresql(engine):
            _on_postgresql().end(cast(Any, connection.dbapi_connection), word)
        else:
            cast(Any, connection.dbapi_connection).execute(word)


def _undo(connection: PoolProxiedConnection, engine: Engine) -> None:
    """Roll back after an exception; a connection that is broken has nothing left to undo."""
    if connection.is_valid:
        with suppress(DBAPIError):
            _end(connection, engine, "ROLLBACK")


@contextmanager
def _translated(engine: Engine, connection: PoolProxiedConnection | Connection | None) -> Iterator[None]:
    """Raise the driver's errors as SQLAlchemy's, without any value; a connection that is broken by one leaves the pool."""
    dialect = engine.dialect
    errors = cast(Any, dialect.loaded_dbapi).Error
    try:
        yield
    except errors as error:
        raw = connection.dbapi_connection if isinstance(connection, PoolProxiedConnection) else None
        if isinstance(connection, Connection):
            raw = connection.connection.dbapi_connection
        is_lost = dialect.is_disconnect(error, cast(Any, raw), None)
        if is_lost and connection is not None:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, errors, hide_parameters=True, connection_invalidated=is_lost, dialect=dialect
        ) from error
