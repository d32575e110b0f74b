"""Browsers that have signed in to an account before, by the digest of their own long-lived cookie.

What a stranger does elsewhere never holds back a browser that the account knows, and a sign-in with another one is told by mail.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, Update, delete, func, select, update
from sqlalchemy.sql.base import Executable

from idp.accounts.models import KnownDevice
from idp.base import clock, crypto
from idp.base.database import connection, insert_for
from idp.base.expiry import delete_some
from idp.base.statements import parameter, statement
from idp.lifetimes import LIFETIMES

LONGEST_USER_AGENT = 300

ACCOUNT_ID = parameter("account_id", KnownDevice.account_id)
DIGEST = parameter("digest", KnownDevice.digest)
IT = (KnownDevice.digest == DIGEST, KnownDevice.account_id == ACCOUNT_ID)
OLDEST, NOW = parameter("oldest", KnownDevice.last_seen_at), parameter("now", KnownDevice.last_seen_at)
USER_AGENT = parameter("user_agent", KnownDevice.user_agent)


def is_known(account_id: int, secret: str | None) -> bool:
    """Return whether the browser with this secret has signed in to the account within the last year."""
    if not secret:
        return False
    given = {"digest": crypto.digest(secret), "account_id": account_id}
    return _find.first(**given, oldest=clock.now() - LIFETIMES.known_device) is not None


def remember(account_id: int, secret: str, user_agent: str, *, is_fresh: bool = False) -> bool:
    """Note that a browser has signed in; return whether it is new to the account. Of parallel calls one hears that it is.

    A secret that `is_fresh` was made a moment ago, so that nobody can know it.
    """
    now = clock.now()
    given = {"digest": crypto.digest(secret), "account_id": account_id, "user_agent": user_agent[:LONGEST_USER_AGENT]}
    given |= {"now": now, "oldest": now - LIFETIMES.known_device}
    if not is_fresh and _note_seen.run(**given):
        return False
    return _remember.first(**given) is not None


def count(account_id: int) -> int:
    """Return how many browsers the account knows."""
    query = select(func.count()).select_from(KnownDevice)
    return connection().execute(query.where(KnownDevice.account_id == account_id, _is_remembered())).scalar_one()


def has_any(account_id: int) -> bool:
    """Return whether the account knows a browser at all."""
    return has_others(account_id, "")


def has_others(account_id: int, secret: str) -> bool:
    """Return whether the account knows another browser than the one with this secret."""
    given = {"digest": crypto.digest(secret), "account_id": account_id}
    return _find_other.first(**given, oldest=clock.now() - LIFETIMES.known_device) is not None


def forget(account_id: int, *, but: str | None = None) -> None:
    """Forget every browser of an account, but the one with this secret."""
    statement = delete(KnownDevice).where(KnownDevice.account_id == account_id)
    if but:
        statement = statement.where(KnownDevice.digest != crypto.digest(but))
    connection().execute(statement)


def purge(limit: int) -> int:
    """Delete up to `limit` browsers that have not been seen for a year; return how many."""
    return delete_some(KnownDevice, ~_is_remembered(), KnownDevice.last_seen_at, limit)


def _is_remembered() -> ColumnElement[bool]:
    return KnownDevice.last_seen_at > clock.now() - LIFETIMES.known_device


@statement
def _find(_dialect: str) -> Select[Any]:
    return select(KnownDevice.account_id).where(*IT, KnownDevice.last_seen_at > OLDEST)


@statement
def _find_other(_dialect: str) -> Select[Any]:
    others = (KnownDevice.account_id == ACCOUNT_ID, KnownDevice.digest != DIGEST)
    return select(KnownDevice.account_id).where(*others, KnownDevice.last_seen_at > OLDEST).limit(1)


@statement
def _note_seen(_dialect: str) -> Update:
    seen = update(KnownDevice).where(*IT, KnownDevice.last_seen_at > OLDEST)
    return seen.values(last_seen_at=NOW, user_agent=USER_AGENT)


@statement
def _remember(dialect: str) -> Executable:
    values = {"user_agent": USER_AGENT, "created_at": NOW, "last_seen_at": NOW}
    noted = insert_for(dialect, KnownDevice).values(digest=DIGEST, account_id=ACCOUNT_ID, **values)
    places = [KnownDevice.digest, KnownDevice.account_id]
    kept = noted.on_conflict_do_update(index_elements=places, set_=values, where=KnownDevice.last_seen_at <= OLDEST)
    return kept.returning(KnownDevice.account_id)
