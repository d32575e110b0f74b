"""One connection, from its acceptance to its end. Everything here runs in the worker's loop, and never waits.

Whenever it is the peer's turn (a handshake, a request, taking an answer) the connection has a deadline and stands in the house's
`waiting`, the longest waiting first: `House` ends it when its time is over, or earlier where room is needed.
"""

import logging
import socket
import ssl
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

from idp.serving import limits, wire
from idp.serving.answering import refuse
from idp.serving.reading import CONTINUE, Malformed, Reader, Request
from idp.serving.turns import House, Phase

log = logging.getLogger(__name__)


class Connection:
    """A peer's socket and what has come of its requests."""

    def __init__(self, house: House, peer: socket.socket, environ: dict[str, Any]) -> None:
        self._house, self._loop = house, house.loop
        self._socket = peer
        self._number = peer.fileno()
        self._reader = Reader(environ)
        self._ahead = b""  # what has come before its turn
        self._is_reading = True
        self._rest = memoryview(b"")  # of an answer
        self._keeps = True
        self._asked: Request | None = None  # which is answered
        self.weight = 0  # bytes that it holds
        self._is_over = False  # the peer sends no more
        self.deadline = 0.0
        self.phase = Phase.HEAD
        self._loop.add_reader(self._number, self._on_readable)
        self._wait(Phase.HANDSHAKE if isinstance(peer, ssl.SSLSocket) else Phase.HEAD, limits.HEAD)

    def expire(self) -> None:
        """End what has lasted too long; a peer in the middle of a request is told."""
        if self.phase in {Phase.HEAD, Phase.BODY} and self._reader.has_begun:
            self._safely(lambda: self._refuse(HTTPStatus.REQUEST_TIMEOUT))
        else:
            self.close()

    def see_out(self) -> None:
        """Close where nothing is lost by it. Who has asked is answered, and told that it was the last time; who has just come may ask."""
        if self.phase is Phase.IDLE:
            self._on_readable()  # what has come meanwhile
        if self.phase is Phase.IDLE:
            self.close()
        elif self.phase is Phase.ANSWERING:
            self._make_last()
        elif self.phase in {Phase.HANDSHAKE, Phase.HEAD} and not self._reader.has_begun:
            self.deadline = min(self.deadline, time.monotonic() + limits.LAST_WORD)

    def close(self) -> None:
        """End the connection at once."""
        if self.phase is Phase.CLOSED:
            return
        is_being_answered = self.phase is Phase.ANSWERING
        self.phase = Phase.CLOSED
        self._loop.remove_reader(self._number)
        self._loop.remove_writer(self._number)
        self._house.waiting.pop(self, None)
        if is_being_answered:  # its number may not become another connection's while a thread sends to it
            wire.break_off(self._socket)
        else:
            self._socket.close()
        self._weigh()
        self._house.forget(self)

    def _safely(self, step: Callable[[], None]) -> None:
        """Take a step; one that fails costs this connection, which nobody would look after any more."""
        try:
            step()
        except Exception:
            log.exception("a connection ended in an error of the server")
            self.close()
        self._weigh()

    def _weigh(self) -> None:
        is_open = self.phase is not Phase.CLOSED
        now = self._reader.held + len(self._ahead) + len(self._rest) if is_open else 0
        more, self.weight = now - self.weight, now
        if more:
            self._house.weigh(more)

    def _wait(self, phase: Phase, seconds: float) -> None:
        """Give the turn to the peer."""
        self.phase = phase
        self.deadline = time.monotonic() + seconds
        self._house.waiting[self] = None
        self._house.waiting.move_to_end(self)

    def _on_readable(self) -> None:
        self._house.settle()
        self._safely(self._read)

    def _read(self) -> None:
        if self.phase is Phase.HANDSHAKE and not self._shake_hands():
            return
        while self.phase is not Phase.CLOSED:
            data = self._receive()
            if data is None:
                return
            if data:
                self._take(data)
            else:
                self._see_the_end()
            if not data or not (
                isinstance(self._socket, ssl.SSLSocket) and self._is_reading and self._socket.pending()
            ):
                return

    def _shake_hands(self) -> bool:
        try:
            cast(ssl.SSLSocket, self._socket).do_handshake()
        except ssl.SSLWantReadError:
            self._loop.remove_writer(self._number)
            return False
        except ssl.SSLWantWriteError:
            self._loop.add_writer(self._number, self._on_readable)
            return False
        except (OSError, ValueError):
            self.close()
            return False
        self._loop.remove_writer(self._number)
        self.phase = Phase.HEAD  # in what is left of the time
        return True

    def _receive(self) -> bytes | None:
        """Return what has come: None for nothing, no bytes for the end."""
        try:
            return self._socket.recv(limits.LARGEST_READ)
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except OSError:
            if self.phase is Phase.ANSWERING:
                return b""
            self.close()
            return None

    def _take(self, data: bytes) -> None:
        if self.phase is Phase.LINGERING:
            return
        if self.phase in {Phase.ANSWERING, Phase.WRITING}:
            if (
                self._ahead
            ):  # one reading is kept, so that who asks in time for the next answer costs no more than others
                self._stop_reading()
            self._ahead += data
            self._house.settle()
            return
        self._feed(data)

    def _feed(self, data: bytes) -> None:
        reader = self._reader
        try:
            reader.feed(data)
        except Malformed as problem:
            if not reader.complete:
                self._refuse(problem.status)
                return
            reader.complete[-1].keeps = False  # those before it are answered
        if reader.complete:
            self._begin(reader.complete.popleft())
        elif self.phase is Phase.IDLE and reader.has_begun:
            self._wait(Phase.HEAD, limits.HEAD)
        self._look_at_the_head()

    def _look_at_the_head(self) -> None:
        """Where a head has come, wait for the body, and say so to who waits for the word."""
        if self.phase is Phase.HEAD and self._reader.has_head:
            self._wait(Phase.BODY, limits.BODY)
            if self._reader.wants_word:
                self._say(CONTINUE)

    def _say(self, word: bytes) -> None:
        # A word of a few bytes fits, or the peer does not read. Half of it would spoil the answer.
        if wire.send(self._socket, word):
            self.close()

    def _see_the_end(self) -> None:
        self._is_over = True
        if self.phase in {Phase.ANSWERING, Phase.WRITING}:
            self._stop_reading()
            self._house.settle()
        else:
            self.close()

    def _stop_reading(self) -> None:
        self._is_reading = False
        self._loop.remove_reader(self._number)

    def _begin(self, request: Request) -> None:
        self.phase = Phase.ANSWERING
        self._house.waiting.pop(self, None)
        self._asked = request
        if self._house.is_ending:
            self._make_last()
        self._house.handle(request, self)

    def send_from_thread(self, data: bytes) -> bytes:
        """Send an answer from the thread that has made it, and return what of it the loop has to send. TLS is the loop's alone."""
        return data if isinstance(self._socket, ssl.SSLSocket) else wire.send(self._socket, data)

    @property
    def has_more(self) -> bool:
        """Whether something waits for the answer to be over: another request, a part of one, or the end."""
        return self._reader.has_begun or bool(self._reader.complete or self._ahead) or not self._is_reading

    def go_on(self, rest: bytes, keeps: bool) -> None:
        """Send what of an answer is not sent, and turn to whatever is next."""
        if self.phase is Phase.CLOSED:
            self._socket.close()
            return
        self._keeps = keeps
        self._safely(lambda: self._send(rest))

    def _make_last(self) -> None:
        """Have the peer told with the answer that the connection ends, unless it has asked for more."""
        if self._asked is not None and not (self._reader.complete or self._reader.has_begun or self._ahead):
            self._asked.keeps = False

    def _refuse(self, status: HTTPStatus) -> None:
        self._keeps = False
        self._send(refuse(status))

    def _send(self, data: bytes) -> None:
        self._rest = memoryview(data)
        self.phase = Phase.WRITING
        self._write(is_first=True)

    def _on_writable(self) -> None:
        self._safely(self._write)

    def _write(self, *, is_first: bool = False) -> None:
        try:
            if self._rest:
                self._rest = self._rest[self._socket.send(self._rest) :]
        except (BlockingIOError, InterruptedError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass
        except OSError:
            self.close()
            return
        if self._rest:
            if is_first:
                self._wait(Phase.WRITING, limits.WRITE)
                self._loop.add_writer(self._number, self._on_writable)
            return
        if not is_first:
            self._loop.remove_writer(self._number)
        self._go_on()

    def _go_on(self) -> None:
        """Turn to the next request, or to the end."""
        if self._reader.complete and self._keeps:
            self._begin(self._reader.complete.popleft())
            return
        is_last = self._house.is_ending and not self._reader.has_begun and not self._ahead
        if not self._keeps or self._is_over or is_last:
            self._part()
            return
        self._wait(Phase.IDLE, limits.IDLE)
        if self._reader.has_begun:
            self._wait(Phase.HEAD, limits.HEAD)
            self._look_at_the_head()
        if self._ahead and self.phase is not Phase.CLOSED:
            ahead, self._ahead = self._ahead, b""
            self._feed(ahead)
        if not self._is_reading and self.phase is not Phase.CLOSED:
            self._is_reading = True
            self._loop.add_reader(self._number, self._on_readable)
            self._loop.call_soon(self._on_readable)  # TLS may hold bytes that the system has handed over already

    def _part(self) -> None:
        """End the connection so that a peer that is still sending can read the answer: closing at once would take it away."""
        if self._is_over or not wire.say_farewell(self._socket):
            self.close()
            return
        self._ahead = b""
        self._wait(Phase.LINGERING, limits.LINGER)
        if not self._is_reading:
            self._is_reading = True
            self._loop.add_reader(self._number, self._on_readable)
