"""Relying parties in all the places that a code may be sent to: loopback hosts at any port, https, and hops beyond the first."""

import socket
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from tests.support.certificates import make_certificate


@dataclass
class Arrival:
    """A request that reached a relying party."""

    method: str
    path: str
    referer: str | None
    body: dict[str, list[str]]


@dataclass
class Parties:
    """Where they are, by name, and what has reached them."""

    urls: dict[str, str] = field(default_factory=dict)
    arrivals: list[Arrival] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    """Notes a request; a path that begins with `/hop/` goes on once more, to the scheme that follows."""

    parties: Parties

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server asks for
        """Take an answer in the query, or what comes behind a fragment."""
        self._take("")

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server asks for
        """Take an answer by form_post."""
        self._take(self.rfile.read(int(self.headers["Content-Length"])).decode("ascii"))

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def _take(self, body: str) -> None:
        parts = urlsplit(self.path)
        if parts.path != "/favicon.ico":
            found = Arrival(self.command, self.path, self.headers["Referer"], parse_qs(body))
            self.parties.arrivals.append(found)
        page = b"<!doctype html><title>Party</title><h1>Arrived</h1>"
        onward = parts.path.removeprefix("/hop/") if parts.path.startswith("/hop/") else None
        self.send_response(302 if onward else 200)
        if onward:
            self.send_header("Location", f"{onward}:///signed-in?{parts.query or body}")
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)


class _Version6(ThreadingHTTPServer):
    address_family = socket.AF_INET6


@contextmanager
def listening() -> Iterator[Parties]:
    """Run them for as long as the block lasts: `v4`, `name`, `v6` and `https`."""
    found = Parties()
    handler = type("Handler", (_Handler,), {"parties": found})
    with ExitStack() as stack, tempfile.TemporaryDirectory() as directory:
        plain = stack.enter_context(_running(ThreadingHTTPServer(("127.0.0.1", 0), handler)))
        six = stack.enter_context(_running(_Version6(("::1", 0), handler)))
        secure = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*make_certificate(Path(directory)))
        secure.socket = context.wrap_socket(secure.socket, server_side=True)
        stack.enter_context(_running(secure))
        found.urls = {
            "v4": f"http://127.0.0.1:{plain.server_port}",
            "name": f"http://localhost:{plain.server_port}",
            "v6": f"http://[::1]:{six.server_port}",
            "https": f"https://localhost:{secure.server_port}",
        }
        yield found


@contextmanager
def _running(server: ThreadingHTTPServer) -> Iterator[ThreadingHTTPServer]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
