"""What the application says, as bytes: WSGI's rules for answers (PEP 3333), and that an answer's head is that of one answer."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.serving.peers import GET, Peer, running


def told(headers: list[tuple[str, str]], body: Any = b"body", status: str = "200 OK") -> Any:
    """Return an application that answers so."""

    def app(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, headers)
        return [body]

    return app


def leaving(_environ: dict[str, Any], _start_response: Any) -> list[bytes]:
    """End the program."""
    raise SystemExit(1)


def silent(_environ: dict[str, Any], _start_response: Any) -> list[bytes]:
    """Say no status."""
    return [b"body"]


def twice(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Begin two answers."""
    start_response("200 OK", [])
    start_response("200 OK", [])
    return [b"body"]


@pytest.mark.parametrize(
    "app",
    [
        told([("X-Told", "a\r\nSet-Cookie: b=c")]),
        told([("X-Told", "a\nSet-Cookie: b=c")]),
        told([("X-Told: a\r\nSet-Cookie", "b=c")]),
        told([], status="200 OK\r\nSet-Cookie: b=c"),
        told([("X-Told", "\u20ac")]),
        told([], status="fine"),
        told([], body="text"),
        leaving,
        silent,
        twice,
    ],
)
def test_what_cannot_be_sent_is_an_error_of_one_answer(app: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Line ends or foreign letters in a head, no status, two, text for bytes, an exit: all are 500, and no thread is lost."""
    with running(app, seats=1) as server:
        for _ in range(2):
            peer = server.connect()
            status, headers, body = peer.ask(GET)
            assert (status, headers["connection"], "set-cookie" in headers) == (500, "close", False)
            assert b"body" not in body
            assert peer.is_closed()
    assert "outside of the application" in caplog.text


def ask_twice(app: Any, request: bytes = GET, *, has_body: bool = True) -> tuple[int, dict[str, str], bytes]:
    """Ask twice over one connection, see that the second answer begins where the first ends, and return it."""
    with running(app) as server:
        peer: Peer = server.connect()
        method = "GET" if has_body else "HEAD"
        peer.send(request)
        first = peer.read_answer(method)
        peer.send(request)
        second = peer.read_answer(method)
        assert first[0] == second[0]
        return second


@pytest.mark.parametrize("length", ["2", "400", "-1", "x"])
def test_a_length_is_that_of_the_body(length: str) -> None:
    """Another length than that of the body is not told: the next answer would begin elsewhere."""
    _status, headers, body = ask_twice(told([("Content-Length", length)]))
    assert (headers["content-length"], body) == ("4", b"body")


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_answers_without_a_body_have_none(status: str) -> None:
    """204 and 304 have no body, whatever the application returns, and 204 no length (RFC 9110, section 8.6)."""
    assert "content-length" not in ask_twice(told([], status=status), has_body=False)[1]
    headers = ask_twice(told([("Content-Length", "4")], status=status), has_body=False)[1]
    assert headers.get("content-length") == (None if status.startswith("204") else "4")


def test_the_length_of_what_head_does_not_send_is_the_applications() -> None:
    """To HEAD the application tells the length that GET would have; where it tells none, none is invented."""
    head = b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"
    assert ask_twice(told([("Content-Length", "400")], b""), head, has_body=False)[1]["content-length"] == "400"
    assert "content-length" not in ask_twice(told([], b""), head, has_body=False)[1]


def test_parts_are_closed_and_written_ones_stand_first() -> None:
    """Parts may come from an iterator, which is closed; what is written stands before them; an error begins the answer anew."""
    closed: list[bool] = []

    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            yield b"body"

        def close(self) -> None:
            closed.append(True)

    def app(_environ: dict[str, Any], start_response: Any) -> Parts:
        write = start_response("200 OK", [])
        write(b"some")
        try:
            raise ValueError("found later")
        except ValueError as problem:
            start_response("500 Error", [("X-Told", "a")], (ValueError, problem, problem.__traceback__))
        return Parts()

    status, headers, body = ask_twice(app)
    assert (status, headers["x-told"], body, closed) == (500, "a", b"somebody", [True, True])
