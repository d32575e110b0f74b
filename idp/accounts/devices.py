"""Browsers that have signed in to an account before, by the digest of their own long-lived cookie.

What a stranger does elsewhere never holds back a browser that the account knows, and a sign-in with another one is told by mail.
"""

from sqlalchemy import ColumnElement, and_, delete, func, select, tuple_, update

from idp.accounts.models import KnownDevice
from idp.base import clock, crypto
from idp.base.database import connection, insert_into, run
from idp.lifetimes import LIFETIMES

LONGEST_USER_AGENT = 300


def is_known(account_id: int, secret: str | None) -> bool:
    """Return whether the browser with this secret has signed in to the account within the last year."""
    if not secret:
        return False
    query = select(KnownDevice.account_id).where(_is(account_id, secret), _is_remembered())
    return connection().execute(query).first() is not None


def remember(account_id: int, secret: str, user_agent: str) -> bool:
    """Note that a browser has signed in; return whether it is new to the account. Of parallel calls one hears that it is."""
    now, user_agent = clock.now(), user_agent[:LONGEST_USER_AGENT]
    seen = update(KnownDevice).where(_is(account_id, secret), _is_remembered())
    if run(seen.values(last_seen_at=now, user_agent=user_agent)):
        return False
    values = {"user_agent": user_agent, "created_at": now, "last_seen_at": now}
    statement = insert_into(KnownDevice).values(digest=crypto.digest(secret), account_id=account_id, **values)
    statement = statement.on_conflict_do_update(
        index_elements=[KnownDevice.digest, KnownDevice.account_id],
        set_=values,
        where=KnownDevice.last_seen_at <= now - LIFETIMES.known_device,
    )
    return connection().execute(statement.returning(KnownDevice.account_id)).first() is not None


def count(account_id: int) -> int:
    """Return how many browsers the account knows."""
    query = select(func.count()).select_from(KnownDevice)
    return connection().execute(query.where(KnownDevice.account_id == account_id, _is_remembered())).scalar_one()


def has_any(account_id: int) -> bool:
    """Return whether the account knows a browser at all."""
    query = select(KnownDevice.account_id).where(KnownDevice.account_id == account_id, _is_remembered()).limit(1)
    return connection().execute(query).first() is not None


def forget(account_id: int, *, but: str | None = None) -> None:
    """Forget every browser of an account, but the one with this secret."""
    statement = delete(KnownDevice).where(KnownDevice.account_id == account_id)
    if but:
        statement = statement.where(KnownDevice.digest != crypto.digest(but))
    connection().execute(statement)


def purge(limit: int) -> int:
    """Delete up to `limit` browsers that have not been seen for a year; return how many."""
    digest, account_id, seen = KnownDevice.digest, KnownDevice.account_id, KnownDevice.last_seen_at
    old = select(digest, account_id).where(seen <= clock.now() - LIFETIMES.known_device).limit(limit)
    return run(delete(KnownDevice).where(tuple_(digest, account_id).in_(old)))


def _is(account_id: int, secret: str) -> ColumnElement[bool]:
    return and_(KnownDevice.digest == crypto.digest(secret), KnownDevice.account_id == account_id)


def _is_remembered() -> ColumnElement[bool]:
    return KnownDevice.last_seen_at > clock.now() - LIFETIMES.known_device
