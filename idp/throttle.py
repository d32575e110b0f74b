"""Failure counters with growing delays, which always hold, whatever the request limits say.

A counter belongs to a key such as "password/<account>/<source>". After five consecutive failures each further one doubles
the wait, up to fifteen minutes; the wait is answered, never slept. Callers keep one counter for the pair of account and source and
one for the source alone, so that a stranger cannot lock the owner out from elsewhere.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import Integer, LargeBinary, String, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from idp.base import clock, crypto
from idp.base.database import Instant, Model, connection, run

FREE_FAILURES = 5
LONGEST_WAIT = timedelta(minutes=15)
FORGET_AFTER = timedelta(hours=24)


class FailureCounter(Model):
    """Consecutive failures under one key; the key is kept as a digest, since it may hold what somebody typed."""

    __tablename__ = "failure_counters"

    key_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(64), index=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    blocked_until: Mapped[datetime] = mapped_column(Instant)
    last_failure_at: Mapped[datetime] = mapped_column(Instant, index=True)


def wait(keys: Iterable[str]) -> int:
    """Return the seconds until a next try is allowed under all `keys`; 0 when it is allowed now."""
    digests = [crypto.digest(key) for key in keys]
    rows = connection().scalars(
        select(FailureCounter.blocked_until).where(
            FailureCounter.key_digest.in_(digests), FailureCounter.blocked_until > clock.now()
        )
    )
    remaining = [(until - clock.now()).total_seconds() for until in rows]
    return max(1, ceil(max(remaining))) if remaining else 0


def fail(keys: Iterable[str], holder: str | None = None) -> None:
    """Count a failure under each key, and block it for a while once there are too many.

    `holder` names whose counters these are ("account/7"), so that an administrator can release them.
    """
    now = clock.now()
    for key in keys:
        key_digest = crypto.digest(key)
        failures = _increment(key_digest, holder)
        if failures >= FREE_FAILURES:
            delay = min(timedelta(seconds=2 ** min(failures - FREE_FAILURES, 20)), LONGEST_WAIT)
            connection().execute(
                update(FailureCounter).where(FailureCounter.key_digest == key_digest).values(blocked_until=now + delay)
            )


def clear(keys: Iterable[str]) -> None:
    """Forget the failures under each key, after a success."""
    digests = [crypto.digest(key) for key in keys]
    connection().execute(delete(FailureCounter).where(FailureCounter.key_digest.in_(digests)))


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
    """Delete up to `limit` counters that have been quiet for a day; return how many."""
    old = (
        select(FailureCounter.key_digest)
        .where(FailureCounter.last_failure_at < clock.now() - FORGET_AFTER)
        .limit(limit)
    )
    return run(delete(FailureCounter).where(FailureCounter.key_digest.in_(old)))


def tally(key: str) -> int:
    """Count one under `key` without any wait, and return the count of the present UTC day."""
    return _increment(_day_key(key), None)


def tallied(key: str) -> int:
    """Return today's count under `key`."""
    query = select(FailureCounter.failures).where(FailureCounter.key_digest == _day_key(key))
    return connection().execute(query).scalar_one_or_none() or 0


def _increment(key_digest: bytes, holder: str | None) -> int:
    """Add one in one statement, so that parallel failures all count; return the new count."""
    now = clock.now()
    insert = postgresql_insert if connection().dialect.name == "postgresql" else sqlite_insert
    statement = insert(FailureCounter).values(
        key_digest=key_digest, holder=holder, failures=1, blocked_until=now, last_failure_at=now
    )
    statement = statement.on_conflict_do_update(
        index_elements=[FailureCounter.key_digest],
        set_={"failures": FailureCounter.failures + 1, "last_failure_at": now},
    )
    return connection().execute(statement.returning(FailureCounter.failures)).scalar_one()


def _day_key(key: str) -> bytes:
    return crypto.digest(f"{key}/{clock.now().date().isoformat()}")
