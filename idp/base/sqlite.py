"""The terms of every connection to a SQLite file: its pragmas, and how it begins to write and ends (`turns`)."""

import sqlite3
import time
from contextlib import suppress
from typing import Any

from idp.base import turns
from idp.base.turns import Turn

BEGIN, ENDS = "BEGIN IMMEDIATE", ("COMMIT", "ROLLBACK")
# A connection keeps no more than so many KiB of pages, where SQLite's own default is 2,000: it forgets them all as soon as another one has
# written, and there is a connection for each thread.
CACHE = 256
# Statements that a connection keeps prepared, nearly 10 KiB each; the driver's own default is 128.
STATEMENTS = 32
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"cache_size=-{CACHE}")
SHORT = 1.0  # seconds of waiting for a turn that need not be taken from the wait for the file's own lock


class Connection(sqlite3.Connection):
    """A connection that stands in line before it writes, and gives its turn back when the transaction has ended, in whichever way.

    `timeout` is for both waits together, in seconds.
    """

    _turn: Turn | None = None

    def __init__(self, database: str, timeout: float = 5.0, **values: Any) -> None:
        super().__init__(database, timeout, **values)
        self._patience = timeout

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        """Execute a statement; BEGIN IMMEDIATE, COMMIT and ROLLBACK in just these words are `begin_writing` and the ends of it.

        Cursors' own `execute` knows nothing of turns.
        """
        if sql == BEGIN:
            return self.begin_writing()
        try:
            return super().execute(sql, *values)
        finally:
            if sql in ENDS:
                self._end()

    def begin_writing(self) -> sqlite3.Cursor:
        """Begin a transaction that writes.

        Raises:
            sqlite3.OperationalError: SQLITE_BUSY, where the turn or the file's lock has not come in time, or this very thread is writing
                by another connection.
        """
        waited = self._wait_for_turn()
        try:
            if waited > SHORT:
                self._wait_at_most(self._patience - waited)
            return super().execute(BEGIN)
        finally:
            self._end()
            if waited > SHORT:
                self._wait_at_most(self._patience)

    def commit(self) -> None:
        """Commit, and let the next one write."""
        super().commit()
        self._end()

    def rollback(self) -> None:
        """Undo, and let the next one write."""
        try:
            super().rollback()
        finally:
            self._end()

    def close(self) -> None:
        """Close, which undoes what is open, and let the next one write."""
        try:
            super().close()
        finally:
            if self._turn is not None:
                self._turn.give_back()

    def __del__(self) -> None:
        with suppress(sqlite3.Error):
            self.close()

    def _end(self) -> None:
        if self._turn is not None and not self.in_transaction:
            self._turn.give_back()

    def _wait_for_turn(self) -> float:
        """Return how long that took, in seconds."""
        if self._turn is None:
            # The path as SQLite has found it is the same for every name of a file, and empty for what is in memory.
            path: str = self.execute("PRAGMA database_list").fetchone()[2]
            if not path:
                return 0.0
            self._turn = turns.stand(path)
        began = time.monotonic()
        if not self._turn.take(self._patience):
            raise _busy()
        return time.monotonic() - began

    def _wait_at_most(self, seconds: float) -> None:
        self.execute(f"PRAGMA busy_timeout = {max(1, int(seconds * 1000))}")


TERMS: dict[str, Any] = {"factory": Connection, "cached_statements": STATEMENTS}


def prepare(connection: Any, _record: Any) -> None:
    """Set a new connection up; transactions are begun by `begin_writing` or BEGIN, never by the driver."""
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _busy() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_BUSY, "SQLITE_BUSY"
    return error
