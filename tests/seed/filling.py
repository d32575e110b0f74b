"""Writing many rows fast, by COPY on PostgreSQL and by executemany on SQLite. Indexes are made anew behind the rows; constraints, foreign
keys and triggers hold for each of them.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, Protocol

import psycopg
from psycopg import sql

BATCH = 20_000

Row = tuple[Any, ...]


class Target(Protocol):
    """A database that is filled."""

    def fill(self, table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> int:
        """Write rows of text, bytes, numbers and instants in UTC as text; return how many."""

    def finish(self) -> None:
        """Make the indexes, have the planner look at the tables, and close."""


class Postgresql:
    """A database of PostgreSQL."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True)
        self._connection.execute("SET timezone = 'UTC'")
        self._connection.execute("SET maintenance_work_mem = '1GB'")
        self._connection.execute("SET max_parallel_maintenance_workers = 0")  # others may measure meanwhile
        self._connection.execute("SET synchronous_commit = off")
        self._indexes = self._set_aside()

    def fill(self, table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> int:
        """See `Target.fill`."""
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
        with self._connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
            count = cursor.rowcount
        if columns[0] == "id" and (sequence := self._sequence(table)):
            newest = sql.SQL("SELECT setval({}, max(id)) FROM {}").format(sequence, sql.Identifier(table))
            self._connection.execute(newest)
        return count

    def finish(self) -> None:
        """See `Target.finish`."""
        for definition in self._indexes:
            self._connection.execute(definition.encode())
        self._connection.execute("VACUUM (ANALYZE)")
        self._connection.close()

    def _sequence(self, table: str) -> str | None:
        found = self._connection.execute(
            "SELECT pg_get_serial_sequence(%s, 'id') FROM information_schema.columns"
            " WHERE table_name = %s AND column_name = 'id' AND data_type <> 'character varying'",
            (table, table),
        ).fetchone()
        return found[0] if found else None

    def _set_aside(self) -> list[str]:
        """Drop every index that no constraint stands on, and return how they are made."""
        found = self._connection.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON oid = indrelid"
            " WHERE relnamespace = 'public'::regnamespace"
            " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
        ).fetchall()
        for name, _definition in found:
            self._connection.execute(f"DROP INDEX {name}".encode())
        return [definition for _name, definition in found]


class Sqlite:
    """A file of SQLite."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("synchronous = OFF", "cache_size = -1000000", "foreign_keys = ON", "temp_store = MEMORY"):
            self._connection.execute(f"PRAGMA {pragma}")
        found = self._connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        self._indexes = []
        for name, definition in found.fetchall():
            self._connection.execute(f'DROP INDEX "{name}"')
            self._indexes.append(definition)

    def fill(self, table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> int:
        """See `Target.fill`."""
        places = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - names of our own
        count = 0
        with self._transaction():
            for batch in _batches(rows):
                count += self._connection.executemany(statement, batch).rowcount
        return count

    def finish(self) -> None:
        """See `Target.finish`."""
        for definition in self._indexes:
            self._connection.execute(definition)
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        yield
        self._connection.execute("COMMIT")


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    found = iter(rows)
    while batch := list(islice(found, BATCH)):
        yield batch
