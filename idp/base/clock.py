"""The one clock. Everything that asks for the time asks here, so that tests can move it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

# By which the clocks of two nodes may differ: what one wrote and another compares is not older or younger by less than this.
SKEW = timedelta(seconds=30)

_offset = timedelta()


def now() -> datetime:
    """Return the present instant, in UTC."""
    return datetime.now(UTC) + _offset


def timestamp() -> int:
    """Return the present instant in whole seconds since 1970 (RFC 7519 NumericDate)."""
    return int(now().timestamp())


def tell(instant: datetime | None) -> str | None:
    """Return an instant as JSON has it (RFC 3339), to the second."""
    return instant.isoformat(timespec="seconds") if instant is not None else None


@contextmanager
def moved(by: timedelta) -> Iterator[None]:
    """Move this process's clock for the length of a block; a test's instrument."""
    global _offset
    before = _offset
    _offset = before + by
    try:
        yield
    finally:
        _offset = before
