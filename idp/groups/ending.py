"""The last day of a membership or a role: typed as a date, kept as the instant at which it is over, by UTC."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from idp.base import clock
from idp.base.outcome import Reason, Refused

KEPT = timedelta(days=30)  # for which what has ended is shown still
LATEST = date(9000, 1, 1)


class End(NamedTuple):
    """A last day, and whether it is over."""

    day: date
    is_over: bool


def read(text: str, field: str = "until") -> datetime | None | Refused:
    """Return when a day is over that was typed as 2027-01-31; None for nothing.

    Refusals, all of `field`: DAY_INVALID, DAY_PAST for one that is over already.
    """
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return Refused(Reason.DAY_INVALID, field)
    if day > LATEST:
        return Refused(Reason.DAY_INVALID, field)
    ends_at = datetime.combine(day + timedelta(days=1), time.min, UTC)
    return ends_at if ends_at > clock.now() else Refused(Reason.DAY_PAST, field)


def day_of(ends_at: datetime | None) -> date | None:
    """Return the last day on which something counts."""
    return (ends_at - timedelta(microseconds=1)).date() if ends_at is not None else None


def show(ends_at: datetime | None) -> End | None:
    """Return the last day for a page; None for what lasts."""
    day = day_of(ends_at)
    return End(day, ends_at <= clock.now()) if day is not None and ends_at is not None else None


def tell(ends_at: datetime | None) -> str | None:
    """Return the last day as it is typed, for the audit log and for programs."""
    day = day_of(ends_at)
    return day.isoformat() if day is not None else None
