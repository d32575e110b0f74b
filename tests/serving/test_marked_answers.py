"""Many connections at once, every request with a mark of its own: each answer goes to whoever asked for it, whole, once and in order.

Answers of all lengths are made by threads and by the loop, at once or late; requests come one at a time or pipelined, cut anywhere; and
others break off meanwhile, so that numbers of sockets are used anew.
"""

import random
import socket
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from idp.base.door.answer import Answer
from tests.serving.peers import Peer, Running, running

CALLERS, ROUNDS = 12, 24
DEEPEST = 8  # requests that are sent before the first is answered
LENGTHS = (0, 1, 40, 4_000, 300_000)  # bytes of bodies; the last is more than a socket takes at once
KNOWN = 5  # answers that the loop has
DELAYS = (0, 0, 0, 0.0005, 0.003)  # seconds that a thread takes


def body_of(mark: str) -> bytes:
    """Return what a mark is answered with: itself, over and over, in the length that it names."""
    length = int(mark.rpartition("-")[2])
    return (mark.encode() * (length // len(mark) + 1))[:length]


def answer_marked(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer with the mark, and with the body of the request, after a while."""
    mark, sent = environ["HTTP_X_MARK"], environ["wsgi.input"].read()
    time.sleep(random.choice(DELAYS))  # noqa: S311 - no secret
    start_response("200 OK", [("X-Mark", mark), ("X-Sent", sent.decode())])
    return [body_of(mark)]


PUBLISHED = {
    f"/known/{number}": Answer(200, body_of(f"known-{number}-40"), {"X-Mark": f"known-{number}-40", "X-Sent": ""})
    for number in range(KNOWN)
}


class Caller:
    """One connection after another, each of which asks and compares."""

    def __init__(self, server: Running, number: int, deepest: int) -> None:
        self._server, self._number, self._deepest = server, number, deepest
        self._dice = random.Random(number)
        self._asked = 0

    def call(self) -> int:
        """Ask in so many rounds, some of them on a new connection; return how many requests were answered."""
        peer = self._server.connect()
        for _ in range(ROUNDS):
            if self._dice.random() < 0.1:
                peer.socket.close()
                peer = self._server.connect()
            self._ask(peer, self._dice.randint(1, self._deepest))
        return self._asked

    def _ask(self, peer: Peer, many: int) -> None:
        requests = [self._draw() for _ in range(many)]
        self._send_in_pieces(peer, b"".join(request for _mark, _sent, request in requests))
        for mark, sent, _request in requests:
            status, headers, body = peer.read_answer()
            assert (status, headers["x-mark"], headers["x-sent"]) == (200, mark, sent)
            assert body == body_of(mark)
            self._asked += 1
        assert peer.pending == b"", "somebody else's answer, or one that nobody asked for"

    def _draw(self) -> tuple[str, str, bytes]:
        if self._dice.random() < 0.2:
            number = self._dice.randrange(KNOWN)
            return f"known-{number}-40", "", b"GET /known/%d HTTP/1.1\r\nHost: x\r\n\r\n" % number
        mark = f"{self._number}-{self._dice.getrandbits(40)}-{self._dice.choice(LENGTHS)}"
        sent = f"sent by {self._number}-{self._dice.getrandbits(40)}" if self._dice.random() < 0.4 else ""
        head = f"POST / HTTP/1.1\r\nHost: x\r\nX-Mark: {mark}\r\nContent-Length: {len(sent)}\r\n\r\n"
        return mark, sent, (head + sent).encode()

    def _send_in_pieces(self, peer: Peer, data: bytes) -> None:
        cuts = sorted(self._dice.randrange(len(data)) for _ in range(self._dice.choice((0, 0, 1, 3))))
        for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
            peer.send(data[start:end])
            if self._dice.random() < 0.5:
                time.sleep(0.0005)


def break_off(server: Running, is_over: threading.Event) -> int:
    """Ask, and reset the connection before, while or after it is answered, over and over; return how many were."""
    dice, broken = random.Random(0), 0
    while not is_over.is_set():
        peer = Peer(server.connect().socket)
        mark = f"gone-{broken}-{dice.choice(LENGTHS)}"
        peer.send(f"GET / HTTP/1.1\r\nHost: x\r\nX-Mark: {mark}\r\n\r\n".encode() * dice.randint(1, DEEPEST))
        time.sleep(dice.choice((0, 0.001, 0.004)))
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.socket.close()
        broken += 1
    return broken


@pytest.mark.parametrize("deepest", [1, DEEPEST], ids=["one at a time", "pipelined"])
@pytest.mark.parametrize("kind", ["plain", "tls"])
def test_every_answer_goes_to_whoever_asked_for_it(kind: str, deepest: int, tmp_path: Path) -> None:
    """Twelve callers get each of their answers, whole and in order, while others leave in the middle of theirs; nothing is left over."""
    with running(answer_marked, certificate=tmp_path if kind == "tls" else None, seats=4) as server:
        server.worker._peek = lambda environ: PUBLISHED.get(environ["PATH_INFO"])
        is_over = threading.Event()
        with ThreadPoolExecutor(CALLERS + 1) as pool:
            leaver = pool.submit(break_off, server, is_over)
            callers = [pool.submit(Caller(server, number, deepest).call) for number in range(CALLERS)]
            try:
                answered = [caller.result(60) for caller in callers]
            finally:
                is_over.set()
            assert leaver.result(20) > 0
        assert min(answered) >= ROUNDS
        for peer in server.peers:
            peer.socket.close()
        server.until(lambda: not server.worker._connections)
        assert server.worker._held == 0
        assert not server.worker._answered
