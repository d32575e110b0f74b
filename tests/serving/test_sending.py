"""Answers are sent by the threads that make them: the loop is woken for what follows alone, and no byte goes to anybody else."""

import random
import socket
import struct
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from idp.serving.worker import Worker
from tests.serving.peers import GET, Running, echo, running

LARGE = 8 * 1024 * 1024
CLOSING = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def woken(server: Running, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return what the loop is asked to do by other threads from now on."""
    asked: list[object] = []
    wake = server.worker.loop.call_soon_threadsafe

    def note(step: Any, *arguments: Any, **options: Any) -> Any:
        asked.append(step)
        return wake(step, *arguments, **options)

    monkeypatch.setattr(server.worker.loop, "call_soon_threadsafe", note)
    return asked


def test_the_loop_is_not_woken_for_an_answer_that_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty requests on a kept connection wake the loop by coming, and never by being answered."""
    with running() as server:
        peer = server.connect()
        asked = woken(server, monkeypatch)
        for _ in range(20):
            assert peer.ask(GET)[0] == 200
            server.until(lambda: bool(server.worker._answered or server.worker.waiting))
        assert asked == []


def test_tls_is_spoken_by_the_loop_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One connection's TLS is never used by two threads: each of its answers is handed to the loop."""
    with running(certificate=tmp_path) as server:
        peer = server.connect()
        asked = woken(server, monkeypatch)
        for _ in range(5):
            assert peer.ask(GET)[0] == 200
        assert len(asked) == 5


def test_what_the_peer_does_not_take_at_once_is_sent_by_the_loop() -> None:
    """A large answer comes whole to a peer that reads late, and the next request is answered behind it."""

    def large(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] != "/large":
            return echo(environ, start_response)
        start_response("200 OK", [])
        return [random.Random(1).randbytes(LARGE)]

    with running(large) as server:
        peer = server.connect()
        peer.send(GET.replace(b"/ ", b"/large ", 1) + GET)
        time.sleep(0.1)
        assert peer.read_answer()[2] == random.Random(1).randbytes(LARGE)
        assert peer.read_answer()[0] == 200


def test_a_request_that_comes_at_any_moment_of_an_answer_is_answered() -> None:
    """Whether another request or the end comes before, while or after an answer is sent, nothing is left lying."""
    with running() as server:
        peer = server.connect()
        for number in range(300):
            peer.send(GET)
            threading.Event().wait((number % 30) / 30_000)
            peer.send(GET[:20])
            threading.Event().wait((number % 7) / 30_000)
            peer.send(GET[20:])
            assert [peer.read_answer()[0] for _ in range(2)] == [200, 200]
        for number in range(50):
            leaving = server.connect()
            leaving.send(GET)
            threading.Event().wait((number % 10) / 10_000)
            leaving.socket.shutdown(socket.SHUT_WR)
            assert leaving.read_answer()[0] == 200
            assert leaving.is_closed()
            ending = server.connect()
            assert ending.ask(CLOSING)[0] == 200
            assert ending.is_closed()


def test_a_connection_that_breaks_keeps_its_number_until_its_thread_has_ended() -> None:
    """No other connection gets the number of one whose answer a thread may still send; afterwards it is given back."""
    begun, may_answer = threading.Event(), threading.Event()

    def slow(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        begun.set()
        may_answer.wait(20)
        return echo(environ, start_response)

    with running(slow) as server:
        peer = server.connect()
        peer.send(GET)
        assert begun.wait(10)
        (connection,) = server.worker._connections
        number = connection._socket.fileno()
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.socket.close()  # a reset
        others = [server.connect() for _ in range(5)]
        server.until(lambda: len(server.worker._connections) == 6)
        assert connection._socket.fileno() == number
        may_answer.set()
        server.until(lambda: connection._socket.fileno() == -1)
        assert [other.ask(GET)[0] for other in others] == [200] * 5


def test_who_was_answered_has_a_deadline_again() -> None:
    """A connection that asks nothing more is among those that are waited for soon after its answer, and can make room."""
    with running(most=1) as server:
        first = server.connect()
        worker: Worker = server.worker
        assert first.ask(GET)[0] == 200
        server.until(lambda: bool(worker._answered or worker.waiting))
        assert server.connect().ask(GET)[0] == 200
        assert first.is_closed()
        server.until(lambda: len(worker.waiting) == 1)
