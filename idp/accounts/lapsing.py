"""Sessions whose time was over before anybody ended them: each is recorded when it goes, and with it whatever hung on it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from idp import audit
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import connection, session
from idp.lifetimes import LIFETIMES
from idp.sessions import BROWSER, BrowserSession

KEPT = timedelta(days=1)  # behind the absolute limit


def purge(limit: int) -> int:
    """Delete up to `limit` sessions that ended or expired a day ago, record those that expired, and return how many were deleted."""
    which = BrowserSession.expires_at < clock.now() - KEPT
    old = select(BrowserSession.id).where(which).order_by(BrowserSession.expires_at).limit(limit)
    keys = list(session().scalars(old))
    if not keys:
        return 0
    # Once more, since a session may have been renewed meanwhile.
    deleting = delete(BrowserSession).where(BrowserSession.id.in_(keys), which).returning(BrowserSession)
    rows = connection().execute(deleting).all()
    _record([row for row in rows if row.ended_at is None])
    return len(rows)


def _record(lapsed: list[Any]) -> None:
    query = select(Account.id, Account.sub).where(Account.id.in_({row.account_id for row in lapsed}))
    subs: dict[int, str] = dict(session().execute(query).all()) if lapsed else {}
    told = ((row, subs[row.account_id]) for row in lapsed if row.account_id in subs)
    audit.record_each("session.expired", ((sub, {"sid": row.id, "at": _over_at(row).isoformat()}) for row, sub in told))


def _over_at(row: Any) -> datetime:
    """Return when a session's time was over: the absolute limit, or for browsers the idle one before it."""
    idle_at: datetime = row.last_seen_at + LIFETIMES.session_idle
    at: datetime = row.expires_at
    return min(idle_at, at) if row.door == BROWSER else at
