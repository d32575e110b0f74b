"""Running the provider: the production WSGI server (Granian), and the loop that delivers the outbox.

`idp serve` keeps an `idp worker` beside its own workers; where one wants it elsewhere, `idp worker` runs alone. Access logs
stay off: request lines carry links' secrets.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from granian.constants import Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.server import Server

from idp import keys, outbox, purging
from idp.base import database, schema
from idp.base.extensions import USUAL_THREADS, settings
from idp.config import Settings, listening

log = logging.getLogger(__name__)

POLL = 1.0  # seconds between looks at the outbox
CARRIERS = 3  # threads that tell other hosts, so that one or two that do not answer hold up no other
FIRST_UPKEEP, UPKEEP_EVERY = 60.0, 3600.0  # seconds
LONGEST_FAREWELL = 10  # seconds in which a worker finishes its requests


def prepare(app: Flask) -> None:
    """Bring the database to head and make the first keys."""
    schema.upgrade(app)
    with app.app_context():
        keys.ensure()
    _log_to_stderr()


def serve(app: Flask, factory: str = "idp:create_app") -> None:
    """Serve what `factory` makes in each worker until SIGTERM or SIGINT; requests in flight are finished."""
    values: Settings = app.extensions["idp.settings"]
    # Workers are forked: no database connection may be open then, since a child would inherit SQLite's notes of who
    # holds which lock. For the same reason the outbox is delivered by a process, not by a thread, of this one.
    app.extensions["idp.dispose"]()
    host, port = listening.address(values)
    server = Server(
        factory,
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=values.workers or min(os.cpu_count() or 1, 4),
        blocking_threads=values.threads or USUAL_THREADS,
        http1_settings=HTTP1Settings(header_read_timeout=15_000),
        websockets=False,
        log_access=False,
        ssl_cert=values.tls_cert_file,
        ssl_key=values.tls_key_file,
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
        workers_kill_timeout=LONGEST_FAREWELL,
    )
    os.register_at_fork(after_in_child=_drop_signal_handlers)
    with _courier():
        server.serve()


def work(app: Flask, parent: int | None = None) -> None:
    """Deliver the outbox, and once an hour look after keys and what has expired, until SIGTERM or SIGINT, or until `parent` is gone."""
    _log_to_stderr()
    # No threading.Event: a handler that sets it while the loop waits for it would wait for itself.
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    carriers = [threading.Thread(target=_carry, args=(app, stopping), daemon=True) for _ in range(CARRIERS)]
    for carrier in carriers:
        carrier.start()
    next_upkeep = time.monotonic() + FIRST_UPKEEP
    while not stopping and parent in {None, os.getppid()}:
        try:
            if time.monotonic() >= next_upkeep:
                next_upkeep = time.monotonic() + UPKEEP_EVERY
                keep_up(app)
            tried = deliver_once(app, outbox.MAIL)
        except Exception:  # a database that is away for a while must not end the loop
            log.exception("the outbox could not be read; trying again")
            tried = 0
        if not tried:
            _doze(stopping)
    stopping.append(0)
    for carrier in carriers:
        carrier.join(LONGEST_FAREWELL)
    app.extensions["idp.dispose"]()


def keep_up(app: Flask) -> None:
    """Rotate signing keys that are old enough, and delete what has expired; several nodes may do so at once."""
    with app.app_context():
        keys.rotate_due()
        database.commit()
        purging.run()


def deliver_once(app: Flask, *lanes: str, limit: int = 20) -> int:
    """Deliver what is due now, in these lanes or in all, up to `limit` in each; return how many deliveries were tried.

    Without a mail server mails wait.
    """
    with app.app_context():
        has_mail = settings().mail_server is not None
        open_lanes = [lane for lane in lanes or outbox.LANES if has_mail or lane != outbox.MAIL]
        return sum(outbox.deliver_due(lane, limit) for lane in open_lanes)


def _carry(app: Flask, stopping: list[int]) -> None:
    """Tell other hosts what waits for them, one delivery at a time, until the worker stops."""
    while not stopping:
        try:
            tried = deliver_once(app, outbox.WEB, limit=1)
        except Exception:  # as in `work`
            log.exception("the outbox could not be read; trying again")
            tried = 0
        if not tried:
            _doze(stopping)


def _doze(stopping: list[int]) -> None:
    """Sleep until the next look, or until a signal has come."""
    until = time.monotonic() + POLL
    while not stopping and time.monotonic() < until:
        time.sleep(0.1)


def _drop_signal_handlers() -> None:
    """Let a signal end a worker that is only starting.

    Until Granian sets a worker's own handlers it has those of its parent, which would swallow the signal, and the parent would
    wait for the worker in vain.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


@contextmanager
def _courier() -> Iterator[None]:
    """Keep an `idp worker` beside the server for as long as the block lasts, and start it anew should it die."""
    stopping = threading.Event()
    command = [sys.executable, "-m", "idp", "worker", "--parent", str(os.getpid())]

    def keep() -> None:
        while not stopping.is_set():
            with subprocess.Popen(command) as process:  # noqa: S603 - this very program
                while process.poll() is None and not stopping.wait(0.2):
                    pass
                process.terminate()
            stopping.wait(POLL)

    keeper = threading.Thread(target=keep, name="courier", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join(timeout=30)
