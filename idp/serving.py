"""Running the provider: the production WSGI server (Granian), and the loop that delivers the outbox.

`idp serve` runs the loop as a thread of the supervising process; `idp worker` runs it alone. Access logs stay off: request lines
carry links' secrets.
"""

import logging
import os
import signal
import threading

from flask import Flask
from granian.constants import Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.server import Server

from idp import keys, outbox
from idp.base import database
from idp.base.extensions import settings
from idp.config import Settings

log = logging.getLogger(__name__)

POLL = 1.0  # seconds between looks at the outbox


def prepare(app: Flask) -> None:
    """Bring the database to head and make the first keys."""
    database.upgrade(app)
    with app.app_context():
        keys.ensure()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def serve(app: Flask) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight are finished."""
    values: Settings = app.extensions["idp.settings"]
    stopping = threading.Event()
    courier = threading.Thread(target=_deliver, args=(app, stopping), name="outbox", daemon=True)
    courier.start()
    host, _, port = values.bind.rpartition(":")
    server = Server(
        "idp:create_app",
        factory=True,
        address=host.strip("[]"),
        port=int(port),
        interface=Interfaces.WSGI,
        workers=values.workers or min(os.cpu_count() or 1, 4),
        blocking_threads=values.threads or 4,
        http1_settings=HTTP1Settings(header_read_timeout=15_000),
        websockets=False,
        log_access=False,
        ssl_cert=values.tls_cert_file,
        ssl_key=values.tls_key_file,
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
    )
    try:
        server.serve()
    finally:
        stopping.set()
        courier.join(timeout=5)
        app.extensions["idp.dispose"]()


def work(app: Flask) -> None:
    """Deliver the outbox until SIGTERM or SIGINT."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    _deliver(app, stopping)
    app.extensions["idp.dispose"]()


def deliver_once(app: Flask) -> int:
    """Deliver what is due now; without a mail server everything waits. Return how many deliveries were tried."""
    with app.app_context():
        if settings().mail_server is None:
            return 0
        return outbox.deliver_due()


def _deliver(app: Flask, stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            tried = deliver_once(app)
        except Exception:  # a database that is away for a while must not end the loop
            log.exception("the outbox could not be read; trying again")
            tried = 0
        if not tried:
            stopping.wait(POLL)
