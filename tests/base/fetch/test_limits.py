"""How much is read, and how long anybody is waited for."""

import socket
import threading

import pytest

from idp.base import fetch
from idp.base.fetch import wire
from tests.base.fetch.host import Behaviour, Host, answer

SHORT = 0.4  # seconds


def test_a_body_may_be_as_large_as_its_limit(host: Host) -> None:
    """A body of the limit is taken, of one byte more refused: with a length, in chunks, and until the connection ends."""
    body = b"x" * 1000
    chunked = b"3e8\r\n" + body + b"\r\n0\r\n\r\n"
    for reply in (answer(body), answer(chunked, "Transfer-Encoding: chunked"), b"HTTP/1.0 200 OK\r\n\r\n" + body):
        host.reply = reply
        assert fetch.get(host.url, largest=1000) == body
        with pytest.raises(fetch.FetchError, match="too large"):
            fetch.get(host.url, largest=999)


def test_an_announced_flood_is_not_read(host: Host) -> None:
    """A length of many gigabytes is neither believed nor set aside."""
    host.reply = answer(b"x" * 2000, length=10**12)
    with pytest.raises(fetch.FetchError, match="too large"):
        fetch.get(host.url, largest=1000)


def flood(start: bytes, piece: bytes) -> tuple[list[int], Behaviour]:
    """Return a count of bytes, and the behaviour that sends a start and then pieces until the caller hangs up."""
    sent = [0]

    def pour(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(piece)
            sent[0] += len(piece)

    return sent, pour


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-Long: " + b"y" * 4000 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y" * 4000),
        (b"HTTP/1.1 ", b"2" * 4000),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"y" * 4000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", b"y" * 4000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;" + b"e" * 4000 + b"\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: " + b"y" * 4000 + b"\r\n"),
    ],
    ids=["headers", "one header", "status", "continue", "body", "negative chunk", "chunk extensions", "trailers"],
)
def test_a_flood_is_cut_off(host: Host, start: bytes, piece: bytes) -> None:
    """Whatever part of an answer has no end, the caller hangs up early, long before the deadline."""
    sent, host.reply = flood(start, piece)
    with pytest.raises(fetch.FetchError) as refused:
        fetch.get(host.url, largest=1000)
    assert "slow" not in str(refused.value)
    assert sent[0] < 10_000_000  # what the buffers between two sockets hold


@pytest.mark.parametrize(
    "start",
    [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n", answer(b"", length=5000)],
    ids=["status", "header", "body", "counted body"],
)
def test_a_slow_drip_is_cut_off(host: Host, monkeypatch: pytest.MonkeyPatch, start: bytes) -> None:
    """A host that sends a byte now and then does not hold its caller beyond the deadline of the whole exchange."""
    monkeypatch.setattr(wire, "DEADLINE", SHORT)
    host.reply = host.drip(start)
    with pytest.raises(fetch.FetchError, match="too slow"):
        fetch.get(host.url, largest=10_000)
    with pytest.raises(fetch.FetchError, match="too slow"):
        fetch.post(host.url, b"x", media_type="text/plain")


def test_a_silent_host_is_not_waited_for(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that takes a request and says nothing is given up, and so is one that never begins with TLS."""
    monkeypatch.setattr(wire, "DEADLINE", SHORT)
    host.reply = host.keep_silent
    for scheme in ("http", "https"):
        with pytest.raises(fetch.FetchError, match="too slow"):
            fetch.get(f"{scheme}://127.0.0.1:{host.port}", largest=100)


def test_a_slow_look_up_is_left_behind(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that does not answer holds nobody beyond the deadline; the host is not asked."""
    answered = threading.Event()
    monkeypatch.setattr(wire, "DEADLINE", SHORT)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(10) and [])
    with pytest.raises(fetch.FetchError, match="look-up is too slow"):
        fetch.get("http://slow.example", largest=100)
    answered.set()
    assert host.asked == []


def test_a_posts_answer_is_read_up_to_its_limit(host: Host) -> None:
    """The status of a POST counts, however long or however cut off its answer is."""
    for reply in (answer(b"x" * 100_000), answer(b"x", length=10**12), answer(b"x", length=5)):
        host.reply = reply
        assert fetch.post(host.url, b"x", media_type="text/plain", largest=10) == 200
