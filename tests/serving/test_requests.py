"""HTTP/1.1 as the server reads and writes it (RFC 9112), and what it refuses."""

import socket

import pytest

from idp.serving import limits
from tests.serving.peers import GET, Peer, Running


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


@pytest.mark.parametrize("framing", [b"", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_no_tunnel_is_made(peer: Peer, framing: bytes) -> None:
    """CONNECT, with a body or without, is answered at once, and the connection ends (RFC 9110, section 9.3.6)."""
    status, headers, _body = peer.ask(b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n")
    assert (status, headers["connection"]) == (501, "close")
    assert peer.is_closed()


def test_blanks_around_a_value_are_no_part_of_it(peer: Peer) -> None:
    """What stands before and behind a header's value is left out (section 5.1), of a length too."""
    head = b"POST / HTTP/1.1\r\nHost:x \r\nX-Told: \ta b \t\r\nContent-Length: 4\t \r\n\r\n"
    assert peer.ask(head + b"body")[2] == b"POST|/||body|a b|-|4"


def test_an_old_peer_hears_no_word(peer: Peer) -> None:
    """HTTP/1.0 knows no 100, and is not told it (RFC 9110, section 10.1.1)."""
    peer.send(b"POST / HTTP/1.0\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
    peer.socket.settimeout(0.2)
    with pytest.raises(TimeoutError):
        peer.socket.recv(100)
    peer.socket.settimeout(10)
    assert peer.ask(b"body")[0] == 200


def test_the_word_is_said_behind_another_request_too(peer: Peer) -> None:
    """Who waits for the word in a second request, sent along with the first, hears it after the first answer."""
    peer.send(GET + b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
    assert [peer.read_answer()[0] for _ in range(2)] == [200, 100]
    assert peer.ask(b"body")[2].startswith(b"POST|/||body|")


@pytest.mark.parametrize("ending", [b"HTTP/1.0\r\n", b"HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"])
def test_an_offer_of_another_protocol_keeps_no_connection(peer: Peer, ending: bytes) -> None:
    """Who offers another protocol and wants to be left after the answer is left."""
    offer = b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\nbody"
    status, headers, _body = peer.ask(b"POST / " + ending + offer)
    assert (status, headers["connection"]) == (200, "close")
    assert peer.is_closed()
