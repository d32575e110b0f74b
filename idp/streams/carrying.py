"""Passing events on: one worker at a time has a stream, sends what is settled of the log in order, and notes after each how far it is."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from idp import audit, trail
from idp.audit import AuditEvent
from idp.base import clock, crypto, database
from idp.base.database import commit, run, session
from idp.base.fetch import FetchError
from idp.streams import service, syslog, webhook
from idp.streams.models import SYSLOG, WEBHOOK, Stream, StreamRun

CLAIM = timedelta(minutes=1)
SLICE = 5.0  # seconds for one stream, then another one may be due
BATCH = 100  # events that are read at once, and sent over one syslog connection
DELAYS = [timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900, 1800, 3600)]  # the last one for ever after
TOGETHER = timedelta(minutes=5)  # runs that went well are one within so long
KEEP = timedelta(days=14)
GONE = 410  # a receiver says so that wants nothing more (Standard Webhooks)

Send = Callable[[str, Sequence[Any], Sequence[str]], Iterator[int]]
SENDERS: dict[str, Send] = {WEBHOOK: webhook.send, SYSLOG: syslog.send}

log = logging.getLogger(__name__)


@dataclass
class Turn:
    """A stream in the hands of one worker: what it needs to know, and how far it has come."""

    id: int
    claim: str
    kind: str
    address: str
    events: list[str]
    secrets: list[str]
    reached: int
    began_at: datetime
    delivered: int = 0


def deliver_due(is_stopping: Callable[[], object] = lambda: False) -> int:
    """Pass on what is due of one stream, for some seconds at most; return how many events of the log that went through."""
    found = _find_due()
    turn = _take(found[0]) if found is not None else None
    if found is None or turn is None:
        return 0
    _number, upto = found
    until, passed = time.monotonic() + SLICE, 0
    error: Exception | None = None
    while time.monotonic() < until and not is_stopping():
        events = trail.after(session(), turn.reached, upto, BATCH)
        commit()
        if not events:
            break
        error = _pass_on(turn, [event for event in events if service.wants(turn.events, event.event)])
        if error is not None:
            break
        if not _advance(turn, events[-1].id):
            return passed  # somebody else has it, or it was paused
        passed += len(events)
    _give_back(turn, error)
    return passed


def purge(limit: int) -> int:
    """Delete up to `limit` notes of deliveries of more than two weeks ago; return how many."""
    old = select(StreamRun.id).where(StreamRun.began_at < clock.now() - KEEP).order_by(StreamRun.began_at).limit(limit)
    return run(delete(StreamRun).where(StreamRun.id.in_(old)))


def _find_due() -> tuple[int, int] | None:
    """Return the stream whose turn it is, and up to which number the log is settled; looking takes no turn of a writer's."""
    now = clock.now()
    with database.reading() as own:
        newest = select(func.max(AuditEvent.id)).scalar_subquery()
        due = select(Stream.id).where(Stream.paused_at.is_(None), Stream.due_at <= now, Stream.reached < newest)
        due = due.where(or_(Stream.claimed_until.is_(None), Stream.claimed_until <= now))
        number = own.scalar(due.order_by(Stream.due_at, Stream.id).limit(1))
        upto = trail.settled(own) if number is not None else None
    return None if number is None or upto is None else (number, upto)


def _take(number: int) -> Turn | None:
    """Claim a stream; None where another worker was faster."""
    now, claim = clock.now(), crypto.new_identifier()
    free = or_(Stream.claimed_until.is_(None), Stream.claimed_until <= now)
    claiming = update(Stream).where(Stream.id == number, Stream.paused_at.is_(None), Stream.due_at <= now, free)
    claiming = claiming.values(claim=claim, claimed_until=now + CLAIM).execution_options(synchronize_session=False)
    taken = run(claiming)
    row = service.get(number) if taken else None
    turn = None
    if row is not None:
        turn = Turn(row.id, claim, row.kind, row.address, row.events, service.secrets(row), row.reached, now)
    commit()
    return turn


def _pass_on(turn: Turn, events: Sequence[Any]) -> Exception | None:
    """Send events and note each that was taken; return what went wrong."""
    try:
        for number in SENDERS[turn.kind](turn.address, events, turn.secrets):
            turn.delivered += 1 if turn.kind == WEBHOOK else len(events)
            if not _advance(turn, number):
                break
    except Exception as error:  # one bad receiver never stops the others
        if not isinstance(error, FetchError | OSError):
            log.exception("stream %s cannot be sent", turn.id)
        return error
    return None


def _advance(turn: Turn, number: int) -> bool:
    """Note how far a stream has come, and keep it; return whether it is still this worker's."""
    turn.reached = number
    values: dict[str, Any] = {
        "reached": number,
        "claimed_until": clock.now() + CLAIM,
        "failures": 0,
        "last_error": None,
    }
    if turn.delivered:
        values["delivered_at"] = clock.now()
    is_ours = run(_own(turn).values(values)) == 1
    commit()
    return is_ours


def _give_back(turn: Turn, error: Exception | None) -> None:
    now = clock.now()
    values: dict[str, Any] = {"claim": None, "claimed_until": None, "due_at": now}
    row = service.get(turn.id, for_change=True)
    if row is None or row.claim != turn.claim:
        commit()
        return
    if turn.delivered:
        _note(turn, None)
    if error is not None:
        values |= {"failures": row.failures + 1, "last_error": service.tell(error)}
        values["due_at"] = now + DELAYS[min(row.failures, len(DELAYS) - 1)]
        _note(turn, values["last_error"])
        log.warning("stream %s failed, %s times in a row: %s", turn.id, values["failures"], values["last_error"])
        if isinstance(error, FetchError) and error.status == GONE:
            values["paused_at"] = now
            audit.record("stream.paused", outcome=audit.FAILURE, stream=row.id, name=row.name, cause="gone")
    run(_own(turn).values(values))
    commit()


def _note(turn: Turn, error: str | None) -> None:
    """Write down a try that failed, or add what was delivered to what has just been."""
    now = clock.now()
    if error is None:
        latest = (
            session()
            .scalars(select(StreamRun).where(StreamRun.stream_id == turn.id).order_by(StreamRun.id.desc()).limit(1))
            .first()
        )
        if latest is not None and latest.error is None and latest.began_at > now - TOGETHER:
            latest.events, latest.ended_at = latest.events + turn.delivered, now
            return
    delivered = turn.delivered if error is None else 0
    session().add(StreamRun(stream_id=turn.id, began_at=turn.began_at, ended_at=now, events=delivered, error=error))
    session().flush()


def _own(turn: Turn) -> Any:
    own = update(Stream).where(Stream.id == turn.id, Stream.claim == turn.claim, Stream.paused_at.is_(None))
    return own.execution_options(synchronize_session=False)
