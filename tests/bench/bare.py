"""A server process with nothing behind it: our HTTP server and an application of one line, or an answer that its loop knows.

`python -m tests.bench.bare PORT loop|wsgi|flask`.
"""

import socket
import sys
from collections.abc import Iterable
from typing import Any

from flask import Flask

from idp.base.door.answer import Answer
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
    app = flask_alone() if sys.argv[2] == "flask" else nothing
    known = Answer(200, b'{"status":"ok"}\n', {"Content-Type": "application/json"})
    worker = Worker(app, listener, None, SEATS, peek=(lambda _environ: known) if sys.argv[2] == "loop" else None)
    worker.run()


if __name__ == "__main__":
    main()
