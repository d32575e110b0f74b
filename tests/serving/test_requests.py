"""HTTP/1.1 as the server reads and writes it (RFC 9112), and what it refuses."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from idp.serving import limits
from tests.serving.peers import GET, Peer, Running, echo, running


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    """A worker that echoes."""
    with running() as server:
        yield server


@pytest.fixture
def peer(server: Running) -> Peer:
    """A connection to it."""
    return server.connect()


def test_a_connection_is_kept(peer: Peer) -> None:
    """Several requests go over one connection (section 9.3), and each answer has a date and a length."""
    for _ in range(3):
        status, headers, body = peer.ask(GET)
        assert (status, body) == (200, b"GET|/|||-|-|-")
        assert headers["date"].endswith("GMT")
        assert "connection" not in headers


@pytest.mark.parametrize("ending", [b"HTTP/1.1\r\nHost: x\r\nConnection: close", b"HTTP/1.0"])
def test_a_connection_ends_where_the_peer_wants_it(peer: Peer, ending: bytes) -> None:
    """Who says close, or speaks HTTP/1.0, is left after the answer (section 9.6)."""
    _status, headers, _body = peer.ask(b"GET / " + ending + b"\r\n\r\n")
    assert headers["connection"] == "close"
    assert peer.is_closed()


def test_an_old_peer_may_keep_its_connection(peer: Peer) -> None:
    """HTTP/1.0 with keep-alive is told that it is kept (section 9.3)."""
    for _ in range(2):
        assert peer.ask(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")[1]["connection"] == "keep-alive"


def test_requests_in_a_row_are_answered_in_order(peer: Peer) -> None:
    """Requests that do not wait for answers are answered one after the other (section 9.3.2), the last one's body included."""
    last = b"POST /last HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"
    peer.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(10)) + last[:-2])
    assert [peer.read_answer()[2].split(b"|")[1] for _ in range(10)] == [b"/%d" % number for number in range(10)]
    peer.send(last[-2:])
    assert peer.read_answer()[2].startswith(b"POST|/last||body|")


def test_too_many_requests_in_a_row_end_the_connection(peer: Peer) -> None:
    """Those that were read are answered, then the connection ends."""
    peer.send(GET * 1000)
    for _ in range(limits.MOST_PIPELINED + 1):
        assert peer.read_answer()[0] == 200
    assert peer.is_closed()


def test_requests_sent_while_one_is_answered_wait(server: Running) -> None:
    """What comes ahead of its turn is kept, and is answered in its turn."""
    peer = server.connect()
    for number in range(20):
        peer.send(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number)
    assert [peer.read_answer()[2].split(b"|")[1] for _ in range(20)] == [b"/%d" % number for number in range(20)]


def test_a_peer_that_stops_sending_is_answered(peer: Peer) -> None:
    """Who closes its half of the connection after the request still gets its answer."""
    peer.send(GET)
    peer.socket.shutdown(socket.SHUT_WR)
    assert peer.read_answer()[0] == 200
    assert peer.is_closed()


def test_chunks_are_put_together(peer: Peer) -> None:
    """A chunked body reaches the application whole, with its length (section 7.1)."""
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert peer.ask(head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")[2] == b"POST|/||abcde|-|-|5"
    assert peer.ask(GET)[0] == 200


def test_a_peer_that_waits_for_the_word_gets_it(peer: Peer) -> None:
    """Expect: 100-continue is answered before the body comes (RFC 9110, section 10.1.1)."""
    peer.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
    assert peer.read_answer()[0] == 100
    peer.send(b"body")
    assert peer.read_answer()[2].startswith(b"POST|/||body|")


def test_head_has_no_body(peer: Peer) -> None:
    """An answer to HEAD is the head of the one to GET (RFC 9110, section 9.3.2)."""
    peer.send(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert peer.read_answer("HEAD")[1]["content-length"] == "14"
    assert peer.ask(GET)[2] == b"GET|/|||-|-|-"


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/a%20b?c=%20", b"/a b", b"c=%20"),
        (b"http://elsewhere.example/a?b=c", b"/a", b"b=c"),
        (b"//elsewhere.example/a", b"//elsewhere.example/a", b""),
        (b"*", b"/", b""),
    ],
)
def test_targets(peer: Peer, target: bytes, path: bytes, query: bytes) -> None:
    """The path is decoded, the query is not, and the host of an absolute target counts for nothing (section 3.2)."""
    assert peer.ask(b"OPTIONS " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")[2].split(b"|")[1:3] == [path, query]


def test_headers_that_stand_twice_are_joined(peer: Peer) -> None:
    """Lists in several lines are one list, cookies are joined as cookies, and a name with an underscore is no other name."""
    told = b"X-Told: a\r\nX-Told: b\r\nX_Told: c\r\nCookie: d=1\r\nCookie: e=2\r\n"
    assert peer.ask(b"GET / HTTP/1.1\r\nHost: x\r\n" + told + b"\r\n")[2] == b"GET|/|||a,b|d=1; e=2|-"


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        (b"Content-Length: 4", b"body"),
        (b"Transfer-Encoding: chunked", b"2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n"),
    ],
)
def test_another_protocol_is_not_taken_up(peer: Peer, framing: bytes, body: bytes) -> None:
    """Who offers to go on in another protocol, as Java's client does, is answered in this one, body included, and goes on in it."""
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    head = b"POST / HTTP/1.1\r\nHost: x\r\n" + offer + framing + b"\r\n\r\n"
    assert peer.ask(head + body)[2] == b"POST|/||body|-|-|4"
    peer.send(head)
    assert peer.ask(body)[2] == b"POST|/||body|-|-|4"
    assert peer.ask(b"GET / HTTP/1.1\r\nHost: x\r\n" + offer + b"\r\n" + GET)[0] == 200
    assert peer.read_answer()[2] == b"GET|/|||-|-|-"


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
