"""What waits for a stream: put there in the caller's transaction, bounded in number and in time, and taken out once it was taken."""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, delete, exists, func, insert, select, update

from idp import outbox
from idp.accounts.models import Account
from idp.base import clock, crypto
from idp.base.database import connection, run, session
from idp.signals import identifiers, kinds
from idp.signals.models import ENABLED, PUSH, SignalEvent, SignalStream

KIND = "security_events"  # of deliveries: one makes a receiver hear everything that waits for its stream
MOST_WAITING = 10_000  # of a stream; then the oldest are lost
KEEP = timedelta(days=7)
ROWS = 200  # of one statement
_OPTIONS: dict[str, Any] = {"synchronize_session": False}

log = logging.getLogger(__name__)


def put(stream: SignalStream, rows: Collection[Mapping[str, Any]]) -> None:
    """Add news to a stream: `event_type` and `payload` of each, perhaps `account_id`; the receiver of a push is called."""
    now, blank = clock.now(), {"stream_id": stream.id, "account_id": None, "is_control": False, "tries": 0}
    values = [{**blank, "jti": crypto.new_identifier(), "created_at": now, **row} for row in rows]
    for start in range(0, len(values), ROWS):
        connection().execute(insert(SignalEvent), values[start : start + ROWS])
    _bound(stream)
    call(stream, is_control=any(row.get("is_control") for row in rows))


def put_about_stream(stream: SignalStream, kind: str, members: Mapping[str, Any], *, is_control: bool = False) -> None:
    """Add news about a stream itself; what is `is_control` goes out though it is paused."""
    payload = {"sub_id": identifiers.of_stream(stream.id), "members": dict(members)}
    put(stream, [{"event_type": kind, "payload": payload, "is_control": is_control}])


def call(stream: SignalStream, *, is_control: bool = False) -> None:
    """Have whatever waits pushed now, where the stream is pushed and may be."""
    if stream.method == PUSH and (stream.status == ENABLED or is_control):
        outbox.put(KIND, stream.client_id, KIND, {"stream": stream.id})


def waiting(stream: SignalStream) -> Select[SignalEvent]:
    """Return the query for what may go out now, the oldest first."""
    query = select(SignalEvent).where(SignalEvent.stream_id == stream.id, SignalEvent.failed_at.is_(None))
    if stream.status != ENABLED:
        query = query.where(SignalEvent.is_control)
    return query.order_by(SignalEvent.id).execution_options(populate_existing=True)


def refused(stream: SignalStream) -> Select[SignalEvent]:
    """Return the query for what the receiver has refused, the newest first."""
    query = select(SignalEvent).where(SignalEvent.stream_id == stream.id, SignalEvent.failed_at.is_not(None))
    return query.order_by(SignalEvent.id.desc())


def count(query: Select[SignalEvent]) -> int:
    """Return how many there are, up to the most that may wait."""
    some = query.order_by(None).limit(MOST_WAITING).subquery()
    return session().scalar(select(func.count()).select_from(some)) or 0


def take_out(stream_id: str, jtis: Collection[str]) -> int:
    """Delete what was taken; return how much of it was there."""
    if not jtis:
        return 0
    theirs = delete(SignalEvent).where(SignalEvent.stream_id == stream_id, SignalEvent.jti.in_(jtis))
    return run(theirs.where(SignalEvent.failed_at.is_(None)).execution_options(**_OPTIONS))


def note_refusal(stream_id: str, jti: str, error: str) -> bool:
    """Keep what was refused for good, for administrators to see, and send it no more; return whether it was there."""
    theirs = update(SignalEvent).where(SignalEvent.stream_id == stream_id, SignalEvent.jti == jti)
    refusing = theirs.where(SignalEvent.failed_at.is_(None)).values(failed_at=clock.now(), last_error=error[:300])
    if not run(refusing.execution_options(**_OPTIONS)):
        return False
    log.warning("the receiver of stream %s refused an event: %s", stream_id, error)
    return True


def drop(stream_id: str) -> None:
    """Forget everything that waits for a stream, but for what is about the stream itself."""
    waits = delete(SignalEvent).where(SignalEvent.stream_id == stream_id, SignalEvent.is_control.is_(False))
    run(waits.execution_options(**_OPTIONS))


def purge(limit: int) -> int:
    """Delete up to `limit` news of more than a week ago; what nobody has taken is counted as lost. Return how many."""
    old = select(SignalEvent.id, SignalEvent.stream_id, SignalEvent.failed_at)
    rows = session().execute(
        old.where(SignalEvent.created_at < clock.now() - KEEP).order_by(SignalEvent.created_at).limit(limit)
    )
    found = rows.all()
    for stream_id in {row.stream_id for row in found}:
        unheard = [row for row in found if row.stream_id == stream_id and row.failed_at is None]
        _count_lost(stream_id, len(unheard))
    return _delete([row.id for row in found]) + _delete(session().scalars(_of_nobody().limit(limit)).all())


def _of_nobody() -> Select[int]:
    """Return the query for news about people who were erased while somebody was writing them down."""
    is_gone = ~exists().where(Account.id == SignalEvent.account_id)
    is_young = SignalEvent.created_at >= clock.now() - timedelta(days=1)  # the purge looks every hour
    return select(SignalEvent.id).where(is_young, SignalEvent.account_id.is_not(None), is_gone)


def _delete(numbers: Sequence[int]) -> int:
    return run(delete(SignalEvent).where(SignalEvent.id.in_(numbers)).execution_options(**_OPTIONS)) if numbers else 0


def _bound(stream: SignalStream) -> None:
    """Drop the oldest news of a stream for which too many wait."""
    theirs = (SignalEvent.stream_id == stream.id, SignalEvent.failed_at.is_(None))
    newest = select(SignalEvent.id).where(*theirs).order_by(SignalEvent.id.desc())
    first = session().scalar(newest.offset(MOST_WAITING).limit(1))
    if first is not None:
        dropped = run(delete(SignalEvent).where(*theirs, SignalEvent.id <= first).execution_options(**_OPTIONS))
        _count_lost(stream.id, dropped)


def _count_lost(stream_id: str, number: int) -> None:
    if number:
        counting = update(SignalStream).where(SignalStream.id == stream_id)
        run(counting.values(lost=SignalStream.lost + number).execution_options(**_OPTIONS))
        log.warning("%s events were lost, since nobody took them from stream %s", number, stream_id)


def tell_update(stream: SignalStream) -> None:
    """Let a receiver hear that this side has changed the status of its stream (SSF 1.0, section 8.1.5)."""
    members = {"status": stream.status, **({"reason": stream.reason} if stream.reason else {})}
    put_about_stream(stream, kinds.STREAM_UPDATED, members, is_control=True)
