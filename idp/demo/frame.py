"""What the two small applications share: where templates lie, headers, and a quiet server thread on loopback."""

import threading
from socket import socket
from typing import TYPE_CHECKING, Any

from flask import Flask, Response
from werkzeug.serving import WSGIRequestHandler, make_server

from idp.base import static
from idp.base.database import ROOT

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def make_app(name: str) -> Flask:
    """Return an application with the demonstration's look."""
    app = Flask(name, template_folder=str(ROOT / "templates" / "demo"), static_folder=None)
    static.init_app(app)
    # Other names for this machine are refused, so that no foreign page reads mails by DNS rebinding.
    app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost"]
    app.after_request(_close)
    return app


def _close(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


class Background:
    """An application served by a thread of this process, on a socket that listens already."""

    def __init__(self, app: "WSGIApplication", listener: socket) -> None:
        host, port = listener.getsockname()
        # Werkzeug works on a duplicate of the descriptor: the listener stays its owner's to close.
        self._server = make_server(host, port, app, threaded=True, request_handler=_Quiet, fd=listener.fileno())
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name=f"port {port}", daemon=True
        )
        self._thread.start()

    def __enter__(self) -> "Background":
        return self

    def __exit__(self, *_exception: Any) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join(timeout=5)
        self._server.server_close()


class _Quiet(WSGIRequestHandler):
    """Writes no line for each request: request lines carry codes and tokens."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""
