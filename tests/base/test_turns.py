"""Writers of a SQLite file stand in line: threads write in the order in which they came, and every end lets the next one go."""

import gc
import logging
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from idp.base import sqlite
from idp.base.sqlite import Connection
from tests.base.line import LONG, in_thread, make_file, note, open_file, wait_until, waiting, written


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with a table."""
    return make_file(tmp_path / "idp.db")


def test_threads_write_in_the_order_in_which_they_came(path: Path) -> None:
    """Of twenty threads that wait for one that writes, each writes after those that came before it."""
    first, others, threads = open_file(path), [open_file(path) for _number in range(20)], []
    first.begin_writing()
    for number, connection in enumerate(others):
        threads.append(in_thread(lambda connection=connection, number=number: note(connection, str(number))))  # type: ignore[misc]
        wait_until(lambda number=number: waiting(first) == number + 1)  # type: ignore[misc]
    first.commit()
    for thread in threads:
        thread.join(LONG)
    for connection in (first, *others):
        connection.close()
    assert written(path) == [str(number) for number in range(20)]


ENDS: dict[str, Callable[[Connection], object]] = {
    "commit": Connection.commit,
    "rollback": Connection.rollback,
    "close": Connection.close,
    "COMMIT": lambda connection: connection.execute("COMMIT"),
    "ROLLBACK": lambda connection: connection.execute("ROLLBACK"),
}


@pytest.mark.parametrize("end", ENDS)
def test_each_end_of_a_transaction_gives_the_turn_back(path: Path, end: str) -> None:
    """After a commit, a rollback and a close, by method or in SQL, another connection of the same thread writes."""
    first, second = open_file(path), open_file(path)
    first.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        second.execute("BEGIN IMMEDIATE")
    ENDS[end](first)
    note(second)
    first.close()
    second.close()


def test_a_connection_that_nobody_holds_gives_its_turn_back(path: Path) -> None:
    """Where a connection is lost in the middle of a transaction, the next one writes once it is collected."""
    lost, second = open_file(path), open_file(path)
    lost.begin_writing()
    del lost
    gc.collect()
    note(second)
    second.close()


def test_a_transaction_that_sqlite_ends_gives_its_turn_back(path: Path) -> None:
    """Where SQLite undoes a transaction by itself, the rollback that follows still lets the next one go."""
    first, second = open_file(path), open_file(path)
    first.begin_writing()
    first.execute("INSERT INTO notes (id, text) VALUES (1, 'a')")
    with pytest.raises(sqlite3.IntegrityError):
        first.execute("INSERT OR ROLLBACK INTO notes (id, text) VALUES (1, 'a')")
    first.rollback()
    note(second)
    first.close()
    second.close()


def test_who_has_the_turn_is_never_stopped_by_itself(path: Path) -> None:
    """A thread that asks again by another connection, which nobody could ever let go, hears at once that the file is locked."""
    first, second = open_file(path), open_file(path)
    first.begin_writing()
    with pytest.raises(sqlite3.OperationalError, match="locked") as told:
        second.begin_writing()
    assert told.value.sqlite_errorcode == sqlite3.SQLITE_BUSY
    with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
        first.begin_writing()
    first.execute("INSERT INTO notes (text) VALUES ('a')")  # its transaction is as it was
    first.commit()
    note(second)
    first.close()
    second.close()


def test_who_waits_too_long_hears_so_and_is_not_waited_for(path: Path) -> None:
    """A thread whose patience ends hears that the file is locked, and leaves the line; those behind it write."""
    first, hasty, patient = open_file(path), open_file(path, 0.1), open_file(path)
    first.begin_writing()
    told: list[sqlite3.OperationalError] = []

    def haste() -> None:
        try:
            note(hasty)
        except sqlite3.OperationalError as error:
            told.append(error)

    threads = [in_thread(haste)]
    wait_until(lambda: waiting(first) == 1)
    threads.append(in_thread(lambda: note(patient, "b")))
    threads[0].join(LONG)
    first.commit()
    threads[1].join(LONG)
    assert [error.sqlite_errorcode for error in told] == [sqlite3.SQLITE_BUSY]
    note(hasty, "c")
    for connection in (first, hasty, patient):
        connection.close()
    assert written(path) == ["b", "c"]


def test_who_knows_of_no_line_writes_still(path: Path) -> None:
    """A plain connection, as SQLite's shell has, waits for the file as ever, and is waited for by those in line."""
    plain, connection = sqlite3.connect(path, LONG, isolation_level=None), open_file(path)
    plain.execute("BEGIN IMMEDIATE")
    thread = in_thread(lambda: note(connection, "second"))
    wait_until(lambda: connection._turn is not None)
    plain.execute("INSERT INTO notes (text) VALUES ('first')")
    plain.execute("COMMIT")
    thread.join(LONG)
    connection.begin_writing()
    timer = threading.Timer(0.2, connection.commit)
    timer.start()
    plain.execute("INSERT INTO notes (text) VALUES ('third')")
    timer.join()
    connection.close()
    plain.close()
    assert written(path) == ["first", "second", "third"]


def test_what_is_waited_in_line_is_not_waited_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait for the file's own lock is what the line has left of the patience, and the whole of it the next time."""
    monkeypatch.setattr(sqlite, "SHORT", 0.05)
    first, second, plain = open_file(path), open_file(path, 20), sqlite3.connect(path, isolation_level=None)
    asked: list[str] = []
    first.begin_writing()
    second.set_trace_callback(asked.append)
    thread = in_thread(lambda: note(second))
    wait_until(lambda: waiting(first) == 1)
    time.sleep(0.1)
    first.commit()
    thread.join(LONG)
    waits = [int(sql.split()[-1]) for sql in asked if "busy_timeout" in sql]
    assert 0 < waits[0] < 20_000
    assert waits[1:] == [20_000]
    for connection in (first, second, plain):
        connection.close()


def test_without_the_file_beside_it_writers_still_write(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where the queue's file cannot be had, the log says so once, and writers wait as SQLite has it."""
    Path(f"{path}-queue").unlink(missing_ok=True)
    Path(f"{path}-queue").mkdir()
    first, second = open_file(path), open_file(path)
    with caplog.at_level(logging.WARNING):
        note(first)
        note(second)
    first.close()
    second.close()
    assert len([record for record in caplog.records if "not queued" in record.message]) == 1
    assert written(path) == ["a", "a"]


def test_the_file_beside_is_for_whoever_writes_to_the_database(path: Path) -> None:
    """The queue's file has the owner and the permissions of the database's."""
    path.chmod(0o640)
    connection = open_file(path)
    note(connection)
    made, of = os.stat(f"{path}-queue"), path.stat()
    connection.close()
    assert (stat.S_IMODE(made.st_mode), made.st_uid, made.st_gid) == (0o640, of.st_uid, of.st_gid)
    assert made.st_size == 0


def test_what_is_in_memory_stands_in_no_line() -> None:
    """A database in memory has one connection, and leaves no file anywhere."""
    connection = sqlite3.connect(":memory:", factory=Connection, isolation_level=None)
    connection.begin_writing()
    connection.execute("CREATE TABLE notes (text)")
    connection.commit()
    connection.close()
    assert not Path("-queue").exists()
