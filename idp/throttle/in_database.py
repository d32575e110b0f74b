"""Failure counters as rows: those that last, and all of them where there is no Redis."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, case, delete, or_, select, update
from sqlalchemy.sql.base import Executable

from idp.base import clock
from idp.base.database import connection, insert_for, open_connection
from idp.base.expiry import delete_some
from idp.base.statements import Statement, parameter, statement, together
from idp.throttle.limits import FORGET_AFTER, Limit
from idp.throttle.models import FailureCounter

NEVER, FOREVER = datetime.fromtimestamp(0, UTC), datetime(9999, 1, 1, tzinfo=UTC)
# Lasting counters of names without an account belong to nobody, and anybody can make them: they may not pile up.
FORGET_NOBODY_AFTER = timedelta(days=30)


class _Blocked(Exception):
    """One of the counters lets no try pass."""


def attempt(limits: Sequence[Limit]) -> timedelta | None:
    """Count a try under every limit and return None; or count nothing, and return how long one of them lets no try pass."""
    if len(limits) == 1 and (found := _attempt_freely(limits[0])) is not None:
        return found or None
    try:
        # Always in the same order, so that two parallel tries never wait for each other's rows.
        with _undone_if_blocked():
            _count(sorted(limits, key=lambda limit: limit.digest))
    except _Blocked:
        return wait(limits)
    return None


def wait(limits: Sequence[Limit]) -> timedelta:
    """Return the longest wait under these limits; FOREVER counts like any other instant."""
    if not limits:
        return timedelta()
    now = clock.now()
    found = _blocked(len(limits)).all(now=now, **_digests(limits))
    return max((row.blocked_until - now for row in found), default=timedelta())


def is_used_up(limits: Sequence[Limit]) -> bool:
    """Return whether one of these counters has reached its `most`."""
    if not limits:
        return False
    return _used_up(len(limits)).first(forever=FOREVER, **_digests(limits)) is not None


def uncount(limits: Sequence[Limit]) -> None:
    """Take one count back from each, and the delay that it made."""
    if limits:
        _uncount(len(limits)).run(never=NEVER, **_digests(limits))


def clear(limits: Sequence[Limit]) -> None:
    """Forget these counters."""
    if limits:
        _clear(len(limits)).run(**_digests(limits))


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
    return delete_some(FailureCounter, or_(quiet, of_nobody), last, limit)


def tally(limit: Limit) -> int:
    """Count one without any wait; return the count."""
    return int(_tally.all(**_counted([limit], clock.now()))[0].failures)


def tallied(limit: Limit) -> int:
    """Return the count."""
    query = select(FailureCounter.failures).where(_named([limit]))
    return connection().execute(query).scalar_one_or_none() or 0


def _attempt_freely(limit: Limit) -> timedelta | None:
    """Count a try after which no delay is due, in one statement, and return no time; or return the wait. None where there is neither."""
    if limit.soonest > 1 and _count_freely.all(soonest=limit.soonest, **_counted([limit], clock.now())):
        return timedelta()
    return wait([limit]) or None


@contextmanager
def _undone_if_blocked() -> Iterator[None]:
    """Undo what is counted inside, and nothing else, where one counter lets no try pass."""
    if open_connection() is None:
        with together():
            yield
    else:
        with connection().begin_nested():
            yield


def _count(limits: Sequence[Limit]) -> None:
    """Count under every limit in one statement, and then make the delays that are due.

    Raises:
        _Blocked: one of them lets no try pass; some may have been counted.
    """
    now = clock.now()
    found = {row.key_digest: row.failures for row in _attempt(len(limits)).all(**_counted(limits, now))}
    if len(found) < len(limits):
        raise _Blocked
    for limit in limits:
        failures = found[limit.digest]
        delay = limit.delay(failures)
        until = FOREVER if limit.is_used_up(failures) else now + delay if delay else None
        if until is not None:
            _delay.run(until=until, **_digests([limit]))


def _named(limits: Sequence[Limit]) -> ColumnElement[bool]:
    return FailureCounter.key_digest.in_([limit.digest for limit in limits])


# Statements name each counter, so that there is one for each number of counters.


def _digests(limits: Sequence[Limit]) -> dict[str, bytes]:
    return {f"digest_{place}": limit.digest for place, limit in enumerate(limits)}


def _counted(limits: Sequence[Limit], now: datetime) -> dict[str, Any]:
    given: dict[str, Any] = {"now": now, "never": NEVER, **_digests(limits)}
    for place, limit in enumerate(limits):
        given[f"holder_{place}"], given[f"is_lasting_{place}"] = limit.holder, limit.is_lasting
        given[f"forgotten_{place}"] = NEVER if limit.is_lasting else now - limit.forget_after
    return given


def _digest(place: int) -> BindParameter[bytes]:
    return parameter(f"digest_{place}", FailureCounter.key_digest)


def _among(many: int) -> ColumnElement[bool]:
    return FailureCounter.key_digest.in_([_digest(place) for place in range(many)])


def _increment(
    dialect: str, many: int, *, is_watched: bool = True, soonest: BindParameter[int] | None = None
) -> Executable:
    """Return the statement that adds one to so many counters, so that parallel tries all count, and returns those that it counted.

    Where it `is_watched`, a counter that lets no try pass is left out; so is, where `soonest` is given, one that would get a delay.
    """
    now, never = parameter("now", FailureCounter.last_failure_at), parameter("never", FailureCounter.blocked_until)
    first = {"failures": 1, "blocked_until": never, "last_failure_at": now}
    rows = [
        {
            "key_digest": _digest(place),
            "holder": parameter(f"holder_{place}", FailureCounter.holder),
            "is_lasting": parameter(f"is_lasting_{place}", FailureCounter.is_lasting),
            **first,
        }
        for place in range(many)
    ]
    forgotten = {_digest(place): parameter(f"forgotten_{place}", FailureCounter.blocked_until) for place in range(many)}
    is_forgotten = FailureCounter.last_failure_at < case(forgotten, value=FailureCounter.key_digest)
    more: ColumnElement[int] = case((is_forgotten, 1), else_=FailureCounter.failures + 1)
    is_free = [FailureCounter.blocked_until <= parameter("now", FailureCounter.blocked_until)] if is_watched else []
    if soonest is not None:
        is_free.append(more < soonest)
    counted = insert_for(dialect, FailureCounter).values(rows)
    counted = counted.on_conflict_do_update(
        index_elements=[FailureCounter.key_digest],
        set_={"failures": more, "last_failure_at": now},
        where=and_(*is_free) if is_free else None,
    )
    return counted.returning(FailureCounter.key_digest, FailureCounter.failures)


@cache
def _attempt(many: int) -> Statement:
    @statement
    def _count(dialect: str) -> Executable:
        return _increment(dialect, many)

    return _count


@statement
def _count_freely(dialect: str) -> Executable:
    return _increment(dialect, 1, soonest=parameter("soonest", FailureCounter.failures))


@statement
def _tally(dialect: str) -> Executable:
    return _increment(dialect, 1, is_watched=False)


@statement
def _delay(_dialect: str) -> Executable:
    until = parameter("until", FailureCounter.blocked_until)
    return update(FailureCounter).where(_among(1)).values(blocked_until=until)


@cache
def _blocked(many: int) -> Statement:
    @statement
    def _find_blocked(_dialect: str) -> Executable:
        is_blocked = FailureCounter.blocked_until > parameter("now", FailureCounter.blocked_until)
        return select(FailureCounter.blocked_until).where(_among(many), is_blocked)

    return _find_blocked


@cache
def _used_up(many: int) -> Statement:
    @statement
    def _find_used_up(_dialect: str) -> Executable:
        forever = parameter("forever", FailureCounter.blocked_until)
        return select(FailureCounter.failures).where(_among(many), FailureCounter.blocked_until == forever)

    return _find_used_up


@cache
def _uncount(many: int) -> Statement:
    @statement
    def _take_back(_dialect: str) -> Executable:
        less = {
            "failures": FailureCounter.failures - 1,
            "blocked_until": parameter("never", FailureCounter.blocked_until),
        }
        return update(FailureCounter).where(_among(many), FailureCounter.failures > 0).values(less)

    return _take_back


@cache
def _clear(many: int) -> Statement:
    @statement
    def _forget(_dialect: str) -> Executable:
        return delete(FailureCounter).where(_among(many))

    return _forget
