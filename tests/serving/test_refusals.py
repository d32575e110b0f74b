"""What the server refuses to read (RFC 9112, section 11), and what it lets the application refuse."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.serving.peers import GET, Peer, Running, echo, running


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic eDp4\r\nAuthorization: Basic eTp5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n",
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: b\n\r\n",
        b"GET / HTTP/1.1\r\n Host: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x/y@z\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
        b"GET / HTTP/1.1 x\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"rubbish\r\n\r\n",
    ],
)
def test_what_could_be_read_two_ways_is_refused(peer: Peer, request_: bytes) -> None:
    """What one reader takes for one request and another for two, or for none, is refused and ends the connection (section 11.2)."""
    peer.send(request_ + GET)
    status, headers, _body = peer.read_answer()
    assert status in {400, 505}
    assert headers["connection"] == "close"
    assert peer.is_closed()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /" + b"a" * 200_000, 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 200_000, 431),
    ],
)
def test_a_head_without_end_is_refused(peer: Peer, head: bytes, status: int) -> None:
    """What is sent of a head is bounded, whether its end has come or not, and the answer can be read all the same."""
    peer.send(head)
    assert peer.read_answer()[0] == status
    assert peer.is_closed()


@pytest.fixture
def refusing() -> Iterator[Running]:
    """A worker whose application says what it has been told to refuse."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        refused = environ.get("idp.refused")
        if refused is None:
            return echo(environ, start_response)
        start_response(f"{refused.value} {refused.phrase}", [])
        return [environ["wsgi.input"].read()]

    with running(app) as server:
        yield server


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 101 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 20_000, 431),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 262145\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + b"a" * 300_000, 413),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\nExpect: 100-continue\r\n\r\n", 413),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 300000\r\n\r\n",
            413,
        ),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b"a" * 65536 + b"\r\n",
            200,
        ),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + (b"10000\r\n" + b"a" * 65536 + b"\r\n") * 5,
            413,
        ),
    ],
)
def test_what_is_too_much_is_told_by_the_application(refusing: Running, request_: bytes, status: int) -> None:
    """Too many headers and too large a body are refused before they have come, in the application's words, with nothing of the body."""
    peer = refusing.connect()
    peer.send(request_)
    if status == 200:  # not too much yet
        peer.send(b"0\r\n\r\n")
        assert peer.read_answer()[0] == 200
        return
    found, headers, body = peer.read_answer()
    assert (found, headers["connection"], body) == (status, "close", b"")
    assert peer.is_closed()


def test_an_error_outside_of_the_application_is_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    """Where even the frame of the application fails, the peer hears 500, the log the cause, and the next caller is served."""

    def broken(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/broken":
            raise RuntimeError("nobody catches this")
        return echo(environ, start_response)

    with running(broken, seats=1) as server:
        status, _headers, body = server.connect().ask(b"GET /broken HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (status, b"nobody" in body) == (500, False)
        assert server.connect().ask(GET)[0] == 200
    assert "nobody catches this" in caplog.text
