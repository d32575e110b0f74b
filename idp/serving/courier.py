"""The loop that delivers the mails of the outbox, and beside it, in threads of one process, all that nobody waits for at a page.

`idp serve` forks one beside its workers; where one wants it elsewhere, `idp worker` runs alone.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from idp import keys, outbox, purging
from idp.base import database
from idp.base.extensions import settings
from idp.jobs import running as jobs
from idp.pushing import carrying as pushing
from idp.signals import collecting
from idp.streams import carrying
from idp.tallies import rolling

log = logging.getLogger(__name__)

POLL = 1.0  # seconds between looks at the outbox
CARRIERS = 3  # threads that tell other hosts, so that one or two that do not answer hold up no other
PUSHERS = 2  # threads that bring people to applications
STREAMERS = 2  # threads that pass the audit log on, so that a receiver that does not answer holds up no other
COUNT_EVERY = 10.0  # seconds between looks at what of the audit log is not counted
FIRST_UPKEEP, UPKEEP_EVERY = 60.0, 3600.0  # seconds
LONGEST_FAREWELL = 10  # seconds for which what a thread is at is waited for
LONGEST_END = LONGEST_FAREWELL * (CARRIERS + STREAMERS + PUSHERS + 4)  # seconds


@dataclass(frozen=True)
class Task:
    """What a thread does again and again: `step` tells whether it found anything to do; where not, it rests, in seconds."""

    name: str
    step: Callable[[Flask, Callable[[], bool]], object]
    rest: float = POLL
    begins_after: float = 0.0
    threads: int = 1


def work(app: Flask, parent: int | None = None) -> None:
    """Deliver the outbox, and do what else is due, until SIGTERM or SIGINT, or until `parent` is gone."""
    # No threading.Event: a handler that sets it while the loop waits for it would wait for itself.
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    helpers = [
        threading.Thread(target=_repeat, args=(app, task, lambda: bool(stopping)), daemon=True)
        for task in _tasks()
        for _number in range(task.threads)
    ]
    for helper in helpers:
        helper.start()
    mailing = Task("delivering mail", lambda app, _is_stopping: deliver_once(app, outbox.MAIL))
    _repeat(app, mailing, lambda: bool(stopping) or parent not in {None, os.getppid()})
    stopping.append(0)
    for helper in helpers:
        helper.join(LONGEST_FAREWELL)
    app.extensions["idp.dispose"]()


def keep_up(app: Flask, is_stopping: Callable[[], object] = lambda: False) -> None:
    """Rotate signing keys that are old enough, and delete what has expired; several nodes may do so at once."""
    with app.app_context():
        keys.rotate_due()
        database.commit()
        purging.run(is_stopping)


def deliver_once(app: Flask, *lanes: str, limit: int = 20) -> int:
    """Deliver what is due now, in these lanes or in all, up to `limit` in each; return how many deliveries were tried.

    Without a mail server mails wait.
    """
    with app.app_context():
        has_mail = settings().mail_server is not None
        open_lanes = [lane for lane in lanes or outbox.LANES if has_mail or lane != outbox.MAIL]
        return sum(outbox.deliver_due(lane, limit) for lane in open_lanes)


def _tasks() -> tuple[Task, ...]:
    return (
        Task("telling other hosts", lambda app, _is_stopping: deliver_once(app, outbox.WEB, limit=1), threads=CARRIERS),
        Task("passing the audit log on", _pass_on, threads=STREAMERS),
        Task("bringing people to applications", _push, threads=PUSHERS),
        Task("finding news for applications", _collect),
        Task("doing what is asked for many people", _work_off),
        Task("counting the audit log", _count, rest=COUNT_EVERY),
        Task("looking after keys and what has expired", keep_up, rest=UPKEEP_EVERY, begins_after=FIRST_UPKEEP),
    )


def _pass_on(app: Flask, is_stopping: Callable[[], bool]) -> int:
    with app.app_context():
        return carrying.deliver_due(is_stopping)


def _push(app: Flask, is_stopping: Callable[[], bool]) -> int:
    with app.app_context():
        return pushing.deliver_due(is_stopping)


def _collect(app: Flask, _is_stopping: Callable[[], bool]) -> int:
    with app.app_context():
        return collecting.catch_up()


def _work_off(app: Flask, is_stopping: Callable[[], bool]) -> bool:
    with app.app_context():
        return jobs.work_off(is_stopping)


def _count(app: Flask, _is_stopping: Callable[[], bool]) -> bool:
    """Count some of the audit log, so little that a long log holds up no farewell; return whether there is more."""
    with app.app_context():
        return rolling.catch_up(seconds=LONGEST_FAREWELL / 4) >= rolling.BATCH


def _repeat(app: Flask, task: Task, is_stopping: Callable[[], bool]) -> None:
    _doze(is_stopping, task.begins_after)
    while not is_stopping():
        try:
            is_busy = task.step(app, is_stopping)
        except Exception:  # a database that is away for a while must not end the loop
            log.exception("%s failed; trying again", task.name)
            is_busy = False
        if not is_busy:
            _doze(is_stopping, task.rest)


def _doze(is_stopping: Callable[[], bool], seconds: float) -> None:
    """Sleep until the next look, or until the process is to stop."""
    until = time.monotonic() + seconds
    while not is_stopping() and time.monotonic() < until:
        time.sleep(0.1)
