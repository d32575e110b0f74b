"""A worker in a thread of this process, and peers that speak to it over plain sockets, byte by byte where they like."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from idp.base.door.frame import peek_of
from idp.serving.worker import Worker
from tests.support.certificates import make_certificate

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
HALF = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"


@dataclass
class Peer:
    """One connection to the worker."""

    socket: socket.socket
    pending: bytes = b""

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.socket.sendall(data)

    def read_answer(self, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of the next answer."""
        while b"\r\n\r\n" not in self.pending:
            received = self.socket.recv(65536)
            assert received, f"the connection ended after {self.pending!r}"
            self.pending += received
        head, _, self.pending = self.pending.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = 0 if method == "HEAD" else int(headers.get("content-length", "0"))
        while len(self.pending) < length:
            received = self.socket.recv(65536)
            assert received
            self.pending += received
        body, self.pending = self.pending[:length], self.pending[length:]
        return int(status.split()[1]), headers, body

    def ask(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send a request and return its answer."""
        self.send(request)
        return self.read_answer()

    def is_closed(self, seconds: float = 10) -> bool:
        """Wait until the worker ends the connection; what it still says is dropped."""
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True


@dataclass
class Running:
    """A worker that serves."""

    worker: Worker
    port: int
    trust: ssl.SSLContext | None
    peers: list[Peer] = field(default_factory=list)

    def reach(self) -> Peer:
        """Connect, without TLS."""
        self.peers.append(Peer(socket.create_connection(("127.0.0.1", self.port), timeout=10)))
        return self.peers[-1]

    def connect(self) -> Peer:
        """Connect, with TLS where the worker speaks it."""
        peer = self.reach()
        if self.trust is not None:
            peer.socket = self.trust.wrap_socket(peer.socket, server_hostname="localhost")
        return peer

    def until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            time.sleep(0.01)
        assert condition()


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer with method, path, query, body and the headers that tests look at."""
    body = environ["wsgi.input"].read()
    parts = [environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"], body.decode()]
    parts += [environ.get(name, "-") for name in ("HTTP_X_TOLD", "HTTP_COOKIE", "CONTENT_LENGTH")]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return ["|".join(parts).encode()]


@contextmanager
def running(
    app: Any = echo,
    *,
    certificate: Path | None = None,
    seats: int = 2,
    most: int | None = None,
    parent: int | None = None,
) -> Iterator[Running]:
    """Run a worker for as long as the block lasts; with TLS where there is a directory for a certificate."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    listener.setblocking(False)
    context = trust = None
    if certificate is not None:
        cert_file, key_file = make_certificate(certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert_file, key_file)
        trust = ssl.create_default_context(cafile=str(cert_file))
    worker = Worker(app, listener, context, seats, parent=parent, peek=peek_of(app))
    if most is not None:
        worker._most = most
    running = Running(worker, listener.getsockname()[1], trust)
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        for peer in running.peers:
            peer.socket.close()
        if not worker.loop.is_closed():
            worker.loop.call_soon_threadsafe(worker.end)
        thread.join(20)
        assert not thread.is_alive()
