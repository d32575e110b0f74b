"""How a worker ends and what it survives: nothing that somebody has asked is lost, and no error or weight of one peer is another's."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from idp.serving import limits
from idp.serving.connection import Connection
from idp.serving.supervisor import LONGEST_PAUSE, REVIVED_AFTER, STEADY, Pause
from tests.serving.peers import GET, Peer, Running, echo, running


@pytest.fixture(params=["plain", "tls"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    """Where the worker's certificate goes; none without TLS."""
    return tmp_path if request.param == "tls" else None


def test_who_is_answered_at_the_end_is_told(place: Path | None) -> None:
    """Requests that are answered or wait when the worker is told to end are answered, and say that the connection ends (section 9.6)."""
    may_answer = threading.Event()

    def slow(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        may_answer.wait(20)
        return echo(environ, start_response)

    with running(slow, certificate=place, seats=2) as server:
        peers = [server.connect() for _ in range(20)]
        for peer in peers:
            peer.send(GET)
        server.until(lambda: len(server.worker._threads._waiting) == 18)
        server.worker.loop.call_soon_threadsafe(server.worker.end)
        server.until(lambda: server.worker.is_ending)
        may_answer.set()
        for peer in peers:
            status, headers, _body = peer.read_answer()
            assert (status, headers["connection"]) == (200, "close")


def stopped(server: Running) -> tuple[threading.Event, threading.Event]:
    """Hold the loop until the second event, from before the first one on."""
    holding, may_go_on = threading.Event(), threading.Event()

    def hold() -> None:
        holding.set()
        may_go_on.wait(20)

    server.worker.loop.call_soon_threadsafe(hold)
    assert holding.wait(10)
    return holding, may_go_on


def test_who_stands_at_the_door_at_the_end_is_answered() -> None:
    """Connections that the system has taken and the worker has not, and kept ones that have just asked, are answered when it ends."""
    with running() as server:
        kept = server.connect()
        assert kept.ask(GET)[0] == 200
        _holding, may_go_on = stopped(server)
        new = [server.connect() for _ in range(100)]
        server.worker.loop.call_soon_threadsafe(server.worker.end)
        for peer in [*new, kept]:
            peer.send(GET)
        may_go_on.set()
        assert [peer.read_answer()[0] for peer in [*new, kept]] == [200] * 101


def test_who_has_just_come_may_ask_at_the_end(place: Path | None) -> None:
    """A connection without a request yet may still send one for a moment, and then is closed."""
    with running(certificate=place) as server:
        asking, silent = server.connect(), server.connect()
        server.until(lambda: len(server.worker._connections) == 2)
        server.worker.loop.call_soon_threadsafe(server.worker.end)
        server.until(lambda: server.worker.is_ending)
        assert asking.ask(GET)[0] == 200
        assert silent.is_closed()


def test_bodies_that_do_not_come_take_a_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where half requests weigh too much together, the one that has been waited for longest is closed, and light ones are not."""
    monkeypatch.setattr(limits, "MOST_HELD", 1024 * 1024)
    with running() as server:
        light = server.connect()
        light.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
        heavy: list[Peer] = []
        for _ in range(12):
            heavy.append(server.connect())
            heavy[-1].send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + b"a" * 199_999)
        assert heavy[0].is_closed()
        server.until(lambda: server.worker._held <= limits.MOST_HELD)
        assert light.ask(b"body")[2].startswith(b"POST|/||body|")
        assert heavy[-1].ask(b"a")[0] == 200
        for peer in [light, *heavy]:
            peer.socket.close()
        server.until(lambda: not server.worker._connections)
        assert server.worker._held == 0


def test_small_chunks_weigh_what_they_hold() -> None:
    """A body in chunks of two bytes takes no more memory than its bytes."""
    with running() as server:
        peer = server.connect()
        chunks = b"2\r\nab\r\n" * 100_000
        peer.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
        server.until(lambda: any(len(each._reader._body) == 200_000 for each in server.worker._connections))
        assert all(isinstance(each._reader._body, bytearray) for each in server.worker._connections)


def test_an_error_of_the_server_costs_one_connection(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the server itself fails over a peer, that connection ends at once, the log tells why, and others are served."""
    take = Connection._take

    def fail(connection: Connection, data: bytes) -> None:
        if b"/broken" in data:
            raise RuntimeError("nobody has thought of this")
        take(connection, data)

    monkeypatch.setattr(Connection, "_take", fail)
    with running() as server:
        peer = server.connect()
        peer.send(GET.replace(b"/ ", b"/broken "))
        assert peer.is_closed()
        assert server.connect().ask(GET)[0] == 200
    assert "nobody has thought of this" in caplog.text


def test_a_worker_without_its_parent_ends() -> None:
    """A parent that is gone, even before its child has begun to serve, leaves no worker behind."""
    with running(parent=os.getppid() + 1) as server:
        server.until(lambda: server.worker.loop.is_closed())


def test_what_dies_at_once_is_started_ever_more_rarely() -> None:
    """From birth to birth the pause doubles up to a bound; who has lived long is followed at once, and pauses begin anew."""
    pause, now, found = Pause(), 1000.0, []
    for _ in range(8):
        due = pause.until(now, now + 0.1)
        found.append(due - now)
        now = due
    assert found == [REVIVED_AFTER * factor for factor in (1, 2, 4, 8, 16)] + [LONGEST_PAUSE] * 3
    assert pause.until(now, now + STEADY + 1) == now + STEADY + 1
    assert pause.until(now, now) == now + 2 * REVIVED_AFTER
