"""Processes that write to one SQLite file take turns, and one that dies stops nobody."""

import fcntl
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.base.sqlite import Connection
from idp.base.turns import Door
from tests.base.line import LONG, in_thread, make_file, note, open_file, wait_until, waiting, written

# Another process: writes as it is told by lines of its standard input, and tells what it has done.
OTHER = """
import sys
from idp.base import sqlite
sqlite.Connection.note = lambda connection: connection.execute("INSERT INTO notes (text) VALUES ('other')")
connection = sqlite.Connection(sys.argv[1], timeout=30, isolation_level=None)
sqlite.prepare(connection, None)
for line in sys.stdin:
    getattr(connection, line.strip())()
    print(line.strip(), flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with a table."""
    return make_file(tmp_path / "idp.db")


@pytest.fixture
def other(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that writes to the file."""
    process = start(OTHER, str(path))
    yield process
    process.kill()
    process.communicate()


def start(script: str, *arguments: str) -> "subprocess.Popen[str]":
    """Start a Python of this environment, whose streams are pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def ask(process: "subprocess.Popen[str]", order: str) -> None:
    """Tell the other process what to do."""
    assert process.stdin is not None
    process.stdin.write(f"{order}\n")
    process.stdin.flush()


def hear(process: "subprocess.Popen[str]", order: str) -> None:
    """Wait until the other process has done it."""
    assert process.stdout is not None
    assert process.stdout.readline().strip() == order


def tell(process: "subprocess.Popen[str]", order: str) -> None:
    """Have the other process do something, and wait until it has."""
    ask(process, order)
    hear(process, order)


def is_next(connection: Connection) -> bool:
    """Tell whether another process waits for the one that has the turn by this connection."""
    assert connection._turn is not None
    file = connection._turn.line._door._file
    assert file is not None
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 0)
    except BlockingIOError:
        return True
    fcntl.lockf(file, fcntl.LOCK_UN, 1, 0)
    return False


def test_processes_write_by_turns(path: Path, other: "subprocess.Popen[str]") -> None:
    """A process that waits writes before eight threads of this one that wait too, although the file is theirs to hand on."""
    first, others = open_file(path), [open_file(path) for _number in range(8)]
    first.begin_writing()
    ask(other, "begin_writing")
    wait_until(lambda: is_next(first))
    threads = [in_thread(lambda connection=connection: note(connection)) for connection in others]  # type: ignore[misc]
    wait_until(lambda: waiting(first) == len(others))
    first.commit()
    hear(other, "begin_writing")
    assert written(path) == []
    tell(other, "note")
    tell(other, "commit")
    for thread in threads:
        thread.join(LONG)
    for connection in (first, *others):
        connection.close()
    assert written(path) == ["other"] + ["a"] * 8


def test_a_process_that_is_killed_lets_the_next_one_go(path: Path, other: "subprocess.Popen[str]") -> None:
    """Where a process dies by SIGKILL in the middle of its turn, a thread that waits for it here writes at once."""
    tell(other, "begin_writing")
    connection = open_file(path)
    thread = in_thread(lambda: note(connection))
    wait_until(lambda: connection._turn is not None and connection._turn.line._asking)
    assert thread.is_alive()
    other.send_signal(signal.SIGKILL)
    thread.join(LONG)
    connection.close()
    assert written(path) == ["a"]


def test_a_process_that_waits_and_is_killed_stops_nobody(path: Path, other: "subprocess.Popen[str]") -> None:
    """Where the next process dies while it waits, this one goes on writing."""
    connection = open_file(path)
    connection.begin_writing()
    ask(other, "begin_writing")
    wait_until(lambda: is_next(connection))
    connection.commit()
    other.send_signal(signal.SIGKILL)
    other.wait(LONG)
    note(connection)
    connection.close()
    assert written(path) == ["a"]


# Another process at the doors of two files: goes into the second, then into the first, and leaves as it is told.
CROSSING = """
import sys
from idp.base.turns import Door
first, second = Door(sys.argv[1]), Door(sys.argv[2])
for line in sys.stdin:
    who, act = line.split()
    getattr({"first": first, "second": second}[who], act)()
    print(line.strip() if None not in (first._file, second._file) else "gave up", flush=True)
"""


def test_processes_that_cross_wait_for_each_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Two processes, each inside the door of the file that the other waits for, stay in line: the kernel's alarm about it is none,
    since it is another thread that waits."""
    paths = [make_file(tmp_path / "one.db"), make_file(tmp_path / "two.db")]
    crossing = start(CROSSING, *map(str, paths))
    try:
        first, second = Door(str(paths[0])), Door(str(paths[1]))
        first.enter()
        tell(crossing, "second enter")
        entered: list[bool] = []
        thread = in_thread(lambda: (second.enter(), entered.append(True)))
        ask(crossing, "first enter")
        thread.join(0.5)  # one of both hears of the deadlock at once, whoever comes second
        assert entered == []
        first.leave()
        hear(crossing, "first enter")
        tell(crossing, "second leave")
        thread.join(LONG)
        assert entered == [True]
        tell(crossing, "first leave")
        first.enter()
    finally:
        crossing.kill()
        crossing.communicate()
    assert first._file is not None
    assert second._file is not None
    assert caplog.records == []
