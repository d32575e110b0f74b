"""The loop that delivers the outbox, and beside it counts the audit log and passes it on, in a process of its own.

`idp serve` forks one beside its workers; where one wants it elsewhere, `idp worker` runs alone.
"""

import logging
import os
import signal
import threading
import time

from flask import Flask

from idp import keys, outbox, purging
from idp.base import database
from idp.base.extensions import settings
from idp.streams import carrying
from idp.tallies import rolling

log = logging.getLogger(__name__)

POLL = 1.0  # seconds between looks at the outbox
CARRIERS = 3  # threads that tell other hosts, so that one or two that do not answer hold up no other
STREAMERS = 2  # threads that pass the audit log on, so that a receiver that does not answer holds up no other
COUNT_EVERY = 10.0  # seconds between looks at what of the audit log is not counted
FIRST_UPKEEP, UPKEEP_EVERY = 60.0, 3600.0  # seconds
LONGEST_FAREWELL = 10  # seconds for which a delivery under way is waited for
LONGEST_END = LONGEST_FAREWELL * (CARRIERS + STREAMERS + 1)  # seconds


def work(app: Flask, parent: int | None = None) -> None:
    """Deliver the outbox, and once an hour look after keys and what has expired, until SIGTERM or SIGINT, or until `parent` is gone."""
    # No threading.Event: a handler that sets it while the loop waits for it would wait for itself.
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    carriers = [threading.Thread(target=_carry, args=(app, stopping), daemon=True) for _ in range(CARRIERS)]
    streamers = [threading.Thread(target=_stream, args=(app, stopping), daemon=True) for _ in range(STREAMERS)]
    helpers = [*carriers, *streamers, threading.Thread(target=_count, args=(app, stopping), daemon=True)]
    for helper in helpers:
        helper.start()
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
    for helper in helpers:
        helper.join(LONGEST_FAREWELL)
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


def _stream(app: Flask, stopping: list[int]) -> None:
    while not stopping:
        try:
            with app.app_context():
                passed = carrying.deliver_due(lambda: stopping)
        except Exception:  # as in `work`
            log.exception("the audit log could not be passed on; trying again")
            passed = 0
        if not passed:
            _doze(stopping)


def _count(app: Flask, stopping: list[int]) -> None:
    """Keep the numbers of the audit log up to date, a batch at a time, so that a long log holds up no farewell."""
    while not stopping:
        try:
            with app.app_context():
                counted = rolling.catch_up(seconds=LONGEST_FAREWELL / 4)
        except Exception:  # as in `work`
            log.exception("the audit log could not be counted; trying again")
            counted = 0
        if counted < rolling.BATCH:
            _doze(stopping, COUNT_EVERY)


def _doze(stopping: list[int], seconds: float = POLL) -> None:
    """Sleep until the next look, or until a signal has come."""
    until = time.monotonic() + seconds
    while not stopping and time.monotonic() < until:
        time.sleep(0.1)
