"""The database: one declarative base, one session a request, and SQLite made safe for concurrent writers.

A transaction that will write starts with BEGIN IMMEDIATE on SQLite, because one that reads first and then writes fails at once
with SQLITE_BUSY_SNAPSHOT when another writer came between. `base.http` says for each request which kind it is.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Flask, g
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Connection, DateTime, Engine, Index, MetaData, String, event, inspect, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, class_mapper, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, manager_of_class, set_committed_value
from sqlalchemy.orm.util import identity_key
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeDecorator

from idp.base import postgresql, sqlite
from idp.config import Settings

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

ROOT = Path(__file__).resolve().parent.parent.parent
MIGRATIONS = ROOT / "migrations"

# Connections for `reading` while all threads hold theirs. One would do, since whoever has got it gives it back; four stop no queue.
BESIDE = 4
HELD = "idp.held"

LOCK_WAIT = 15  # seconds in which another writer of a SQLite file should have ended
CONNECT_WAIT = 10  # seconds in which a PostgreSQL server should have answered

db = SQLAlchemy(session_options={"expire_on_commit": False})
writing: ContextVar[bool] = ContextVar("writing", default=True)


class Model(DeclarativeBase):
    """Base of every table; constraint names are fixed so that migrations can name them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


M = TypeVar("M", bound=Model)

# Compared and ordered by code points, whatever language the database was made for.
Folded = String(64).with_variant(String(64, collation="C"), "postgresql")


def some(name: str, column: Any, which: Any) -> Index:
    """Return an index of a part of a table's rows, in the order of a column."""
    return Index(name, column, postgresql_where=which, sqlite_where=which)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite drops the zone, so it is put back on reading, and PostgreSQL answers in the session's."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Give a value its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Write in UTC."""
        return None if value is None else value.astimezone(UTC)


def init_app(app: Flask, settings: Settings) -> None:
    """Make the engine for `settings.database_url` and register Flask-Migrate on it."""
    # Parameters stay out of error messages, and so out of logs: they hold addresses and digests.
    options: dict[str, Any] = {"url": settings.database_url, "hide_parameters": True}
    # A connection for each thread that answers requests; they are opened when they are needed, so that a command has but one.
    options["pool_size"] = settings.seats
    if settings.is_sqlite:
        options |= {"connect_args": sqlite.TERMS | {"timeout": LOCK_WAIT}, "max_overflow": 20}
        options["pool_use_lifo"] = (
            True  # each that is used keeps its statements and pages: few do, where few are enough
        )
    else:
        waits = {"connect_timeout": make_url(settings.database_url).query.get("connect_timeout", CONNECT_WAIT)}
        options |= postgresql.OPTIONS | {"connect_args": postgresql.ENCODING | waits}
        options |= {"max_overflow": BESIDE, "pool_timeout": 10}
    app.config["SQLALCHEMY_ENGINES"] = {"default": options}
    db.init_app(app)
    # The extension closes asynchronous sessions too, through an event loop at the end of every request; there are none here.
    app.teardown_appcontext_funcs = [end for end in app.teardown_appcontext_funcs if not iscoroutinefunction(end)]
    db.metadata = Model.metadata  # type: ignore[attr-defined] # Flask-Migrate looks for it; this extension leaves it to us
    if (
        "FLASK_RUN_FROM_CLI" in os.environ
    ):  # set by Flask's own command: `flask db` alone needs it, and it brings all of Alembic
        from flask_migrate import Migrate

        Migrate(app, cast(Any, db), directory=str(MIGRATIONS), render_as_batch=settings.is_sqlite)
    with app.app_context():
        engine = db.engine
    if settings.is_sqlite:
        event.listen(engine, "connect", sqlite.prepare)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", postgresql.prepare)
        event.listen(engine, "checkout", postgresql.look)
        event.listen(engine, "checkin", postgresql.note_rest)
        event.listen(engine, "begin", postgresql.plan_each)
    app.extensions["idp.dispose"] = engine.dispose


def _begin_sqlite(connection: Connection) -> None:
    raw = cast(sqlite.Connection, connection.connection.dbapi_connection)
    try:
        begin_sqlite(raw, is_writing=writing.get())
    except sqlite3.Error as error:
        raise DBAPIError.instance("BEGIN", None, error, sqlite3.Error, hide_parameters=True) from error


