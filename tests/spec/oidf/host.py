"""What the suite publishes and hears: a small web server on loopback, from which the provider fetches and to which it posts."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl


@dataclass
class Host:
    """The server; `pages` are what it answers to a GET, `heard` the forms that were posted to it, each by path."""

    url: str = ""
    pages: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    heard: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    host: ClassVar[Host]

    def do_GET(self) -> None:
        """Answer what is published at the path, or 404."""
        self.host.fetched.append(self.path)
        media_type, body = self.host.pages.get(self.path, ("", b""))
        self._answer(200 if media_type else 404, media_type or "text/plain", body)

    def do_POST(self) -> None:
        """Remember the form."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        assert self.headers.get_content_type() == "application/x-www-form-urlencoded"
        self.host.heard.setdefault(self.path, []).append(dict(parse_qsl(body, strict_parsing=True)))
        self._answer(200, "text/plain", b"")

    def _answer(self, status: int, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Stay quiet."""


@contextmanager
def running() -> Iterator[Host]:
    """Serve on a free loopback port for as long as the block lasts."""
    host = Host()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"host": host}))
    server.daemon_threads = True
    host.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
