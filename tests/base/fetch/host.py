"""A real host on loopback that answers byte for byte what a test tells it to, and remembers what it was asked."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

Behaviour = Callable[[socket.socket], None]


def answer(body: bytes = b"hello", *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """Return a whole answer, with its Content-Length unless there is a Transfer-Encoding."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if not any(line.lower().startswith("transfer-encoding:") for line in headers):
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Host:
    """The host; `reply` is what it sends, or what it does with a connection."""

    name: str = "127.0.0.1"
    port: int = 0
    scheme: str = "http"
    reply: bytes | Behaviour = field(default_factory=answer)
    asked: list[bytes] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Its base URL, without a slash at the end."""
        return f"{self.scheme}://{self.name}:{self.port}"

    def drip(self, start: bytes = b"") -> Behaviour:
        """Return the behaviour that sends some bytes at once and then one at a time, without an end."""

        def drip(connection: socket.socket) -> None:
            connection.sendall(start)
            while not self.ended.wait(0.02):
                connection.sendall(b"x")

        return drip

    def keep_silent(self, _connection: socket.socket) -> None:
        """Say nothing for as long as the host runs."""
        self.ended.wait()

    def ponder(self, reply: bytes) -> tuple[threading.Event, threading.Event]:
        """Answer with `reply`, late: the first event says that the host was asked, the second lets it answer."""
        asked, may_answer = threading.Event(), threading.Event()

        def ponder(connection: socket.socket) -> None:
            asked.set()
            may_answer.wait(10)
            connection.sendall(reply)

        self.reply = ponder
        return asked, may_answer

    def hear(self, connection: socket.socket) -> None:
        """Read one request, and answer."""
        request = b""
        while b"\r\n\r\n" not in request and (received := connection.recv(65536)):
            request += received
        head, _, body = request.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.lower().splitlines() if line.startswith(b"content-length:")]
        while len(body) < int(lengths[0] if lengths else 0) and (received := connection.recv(65536)):
            body += received
        if request:
            self.asked.append(head + b"\r\n\r\n" + body)
            if callable(self.reply):
                self.reply(connection)
            else:
                connection.sendall(self.reply)


@contextmanager
def running(certificate: tuple[Path, Path] | None = None, address: str = "127.0.0.1", port: int = 0) -> Iterator[Host]:
    """Let a host listen, with TLS if it has a certificate."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
    listening = socket.create_server((address, port))
    host = Host(address, listening.getsockname()[1], "https" if context else "http")
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if context is None:
                host.hear(connection)
                return
            with context.wrap_socket(connection, server_side=True) as encrypted:
                host.hear(encrypted)

    def listen() -> None:
        with suppress(OSError):
            while True:
                connection = listening.accept()[0]
                connection.settimeout(10)
                threads.append(threading.Thread(target=serve, args=(connection,), daemon=True))
                threads[-1].start()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield host
    finally:
        host.ended.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for thread in [listener, *threads]:
            thread.join(10)


@contextmanager
def in_threads(app: Flask, count: int, action: Callable[[], object]) -> Iterator[list[object]]:
    """Do the same in many threads of an application during a block; at its end all results, or errors, lie in the list."""
    results: list[object] = []

    def run() -> None:
        with app.app_context():
            try:
                results.append(action())
            except Exception as error:
                results.append(error)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    yield results
    for thread in threads:
        thread.join(10)
