"""A server process with nothing behind it: our HTTP server and an application of one line. `python -m tests.bench.bare PORT wsgi|flask`."""

import socket
import sys
from collections.abc import Iterable
from typing import Any

from flask import Flask

from idp.serving.worker import Worker

SEATS = 8


def nothing(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer as little as there is to answer."""
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"status":"ok"}\n']


def flask_alone() -> Flask:
    """Return an application of one route, without any extension."""
    app = Flask("bare")
    app.add_url_rule("/", "nothing", lambda: {"status": "ok"})
    return app


def main() -> None:
    """Serve until SIGTERM."""
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    listener.setblocking(False)
    worker = Worker(flask_alone() if sys.argv[2] == "flask" else nothing, listener, None, SEATS)
    worker.run()


if __name__ == "__main__":
    main()
