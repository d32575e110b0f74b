"""Failure counters with growing delays, which always hold, whatever the request limits say.

A counter belongs to a key such as "password/<account>/<source>". After five consecutive failures each further one doubles
the wait, up to fifteen minutes; the wait is answered, never slept. Keys name the pair of account and source, so that a
stranger cannot lock the owner out from elsewhere.
"""

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import ceil

from sqlalchemy import Boolean, Integer, LargeBinary, String, delete, false, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from idp.base import clock, crypto
from idp.base.database import Instant, Model, connection, run

FREE_FAILURES = 5
LONGEST_WAIT = timedelta(minutes=15)
NEVER = datetime.fromtimestamp(0, UTC)
FORGET_AFTER = timedelta(hours=24)


class FailureCounter(Model):
    """Consecutive failures under one key; the key is kept as a digest, since it may hold what somebody typed."""

    __tablename__ = "failure_counters"

    key_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(64), index=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    blocked_until: Mapped[datetime] = mapped_column(Instant)
    last_failure_at: Mapped[datetime] = mapped_column(Instant, index=True)
    # Counted until a success or an unlocking, however long ago the last failure was.
    is_lasting: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


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


def attempt(keys: Iterable[str], holder: str | None = None) -> int:
    """Count a try under each key before it is made, and return 0; or the seconds to wait, if it must not be made.

    A success `clear`s the keys afterwards. Counting first, in one statement, keeps parallel tries from slipping through together.
    """
    keys = list(keys)
    for key in keys:
        failures = _increment(crypto.digest(key), holder, unless_blocked=True)
        if failures is None:
            return max(1, wait([key]))
        if failures >= FREE_FAILURES:
            _block(crypto.digest(key), failures)
    return 0


def block_of(source: str) -> str:
    """Return whose address it is: an IPv6 address counts as its /64, all of which one customer has."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if isinstance(address, ipaddress.IPv4Address):
        return source
    return str(ipaddress.ip_network((address, 64), strict=False))


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
    return _increment(_day_key(key), None) or 0


def tallied(key: str) -> int:
    """Return today's count under `key`."""
    query = select(FailureCounter.failures).where(FailureCounter.key_digest == _day_key(key))
    return connection().execute(query).scalar_one_or_none() or 0


def _increment(key_digest: bytes, holder: str | None, unless_blocked: bool = False) -> int | None:
    """Add one in one statement, so that parallel tries all count; return the new count, or None where it is blocked."""
    now = clock.now()
    insert = postgresql_insert if connection().dialect.name == "postgresql" else sqlite_insert
    statement = insert(FailureCounter).values(
        key_digest=key_digest, holder=holder, failures=1, blocked_until=NEVER, last_failure_at=now
    )
    statement = statement.on_conflict_do_update(
        index_elements=[FailureCounter.key_digest],
        set_={"failures": FailureCounter.failures + 1, "last_failure_at": now},
        where=FailureCounter.blocked_until <= now if unless_blocked else None,
    )
    return connection().execute(statement.returning(FailureCounter.failures)).scalar_one_or_none()


def _block(key_digest: bytes, failures: int) -> None:
    delay = min(timedelta(seconds=2 ** min(failures - FREE_FAILURES, 20)), LONGEST_WAIT)
    connection().execute(
        update(FailureCounter).where(FailureCounter.key_digest == key_digest).values(blocked_until=clock.now() + delay)
    )


def _day_key(key: str) -> bytes:
    return crypto.digest(f"{key}/{clock.now().date().isoformat()}")
