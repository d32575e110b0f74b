"""Peers that are slow, silent or many: each is ended in its time, and nobody else waits for it."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from idp.serving import limits, worker
from tests.serving.peers import GET, HALF, HEALTH, Peer, Running, echo, running

SHORT, LONG = 0.4, 60.0


@pytest.fixture(params=["plain", "tls"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    """Where the worker's certificate goes; none without TLS."""
    return tmp_path if request.param == "tls" else None


@pytest.fixture(autouse=True)
def _deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let only the deadline that a test shortens be short."""
    for name in ("HEAD", "BODY", "IDLE", "WRITE"):
        monkeypatch.setattr(limits, name, LONG)
    monkeypatch.setattr(worker, "SWEEP", 0.05)


def trickle(peer: Peer, data: bytes) -> Iterator[None]:
    """Send byte by byte until the worker has had enough."""
    peer.socket.settimeout(0.05)
    for number in range(len(data)):
        try:
            peer.send(data[number : number + 1])
            received = peer.socket.recv(65536)
        except TimeoutError:
            continue
        except OSError:
            return
        peer.pending += received
        return


def test_a_silent_peer_is_closed(place: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that says nothing, not even the first word of a handshake, ends with the time for a head."""
    monkeypatch.setattr(limits, "HEAD", SHORT)
    with running(certificate=place) as server:
        assert server.reach().is_closed()


def test_a_peer_that_is_silent_after_its_handshake_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handshake buys no more time: it and the head share one deadline."""
    monkeypatch.setattr(limits, "HEAD", SHORT)
    with running(certificate=tmp_path) as server:
        assert server.connect().is_closed()


def test_a_trickled_head_is_ended(place: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A head that comes byte by byte has its deadline as a whole, and its sender is told (408)."""
    monkeypatch.setattr(limits, "HEAD", SHORT)
    with running(certificate=place) as server:
        peer = server.connect()
        trickle(peer, b"GET / HTTP/1.1\r\nX: " + b"x" * 10000)
        peer.socket.settimeout(10)
        assert peer.read_answer()[0] == 408
        assert peer.is_closed()