def begin_sqlite(raw: sqlite.Connection, *, is_writing: bool) -> None:
    """Begin a transaction of SQLite; one that will write stands in line here with the others that do.

    Raises:
        sqlite3.Error: the driver's, as it is.
    """
    if is_writing:
        raw.begin_writing()
    else:
        raw.execute("BEGIN")


def session() -> Session:
    """Return this request's session."""
    return db.session


def connection() -> Connection:
    """Return the connection that this request's session writes on, for Core statements."""
    return db.session.connection()


def open_connection() -> Connection | None:
    """Return the connection of this request's session where that has a transaction open, else None."""
    if "_sqlalchemy_sessions" not in g or not db.session.in_transaction():
        return None
    return db.session.connection()


def held() -> set[int]:
    """Return the numbers of the accounts that this transaction has locked; a new transaction holds none (`accounts.taking`)."""
    numbers: set[int] = connection().info.setdefault(HELD, set())
    return numbers


def apart(table: type[M], values: Mapping[str, Any]) -> M:
    """Return the object of a row that was read by a declared statement, every column of it; it belongs to no session.

    It is there to be looked at: what is changed in it is written nowhere.
    """
    class_mapper(table)  # configures the mappers, where this row is the first that the process reads
    made: M = manager_of_class(table).new_instance()
    instance_dict(made).update(values)
    make_transient_to_detached(made)
    return made


def adopt(table: type[M], values: Mapping[str, Any]) -> M:
    """Return the session's object of a row as a declared statement has just read or written it; the rest is read when asked for.

    What the session knew of the row gives way, so that what it may have changed is flushed before the statement.
    """
    own = db.session
    known = own.identity_map.get(identity_key(table, values[_key_of(table)]))
    if known is None:
        known = apart(table, values)
        own.add(known)
        return known
    for name, value in values.items():
        set_committed_value(known, name, value)
    return known


@cache
def _key_of(table: type[Model]) -> str:
    (key,) = inspect(table).primary_key
    return str(key.key)


def run(statement: UpdateBase) -> int:
    """Execute a statement that changes rows, and return how many."""
    return connection().execute(statement).rowcount


def insert_into(table: type[Model], on: Connection | None = None) -> "PostgresqlInsert | SqliteInsert":
    """Return an insert that can say what happens `ON CONFLICT`, in the dialect of the database, the present one or that of a connection."""
    return insert_for((on or connection()).dialect.name, table)


def insert_for(dialect: str, table: type[Model]) -> "PostgresqlInsert | SqliteInsert":
    """Return an insert that can say what happens `ON CONFLICT`, in a dialect that is named."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert

        return PostgresqlInsert(table)
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

    return SqliteInsert(table)


def engine() -> Engine:
    """Return the engine."""
    return db.engine


@contextmanager
def reading(on: Engine | None = None) -> Iterator[Session]:
    """Open a session of its own that only reads, so that it never waits for this request's own write lock.

    Where the engine is given, no application needs to be at work.
    """
    before = writing.set(False)
    try:
        with Session(on or db.engine) as own:
            yield own
    finally:
        writing.reset(before)


def for_writing() -> None:
    """Say that this request writes although its method is safe (an authorization response, a logout)."""
    if not writing.get():
        pause()
        writing.set(True)


def pause() -> None:
    """End the transaction before something slow (a password hash, a fetch), so that no lock or connection is held.

    What was written before is committed: callers write only what may stand by itself.
    """
    if "_sqlalchemy_sessions" in g:
        db.session.commit()


def after_commit(action: Callable[[], None]) -> None:
    """Run `action` once the present transaction is committed, never when it is rolled back."""
    db.session.info.setdefault("after_commit", []).append(action)


def commit() -> None:
    """Commit, then run what waited for it."""
    if "_sqlalchemy_sessions" not in g:
        return
    db.session.commit()
    for action in db.session.info.pop("after_commit", []):
        action()


def rollback() -> None:
    """Undo what is not committed; a connection that is broken has nothing left to undo."""
    if "_sqlalchemy_sessions" in g:
        db.session.info.pop("after_commit", None)
        try:
            db.session.rollback()
        except DBAPIError:
            db.session.invalidate()
