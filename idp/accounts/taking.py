"""Taking an account for a change: it is locked, read anew, and whoever acts is looked at once more, before anything of it is written.

What was checked before a pause, or merely read, is not true any more when the write comes: between the two the owner may have reset
the password, undone a change of address, closed the account or ended every session. So there is one way to an account's rows: `take`,
which holds the account until the commit and refuses where anything has moved. A request that writes to a table of accounts without
it, or after a `pause` that let go of it, ends in an exception, whichever code it came through.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Delete, FromClause, Insert, Join, Select, Table, Update, event, select
from sqlalchemy.sql.dml import UpdateBase

from idp import sessions
from idp.accounts import lookup
from idp.accounts.authority import holding
from idp.accounts.models import Account
from idp.base import caller, database, statements
from idp.base.database import HELD, session
from idp.base.outcome import Reason, Refused
from idp.sessions import BrowserSession

AUTHORITIES = "idp.authorities"

# What anybody may write without holding the account, and why that gives nobody anything. A new table is not among it.
FREE: Mapping[str, str] = {
    "proofs": "who asks for a mail to an address need not be its owner; `proofs.make` holds those that only an owner asks for",
    "account_words": "kept by the account's own row, whose writing is watched, and says nothing else",
    "held_names": "as these; a name that is held or released gives nobody an account",
    "invitations": "a letter to an address; whose account came by it is written where that is held (`invitations.accepting`)",
    "signal_events": "news about people, found in the audit log afterwards, and taken out by applications; it gives nobody a right",
    "sign_ups": "a browser's own attempt, which has an account only once it made one; what comes of it is looked at when it is confirmed",
}
FREE_COLUMNS: Mapping[str, frozenset[str]] = {
    "browser_sessions": frozenset({"last_seen_at", "ended_at"}),  # seen, or ended
    "grants": frozenset(
        # Each counts only while its epoch and session do, and with a key less than without one.
        {"redeemed_at", "last_used_at", "revoked_at", "confirmation"}
    ),
    "sign_in_attempts": frozenset({"tries"}),
}
FREE_DELETIONS = frozenset(
    {
        "client_owners",
        "consents",
        "grants",
        "scim_pushed_people",
        "scim_user_ids",
        "sign_in_attempts",
        "upstream_identities",
    }
)  # a permission or a way in less, one that was used up, or what a client called somebody, or has of them


Near = Callable[[Account, Account], frozenset[str]]  # what one person's limited roles permit on another


class NotHeld(RuntimeError):
    """A request wrote to what belongs to an account that it had not taken, or not any more."""


@dataclass(frozen=True)
class Authority:
    """By what a request acts on an account: the epoch at which it was seen, or the session that the request came with.

    With neither, nothing was seen beforehand: whatever proves the right to act is looked at after the account was taken.
    """

    account_id: int
    epoch: int | None = None
    session_id: str | None = None


def init_app(app: Flask) -> None:
    """Watch every statement on this application's database."""
    with app.app_context():
        engine = database.engine()
    event.listen(engine, "begin", _let_go)
    event.listen(engine, "before_execute", _watch)
    statements.guard(statements.Guard(_may_need, _locks, _check))


def take(authority: Authority, *, is_closed_too: bool = False) -> Account | Refused:
    """Return an account as it is now and hold it until the commit.

    Refusal: SIGNED_OUT, where it is gone or closed (but with `is_closed_too`), its epoch has risen, or the session has ended.
    """
    session().flush()
    account = lookup.lock(authority.account_id)
    if account is None or (account.disabled_at is not None and not is_closed_too):
        return Refused(Reason.SIGNED_OUT)
    if authority.epoch is not None and account.token_epoch != authority.epoch:
        return Refused(Reason.SIGNED_OUT)
    if authority.session_id is not None and not _is_signed_in(account, authority.session_id):
        return Refused(Reason.SIGNED_OUT)
    note(account)
    session().info.setdefault(AUTHORITIES, {})[account.id] = authority
    return account


def take_many(account_ids: Collection[int]) -> dict[int, str]:
    """Hold many accounts until the commit, closed or not, always in the same order; return the `sub` of each that is there.

    Call it before anything is written. Nothing was seen of them beforehand.
    """
    session().flush()
    locked = select(Account.id, Account.sub).where(Account.id.in_(account_ids)).order_by(Account.id).with_for_update()
    found: dict[int, str] = dict(database.connection().execute(locked).all())
    database.held().update(found)
    return found


def take_as_administrator(
    authority: Authority, account_id: int, permission: str, near: Near | None = None
) -> Account | Refused:
    """Take an account for an administrator, whose own is held too; call it before anything is written.

    With `near` a role suffices that is limited to some people, if the account is among them now. Refusals: SIGNED_OUT for an administrator
    who lacks the permission by now; UNKNOWN, also of who is not among those people any more; NOT_PERMITTED, where the account carries a
    permission that the administrator lacks.
    """
    both = take_both(authority, account_id)
    if isinstance(both, Refused):
        return both
    acting, account = both
    own = holding.permissions_of(acting)
    if permission in own:
        return account if holding.covers(own, account) else Refused(Reason.NOT_PERMITTED)
    if near is None:
        return Refused(Reason.SIGNED_OUT)
    permitted = near(acting, account)
    if not permitted and "people.read" not in own:
        return Refused(Reason.UNKNOWN)
    if holding.carried_by(account):
        return Refused(Reason.NOT_PERMITTED)
    return account if permission in permitted else Refused(Reason.SIGNED_OUT)


