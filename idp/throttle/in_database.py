"""Failure counters as rows: those that last, and all of them where there is no Redis."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, delete, or_, select, update

from idp.base import clock
from idp.base.database import connection, insert_into, run
from idp.throttle.limits import FORGET_AFTER, Limit
from idp.throttle.models import FailureCounter

NEVER, FOREVER = datetime.fromtimestamp(0, UTC), datetime(9999, 1, 1, tzinfo=UTC)
# Lasting counters of names without an account belong to nobody, and anybody can make them: they may not pile up.
FORGET_NOBODY_AFTER = timedelta(days=30)


class _Blocked(Exception):
    """One of the counters lets no try pass."""


def attempt(limits: Sequence[Limit]) -> bool:
    """Count a try under every limit and return True; or count nothing, if one of them lets no try pass."""
    try:
        with connection().begin_nested():
            # Always in the same order, so that two parallel tries never wait for each other's rows.
            for limit in sorted(limits, key=lambda limit: limit.digest):
                _count(limit)
    except _Blocked:
        return False
    return True


def wait(limits: Sequence[Limit]) -> timedelta:
    """Return the longest wait under these limits; FOREVER counts like any other instant."""
    now = clock.now()
    query = select(FailureCounter.blocked_until).where(_named(limits), FailureCounter.blocked_until > now)
    return max((until - now for until in connection().scalars(query)), default=timedelta())


def is_used_up(limits: Sequence[Limit]) -> bool:
    """Return whether one of these counters has reached its `most`."""
    query = select(FailureCounter.failures).where(_named(limits), FailureCounter.blocked_until == FOREVER)
    return connection().execute(query).first() is not None


def uncount(limits: Sequence[Limit]) -> None:
    """Take one count back from each, and the delay that it made."""
    connection().execute(
        update(FailureCounter)
        .where(_named(limits), FailureCounter.failures > 0)
        .values(failures=FailureCounter.failures - 1, blocked_until=NEVER)
    )


def clear(limits: Sequence[Limit]) -> None:
    """Forget these counters."""
    connection().execute(delete(FailureCounter).where(_named(limits)))


def release(holder: str) -> None:
    """Forget every counter of a holder."""
    connection().execute(delete(FailureCounter).where(FailureCounter.holder == holder))


def is_held(holder: str) -> bool:
    """Return whether a counter of this holder makes somebody wait."""
    query = select(FailureCounter.failures).where(
        FailureCounter.holder == holder, FailureCounter.blocked_until > clock.now()
    )
    return connection().execute(query).first() is not None


def purge(limit: int) -> int:
    """Delete up to `limit` counters that are forgotten by now; return how many."""
    now, last = clock.now(), FailureCounter.last_failure_at
    quiet = and_(FailureCounter.is_lasting.is_(False), last < now - FORGET_AFTER)
    of_nobody = and_(FailureCounter.holder.is_(None), last < now - FORGET_NOBODY_AFTER)
    old = select(FailureCounter.key_digest).where(or_(quiet, of_nobody)).limit(limit)
    return run(delete(FailureCounter).where(FailureCounter.key_digest.in_(old)))


def tally(limit: Limit) -> int:
    """Count one without any wait; return the count."""
    return _increment(limit) or 0


def tallied(limit: Limit) -> int:
    """Return the count."""
    query = select(FailureCounter.failures).where(_named([limit]))
    return connection().execute(query).scalar_one_or_none() or 0


def _count(limit: Limit) -> None:
    failures = _increment(limit, FailureCounter.blocked_until <= clock.now())
    if failures is None:
        raise _Blocked
    delay = limit.delay(failures)
    until = FOREVER if limit.is_used_up(failures) else clock.now() + delay if delay else None
    if until is not None:
        connection().execute(update(FailureCounter).where(_named([limit])).values(blocked_until=until))


def _increment(limit: Limit, unless: ColumnElement[bool] | None = None) -> int | None:
    """Add one in one statement, so that parallel tries all count; return the new count, or None where it may not be."""
    now = clock.now()
    more: ColumnElement[int] = FailureCounter.failures + 1
    if not limit.is_lasting:
        more = case((FailureCounter.last_failure_at < now - limit.forget_after, 1), else_=more)
    statement = insert_into(FailureCounter).values(
        key_digest=limit.digest,
        holder=limit.holder,
        failures=1,
        blocked_until=NEVER,
        last_failure_at=now,
        is_lasting=limit.is_lasting,
    )
    statement = statement.on_conflict_do_update(
        index_elements=[FailureCounter.key_digest], set_={"failures": more, "last_failure_at": now}, where=unless
    )
    return connection().execute(statement.returning(FailureCounter.failures)).scalar_one_or_none()


def _named(limits: Sequence[Limit]) -> ColumnElement[bool]:
    return FailureCounter.key_digest.in_([limit.digest for limit in limits])
