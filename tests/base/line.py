"""A SQLite file and those who stand in line for it."""

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from idp.base import sqlite
from idp.base.sqlite import Connection

LONG = 30.0  # seconds


def make_file(path: Path) -> Path:
    """Make a file with a table."""
    connection = open_file(path)
    connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
    connection.close()
    return path


def open_file(path: Path, timeout: float = LONG) -> Connection:
    """Open the file as the application does."""
    connection = sqlite3.connect(path, timeout, factory=Connection, check_same_thread=False, isolation_level=None)
    sqlite.prepare(connection, None)
    return connection


def note(connection: Connection, text: str = "a") -> None:
    """Write something in a transaction of its own."""
    connection.begin_writing()
    connection.execute("INSERT INTO notes (text) VALUES (?)", [text])
    connection.commit()


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Start a thread."""
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def waiting(connection: Connection) -> int:
    """Tell how many stand in the line of a connection that has written."""
    assert connection._turn is not None
    return len(connection._turn.line._waiting)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def written(path: Path) -> list[str]:
    """Return what was written, in order."""
    with sqlite3.connect(path) as plain:
        found = [text for (text,) in plain.execute("SELECT text FROM notes ORDER BY id")]
    plain.close()
    return found