def take_both(authority: Authority, account_id: int) -> tuple[Account, Account] | Refused:
    """Take the account of who acts, and another one, which may be closed; call it before anything is written.

    Refusals: SIGNED_OUT where who acts is signed in no more, UNKNOWN.
    """
    database.pause()  # whatever is held by now would be held in another order than by who comes the other way
    taken: dict[int, Account] = {}
    for number in sorted({authority.account_id, account_id}):
        is_own = number == authority.account_id
        found = take(authority if is_own else Authority(number), is_closed_too=not is_own)
        if isinstance(found, Refused):
            return found if is_own else Refused(Reason.UNKNOWN)
        taken[number] = found
    return taken[authority.account_id], taken[account_id]


def hold(account_id: int, epoch: int) -> bool:
    """Keep others from changing an account until the commit, and return whether it is open and of this epoch."""
    query = select(Account.id).where(
        Account.id == account_id, Account.token_epoch == epoch, Account.disabled_at.is_(None)
    )
    return database.connection().execute(query.with_for_update(read=True)).first() is not None


def of(account: Account) -> Authority:
    """Return by what this request acts on an account, to take it again after a pause.

    It is what the account was taken by before; else the account as it was read, which is all that a password is compared with.
    """
    known: Authority | None = session().info.get(AUTHORITIES, {}).get(account.id)
    if known is None:
        return Authority(account.id, account.token_epoch)
    return known if known.session_id is not None else replace(known, epoch=account.token_epoch)


def note(account: Account) -> None:
    """Note that an account is held: it was locked in this transaction, or made in it."""
    database.held().add(account.id)


def require(account_id: int) -> None:
    """Make sure that this transaction holds an account.

    Raises:
        NotHeld: a request has not taken it.
    """
    if caller.is_there() and account_id not in database.held():
        raise NotHeld("the account is written to and was not taken")


def _is_signed_in(account: Account, session_id: str) -> bool:
    row = session().get(BrowserSession, session_id, populate_existing=True)
    if row is None or row.account_id != account.id or row.epoch != account.token_epoch:
        return False
    return sessions.is_live(row)


def _let_go(connection: Connection) -> None:
    """Forget at the beginning of a transaction what the one before held."""
    connection.info.pop(HELD, None)


def _watch(connection: Connection, statement: Any, rows: Any, values: Any, _options: Any) -> None:
    if not isinstance(statement, Insert | Update | Delete) or not caller.is_there():
        return
    _refuse_unless_held(statement, [*rows, *([values] if values else [])], connection.info.get(HELD, set()))


def _refuse_unless_held(statement: Insert | Update | Delete, given: list[Mapping[str, Any]], held: set[int]) -> None:
    table = statement.table
    if not isinstance(table, Table) or not _is_watched(table) or _is_free(statement, table, given):
        return
    named = _accounts_named(statement, table, given)
    if not held or not named <= held:
        raise NotHeld(f"a request wrote to {table.name}, of an account that it had not taken")


def _may_need(change: UpdateBase) -> bool:
    """Return whether an account must be held for a change that was declared beforehand."""
    if not isinstance(change, Insert | Update | Delete) or not isinstance(change.table, Table):
        return True
    return _is_watched(change.table) and not _is_free(change, change.table, [])


def _locks(part: object) -> bool:
    """Return whether a part of a declared statement locks accounts."""
    if not isinstance(part, Select) or part._for_update_arg is None:
        return False
    locked = part._for_update_arg.of or [table for source in part.get_final_froms() for table in _tables(source)]
    return any(getattr(table, "name", None) == Account.__tablename__ for table in locked)


def _tables(source: FromClause) -> Iterator[FromClause]:
    if not isinstance(source, Join):
        yield source
        return
    yield from _tables(source.left)
    yield from _tables(source.right)


def _check(change: UpdateBase, values: Mapping[str, Any], held: set[int]) -> None:
    if isinstance(change, Insert | Update | Delete) and caller.is_there():
        _refuse_unless_held(change, [dict(values)], held)


def _is_watched(table: Table) -> bool:
    return (table.name == Account.__tablename__ or "account_id" in table.columns) and table.name not in FREE


def _is_free(statement: Insert | Update | Delete, table: Table, given: list[Mapping[str, Any]]) -> bool:
    if isinstance(statement, Delete):
        return table.name in FREE_DELETIONS
    if isinstance(statement, Insert):
        return table.name == Account.__tablename__  # a new one is nobody's yet
    return _columns(statement, table, given) <= FREE_COLUMNS.get(table.name, frozenset())


def _columns(statement: Insert | Update, table: Table, given: list[Mapping[str, Any]]) -> set[str]:
    """Return the columns that a statement sets."""
    own = {str(getattr(name, "key", name)) for name in statement._values or ()}
    return own | {name for row in given for name in row if name in table.columns}


def _accounts_named(statement: Insert | Update | Delete, table: Table, given: list[Mapping[str, Any]]) -> set[int]:
    """Return the accounts that a statement names, where it says so: the rows of an insert, and an account that is written back."""
    if table.name == Account.__tablename__:
        return {row["accounts_id"] for row in given if "accounts_id" in row}
    if not isinstance(statement, Insert):
        return set()
    own = {getattr(name, "key", name): value for name, value in (statement._values or {}).items()}
    value = getattr(own.get("account_id"), "value", None)
    return {row["account_id"] for row in given if "account_id" in row} | ({value} if value is not None else set())