def test_a_trickled_body_is_ended(place: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that comes byte by byte has its deadline as a whole, too."""
    monkeypatch.setattr(limits, "BODY", SHORT)
    with running(certificate=place) as server:
        peer = server.connect()
        peer.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n")
        trickle(peer, b"x" * 10000)
        peer.socket.settimeout(10)
        assert peer.read_answer()[0] == 408
        assert peer.is_closed()


def test_an_idle_connection_is_closed(place: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection is kept between two requests, and not for ever."""
    monkeypatch.setattr(limits, "IDLE", SHORT)
    with running(certificate=place) as server:
        peer = server.connect()
        assert peer.ask(GET)[0] == 200
        assert peer.ask(GET)[0] == 200
        assert peer.is_closed()


def test_a_peer_that_takes_no_answer_is_closed(place: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks and does not read holds no thread meanwhile, and no socket for long."""
    monkeypatch.setattr(limits, "WRITE", SHORT)

    def large(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"x" * (32 * 1024 * 1024)] if environ["PATH_INFO"] == "/large" else [b"small"]

    with running(large, certificate=place, seats=1) as server:
        peer = server.connect()
        peer.send(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        assert server.connect().ask(GET)[2] == b"small"
        server.until(lambda: len(server.worker._connections) == 1)
        with pytest.raises((AssertionError, OSError)):
            peer.read_answer()


def test_half_requests_hold_no_thread(place: Path | None) -> None:
    """Forty peers in the middle of a body stop nobody, with one thread for all."""
    with running(certificate=place, seats=1) as server:
        halves = [server.connect() for _ in range(40)]
        for half in halves:
            half.send(HALF)
        assert server.connect().ask(GET)[0] == 200
        halves[0].send(b"whole!")
        assert halves[0].read_answer()[2].startswith(b"POST|/||halfwhole!|")


def test_a_flood_of_silent_peers_stops_nobody(place: Path | None) -> None:
    """Where all sockets are taken, the peer that has been waited for longest gives its own for the next caller."""
    with running(certificate=place, most=8) as server:
        first = server.reach()
        for _ in range(40):
            server.reach()
        assert server.connect().ask(GET)[0] == 200
        assert first.is_closed()
        assert len(server.worker._connections) <= 8


def test_who_is_being_answered_is_not_closed_for_others() -> None:
    """A flood does not end requests that are being answered; callers wait while there is nobody else to close."""
    may_answer = threading.Event()

    def slow(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        may_answer.wait(20)
        return echo(environ, start_response)

    with running(slow, seats=4, most=2) as server:
        asking = [server.reach(), server.reach()]
        for peer in asking:
            peer.send(GET)
        server.until(lambda: not server.worker.waiting and len(server.worker._connections) == 2)
        flood = [server.reach() for _ in range(20)]
        later = server.reach()
        later.send(GET)
        may_answer.set()
        assert [peer.read_answer()[0] for peer in [*asking, later]] == [200] * 3
        assert flood[0].is_closed()


def test_health_is_told_where_no_thread_is_free() -> None:
    """Health answers while every thread is taken and the queue is full; who finds no room there hears 503 and when to come back."""
    may_answer = threading.Event()

    def slow(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        may_answer.wait(20)
        return echo(environ, start_response)

    with running(slow, seats=1) as server:
        server.worker._threads._most_waiting = 2
        peers = [server.reach() for _ in range(3)]
        for peer in peers:
            peer.send(GET)
        server.until(lambda: len(server.worker._threads._waiting) == 2)
        status, headers, body = server.reach().ask(HEALTH)
        assert (status, headers["content-type"], body) == (200, "application/json", b'{"status":"ok"}\n')
        status, headers, body = server.reach().ask(GET)
        assert (status, headers["retry-after"], headers["connection"]) == (503, "5", "close")
        assert b"temporarily_unavailable" in body
        may_answer.set()
        assert [peer.read_answer()[0] for peer in peers] == [200] * 3


def test_who_waits_too_long_for_a_thread_hears_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request whose turn comes too late is not begun any more: its sender has given up, or should."""
    monkeypatch.setattr(limits, "LONGEST_WAIT", 0.2)
    may_answer = threading.Event()
    begun: list[str] = []

    def slow(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        begun.append(environ["PATH_INFO"])
        may_answer.wait(20)
        return echo(environ, start_response)

    with running(slow, seats=1) as server:
        first, late = server.reach(), server.reach()
        first.send(GET)
        server.until(lambda: bool(begun))
        late.send(GET)
        server.until(lambda: bool(server.worker._threads._waiting))
        time.sleep(0.3)
        may_answer.set()
        assert first.read_answer()[0] == 200
        assert late.read_answer()[0] == 503
        assert begun == ["/"]


def test_a_worker_that_ends_finishes_what_has_begun(place: Path | None) -> None:
    """Told to end, a worker closes idle connections, answers requests that have begun, and then the connection is over."""
    with running(certificate=place) as server:
        idle, half = server.connect(), server.connect()
        assert idle.ask(GET)[0] == 200
        half.send(HALF)
        server.until(lambda: any(each._reader.has_head for each in server.worker._connections))
        server.worker.loop.call_soon_threadsafe(server.worker.end)
        assert idle.is_closed()
        half.send(b"whole!")
        assert half.read_answer()[0] == 200
        assert half.is_closed()


def test_a_peer_that_speaks_no_tls_is_closed(tmp_path: Path) -> None:
    """Plain HTTP at a TLS socket ends the connection, and the next caller is served."""
    with running(certificate=tmp_path) as server:
        stray = server.reach()
        stray.send(GET)
        assert stray.is_closed()
        assert server.connect().ask(GET)[0] == 200


def until_answered(server: Running) -> int:
    """Ask once and return the status."""
    return server.connect().ask(GET)[0]


def test_peers_that_leave_are_forgotten(place: Path | None) -> None:
    """Peers that leave in the middle of a handshake, a head, a body or an answer cost nothing afterwards."""
    with running(certificate=place) as server:
        for word in (b"", b"GET / HT", HALF, GET):
            peer = server.connect()
            peer.send(word)
            peer.socket.close()
        server.reach().socket.close()
        assert until_answered(server) == 200
        server.until(lambda: len(server.worker._connections) <= 1)
