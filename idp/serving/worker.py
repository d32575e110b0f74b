"""A worker: a loop that accepts, reads and writes without waiting for anybody, and threads that answer whole requests.

So a slow peer holds a socket, and never a thread. Where sockets run out, the one whose peer has kept everybody waiting longest is
closed for the next caller.
"""

import asyncio
import logging
import os
import resource
import socket
import ssl
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from idp.base import places
from idp.base.door.answer import Answer
from idp.serving import limits
from idp.serving.answering import Application, answer, publish, refuse
from idp.serving.connection import Connection
from idp.serving.reading import Request
from idp.serving.threads import Threads

MOST_AT_THE_DOOR = 1024  # whom a worker that ends still takes
SWEEP = 0.5  # seconds between looks at deadlines
REST = 0.1  # seconds without accepting, when the system has no socket to give
HEALTH = "/healthz"

# Answers from what the process knows, at once; None for whatever has to be worked for.
Peek = Callable[[dict[str, Any]], Answer | None]

log = logging.getLogger(__name__)


class Worker:
    """Serves an application on a listening socket until `end` is called, or its parent is gone."""

    def __init__(
        self,
        app: Application,
        listener: socket.socket,
        context: ssl.SSLContext | None,
        seats: int,
        *,
        parent: int | None = None,
        peek: Peek | None = None,
    ) -> None:
        """Prepare; without its process number the parent is whoever is it now. What `peek` knows the loop sends itself."""
        self.loop = asyncio.new_event_loop()
        self.waiting: OrderedDict[Connection, None] = OrderedDict()
        self.is_ending = False
        self._app, self._listener, self._context, self._peek = app, listener, context, peek
        self._connections: set[Connection] = set()
        self._answered: deque[tuple[Connection, bytes, bool]] = deque()
        self._most = _most_connections(seats)
        self._threads = Threads(seats, most_waiting=min(limits.MOST_WAITING, self._most // 2))
        self._parent = os.getppid() if parent is None else parent
        self._held = 0
        self._is_accepting = False
        self._environ = _environ(listener, context)

    def run(self) -> None:
        """Serve; return when the last answer is sent, or `limits.FAREWELL` seconds after the word to end."""
        self._accept_again()
        self._sweep()
        self.loop.run_forever()
        for connection in [*self._connections]:
            connection.close()
        self.loop.close()

    def end(self) -> None:
        """Take no more connections than stand at the door, and finish the requests that have begun."""
        if self.is_ending:
            return
        self.settle()  # whoever is answered by now may be asking again
        self.is_ending = True
        self.settle()
        self._stop_accepting()
        for _ in range(MOST_AT_THE_DOOR):
            if not self._accept():
                break
        self._listener.close()
        for connection in [*self._connections]:
            connection.see_out()
        self.loop.call_later(limits.FAREWELL, self.loop.stop)
        self._stop_if_done()

    def handle(self, request: Request, connection: Connection) -> None:
        """Have a request answered by a thread, or from what is published. Health is told by the loop itself where no thread is free."""
        known = self._find_published(request)
        if known is not None:
            connection.go_on(publish(known, request), request.keeps)
            return
        if not self._threads.has_free_seat and request.environ["PATH_INFO"] == HEALTH:
            connection.go_on(*answer(_healthy, request))
            return
        latest = time.monotonic() + limits.LONGEST_WAIT

        def work() -> None:
            if time.monotonic() > latest:
                result = refuse(HTTPStatus.SERVICE_UNAVAILABLE), False
            else:
                places.sit(self._threads)
                result = answer(self._app, request)
            self._hand_back(connection, *result)

        if not self._threads.submit(work):
            connection.go_on(refuse(HTTPStatus.SERVICE_UNAVAILABLE), False)

    def settle(self) -> None:
        """Have each connection go on whose answer a thread has sent meanwhile."""
        while self._answered:
            connection, rest, keeps = self._answered.popleft()
            connection.go_on(rest, keeps)

    def _hand_back(self, connection: Connection, data: bytes, keeps: bool) -> None:
        """Send an answer from the thread that has made it. The loop is woken where something follows, and else settles it by the way.

        What follows is looked at after the loop can see the answer, and the loop looks for answers after it has noted what follows.
        """
        rest = connection.send_from_thread(data)
        self._answered.append((connection, rest, keeps))
        if rest or not keeps or connection.has_more or self.is_ending:
            with suppress(RuntimeError):  # the loop is closed: the time for farewells is over
                self.loop.call_soon_threadsafe(self.settle)

    def _find_published(self, request: Request) -> Answer | None:
        try:
            return self._peek(request.environ) if self._peek is not None else None
        except Exception:  # a thread that fails at it answers so
            log.exception("what is published could not be looked at")
            return None

    def weigh(self, more: int) -> None:
        """Take note that connections hold more bytes; where that is too much, those that have been waited for longest are closed."""
        self._held += more
        if self._held > limits.MOST_HELD:
            heavy = limits.MOST_HELD // limits.MOST_CONNECTIONS  # what all may have
            oldest = next((each for each in self.waiting if each.weight > heavy), None)
            if oldest is not None:
                oldest.close()

    def forget(self, connection: Connection) -> None:
        """Take note that a connection is closed."""
        self._connections.discard(connection)
        if self.is_ending:
            self._stop_if_done()
        elif not self._is_accepting and len(self._connections) < self._most:
            self._accept_again()

    def _look_at_the_door(self) -> None:
        """Take one caller, and leave the next to whoever looks first: this worker, after what else it has to do, or its sibling."""
        self.settle()
        if self._accept():
            os.sched_yield()  # the sibling that the same caller has woken may be waiting for this processor

    def _accept(self) -> bool:
        """Take one of those who stand at the door; True where there may be more."""
        try:
            peer, address = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return False
        except OSError:  # no file is left: for the system, or for this process
            self._make_room()
            self._stop_accepting()
            self.loop.call_later(REST, self._accept_again)
            return False
        has_room = len(self._connections) < self._most or self._make_room()
        self._welcome(peer, address)
        if not has_room:  # all are being answered
            self._stop_accepting()
        return has_room

    def _welcome(self, peer: socket.socket, address: Any) -> None:
        try:
            peer.setblocking(False)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is not None:
                peer = self._context.wrap_socket(peer, server_side=True, do_handshake_on_connect=False)
        except OSError:  # it has gone already
            peer.close()
            return
        environ = self._environ | {"REMOTE_ADDR": address[0], "REMOTE_PORT": str(address[1])}
        self._connections.add(Connection(self, peer, environ))

    def _make_room(self) -> bool:
        """Close the connection that has been waited for longest; False where none is waited for."""
        oldest = next(iter(self.waiting), None)
        if oldest is None:
            return False
        oldest.close()
        return True

    def _accept_again(self) -> None:
        if not self._is_accepting and not self.is_ending:
            self._is_accepting = True
            self.loop.add_reader(self._listener.fileno(), self._look_at_the_door)

    def _stop_accepting(self) -> None:
        if self._is_accepting:
            self._is_accepting = False
            self.loop.remove_reader(self._listener.fileno())

    def _sweep(self) -> None:
        self.loop.call_later(SWEEP, self._sweep)
        self.settle()
        now = time.monotonic()
        for connection in [each for each in self.waiting if each.deadline < now]:
            connection.expire()
        if self.waiting:  # somebody can make room again
            self._accept_again()
        if os.getppid() != self._parent:
            self.end()

    def _stop_if_done(self) -> None:
        if not self._connections:
            self.loop.stop()


def _healthy(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer as `idp.health` does, without a thread."""
    body = b'{"status":"ok"}\n'
    headers = [
        ("Content-Type", "application/json"),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response("200 OK", headers)
    return [body]


def _most_connections(seats: int) -> int:
    allowed, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY:
        return limits.MOST_CONNECTIONS
    left = allowed - limits.OTHER_FILES - 4 * seats
    return max(limits.FEWEST_CONNECTIONS, min(limits.MOST_CONNECTIONS, left))


def _environ(listener: socket.socket, context: ssl.SSLContext | None) -> dict[str, Any]:
    host, port = listener.getsockname()[:2]
    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_SOFTWARE": "Gatehouse",
        "GATEWAY_INTERFACE": "CGI/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http" if context is None else "https",
        "wsgi.errors": _Errors(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }


class _Errors:
    """Where the application writes errors: the log, whatever standard error has become."""

    def write(self, text: str) -> None:
        """Log a text."""
        if text.strip():
            log.error("%s", text.rstrip())

    def writelines(self, lines: list[str]) -> None:
        """Log texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Do nothing: nothing is kept."""
