"""Bytes of all kinds over real sockets: no input makes the server fail or hang, or answer once more than it was asked."""

import random
import re
import socket
from typing import Any

import pytest

from tests.serving.peers import GET, running

TRIALS, SEED = 400, 9112
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
LINES = (
    b"Content-Length: 4", b"Content-Length: 0", b"Content-Length: 4 ", b"Content-Length: 300000", b"Content-Length: 4, 4",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: identity", b"Transfer_Encoding: chunked",
    b"Connection: close", b"Connection: keep-alive", b"Connection: Upgrade", b"Upgrade: h2c", b"Expect: 100-continue", b"Host: y",
    b"A: b\r\n c", b"A : b", b"A: \x00", b"A: \xff", b": a", b"A: " + b"b" * 40_000, b"Trailer: A",
)  # fmt: skip
BODIES = (
    b"", b"body", b"4\r\nbody\r\n0\r\n\r\n", b"4;a=b\r\nbody\r\n0\r\nHost: z\r\n\r\n", b"4\nbody\n0\n\n", b"-1\r\n",
    b"fffffffffffffffff\r\n", b"0\r\n\r\n", b"a" * 300_000,
)  # fmt: skip
METHODS = (b"GET", b"HEAD", b"POST", b"OPTIONS", b"CONNECT", b"PRI", b"get", b"SOURCE", b"DELETE")
TARGETS = (
    b"/",
    b"/%ff?%00",
    b"*",
    b"x:80",
    b"http://x",
    b"http://x:y@z/?a",
    b"//x",
    b"/\xc3\xa9",
    b"",
    b"/" + b"a" * 3000,
)
VERSIONS = (b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"RTSP/1.0", b"")


def message(chance: random.Random) -> bytes:
    """Return something like a request."""
    lines = [chance.choice((b"Host: x", b"Host: x", b"Host: x/y")), *chance.sample(LINES, chance.randrange(4))]
    first = b" ".join((chance.choice(METHODS), chance.choice(TARGETS), chance.choice(VERSIONS)))
    found = b"\r\n".join([first, *lines, b"", b""]) + chance.choice(BODIES)
    if chance.random() < 0.3:  # something else at one place
        place = chance.randrange(len(found))
        found = found[:place] + chance.choice((b"", b"\r", b"\n", b"\x00", b" ", b"\r\n\r\n")) + found[place + 1 :]
    return found


def converse(port: int, data: bytes, chance: random.Random) -> bytes:
    """Send bytes, in pieces or at once, then nothing more; return all that is answered. It has to end."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as peer:
        found = b""
        try:
            at = chance.randrange(len(data))
            for piece in (data[:at], data[at:]) if chance.random() < 0.5 else (data,):
                peer.sendall(piece)
            peer.shutdown(socket.SHUT_WR)
            while received := peer.recv(65536):
                found += received
        except (ConnectionError, BrokenPipeError):
            pass  # it was refused, and has gone on sending
        return found


def test_whatever_is_sent_has_at_most_one_answer_a_request(caplog: pytest.LogCaptureFixture) -> None:
    """Each conversation ends; answers are those of the application and one refusal at most, the last one; and nothing fails inside."""
    asked: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["wsgi.input"].read()
        asked.append(environ["PATH_INFO"])
        start_response("200 OK", [("X-Ours", "1")])
        return [b"fine"]

    chance = random.Random(SEED)  # noqa: S311 - the same inputs in every run
    with running(app) as server:
        for _ in range(TRIALS):
            data = b"".join(message(chance) for _ in range(chance.randrange(1, 4)))
            asked.clear()
            found = converse(server.port, data, chance)
            statuses = [int(status) for status in STATUS.findall(found)]
            final = [status for status in statuses if status >= 200]
            assert len(final) <= len(asked) + 1, (data, found)
            assert found.count(b"X-Ours: 1") <= len(asked)
            assert all(status < 300 for status in final[:-1]), (data, found)
            assert 500 not in final
        server.until(lambda: not server.worker._connections)
        assert server.worker._held == 0
        assert server.connect().ask(GET)[0] == 200
    assert "error" not in caplog.text.lower()
