"""Usernames that somebody has left: for a year they are held, so that no application takes their next owner for the former one.

Nobody needs to think of it: whatever changes or deletes an account is seen here. Who left a name may take it back. An erasure
leaves the digest alone, which says nothing about the person. A name under which nobody was ever signed in is free at once.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, event, func, inspect, select, update

from idp import audit
from idp.accounts.models import Account, HeldName
from idp.base import clock
from idp.base.database import insert_into, run, session
from idp.base.expiry import delete_some
from idp.base.extensions import vault
from idp.base.writing import fold

HELD = timedelta(days=365)
MOST = 10  # names that one account leaves within that time, lest it hoard them


def is_held(username: str, *, but: int | None = None) -> bool:
    """Return whether a username is kept for somebody who left it, other than the account `but`."""
    row = _find(username)
    return row is not None and (row.account_id is None or row.account_id != but)


def is_own(username: str, account_id: int | None) -> bool:
    """Return whether an account left this username and may take it back."""
    row = _find(username)
    return row is not None and row.account_id is not None and row.account_id == account_id


def held_among(folded: Iterable[str]) -> set[str]:
    """Return which folded usernames are kept for somebody who left them."""
    digests = {_digest(name): name for name in folded}
    query = select(HeldName.digest).where(HeldName.digest.in_(digests), HeldName.held_until > clock.now())
    return {digests[digest] for digest in session().scalars(query)}


def may_leave(account_id: int, username: str) -> bool:
    """Return whether an account may leave its name for this one: not after ten within a year, but back to one of them always."""
    left = select(func.count()).select_from(HeldName)
    left = left.where(HeldName.account_id == account_id, HeldName.held_until > clock.now())
    return is_own(username, account_id) or (session().scalar(left) or 0) < MOST


def release(username: str, *, actor: str) -> bool:
    """Free a name before its time, at an operator's order; return False when it was not held."""
    freed = run(delete(HeldName).where(HeldName.digest == _digest(fold(username))))
    if freed:
        audit.record("username.released", actor=actor)
    return bool(freed)


def hand_on(account: Account) -> str | None:
    """Take the username from an account without holding it, for whoever gets it next in this transaction; return it."""
    username = account.username
    account.username = None
    session().flush()
    if username:
        run(delete(HeldName).where(HeldName.digest == _digest(fold(username)), HeldName.account_id == account.id))
    return username


def let_go(account_id: int) -> None:
    """Keep the names that an account left, and forget whose they were."""
    run(update(HeldName).where(HeldName.account_id == account_id).values(account_id=None))


def purge(limit: int) -> int:
    """Delete up to `limit` names that are held no more; return how many."""
    return delete_some(HeldName, HeldName.held_until < clock.now(), HeldName.held_until, limit)


def _find(username: str) -> HeldName | None:
    row = session().get(HeldName, _digest(fold(username)), populate_existing=True)
    return row if row is not None and row.held_until > clock.now() else None


@event.listens_for(Account, "before_update")
def _note_change(_mapper: Any, connection: Connection, account: Account) -> None:
    """Hold the name that an account leaves, and hold no longer the one that it has again.

    What it leaves is asked of the database: another request may have changed it since this one read it.
    """
    if not inspect(account).attrs.username_folded.history.has_changes():
        return
    present = select(Account.username_folded).where(Account.id == account.id).with_for_update()
    left = connection.execute(present).scalar()
    if left is not None and left != account.username_folded:
        _hold(connection, left, account.id)
    if account.username_folded is not None:
        own = delete(HeldName).where(HeldName.account_id == account.id)
        connection.execute(own.where(HeldName.digest == _digest(account.username_folded)))


@event.listens_for(Account, "before_delete")
def _note_end(_mapper: Any, connection: Connection, account: Account) -> None:
    """Hold the name of an account that ends, for nobody, unless no application can have seen it."""
    was_in_use = account.is_verified or account.last_sign_in_at is not None
    if account.username_folded is not None and was_in_use:
        _hold(connection, account.username_folded, None)


def _hold(connection: Connection, folded: str, account_id: int | None) -> None:
    values = {"account_id": account_id, "held_until": clock.now() + HELD}
    statement = insert_into(HeldName, connection).values(digest=_digest(folded), **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[HeldName.digest], set_=values))


def _digest(folded: str) -> bytes:
    return vault().keyed_digest(folded, "held-name")
