"""The process that delivers, as `idp serve` keeps it: forked from the main one, replaced when it dies, never left alone."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.bench import processes
from tests.support.serving import RunningServer, serve

MOST = 60  # MiB


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of two workers."""
    with serve({"IDP_DATA_DIR": tmp_path_factory.mktemp("courier"), "IDP_WORKERS": "2"}) as server:
        yield server


def until(found: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something that must come."""
    latest = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < latest
        time.sleep(0.05)


def test_the_courier_shares_the_memory_of_the_main_process(server: RunningServer) -> None:
    """It is forked from the application that is made, as workers are, and weighs less than 60 MiB where its own would be a hundred."""
    until(lambda: len(server.children("courier")) == 1)
    assert len(server.children("worker")) == 2
    assert 1 < processes.memory(server.children("courier")) < MOST


def test_a_killed_courier_is_replaced(server: RunningServer) -> None:
    """A courier that is killed is followed by another one, the log says so, and the workers stay."""
    until(lambda: len(server.children("courier")) == 1)
    (courier,), workers = server.children("courier"), server.children("worker")
    os.kill(courier, signal.SIGKILL)
    until(lambda: server.children("courier") not in ([], [courier]))
    assert server.children("worker") == workers
    assert f"courier {courier} has ended unexpectedly" in server.log()


def test_nobody_outlives_the_main_process(tmp_path: Path) -> None:
    """Where the main process is killed, courier and workers end by themselves."""
    with serve({"IDP_DATA_DIR": tmp_path / "data", "IDP_WORKERS": "1"}) as server:
        until(lambda: len(server.children("courier")) == len(server.children("worker")) == 1)
        orphans = server.children("courier") + server.children("worker")
        server.process.kill()
        server.process.wait(10)
        until(lambda: not any(is_running(process) for process in orphans))


def is_running(process: int) -> bool:
    """Return whether a process is there and no corpse that its new parent has yet to look at."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
