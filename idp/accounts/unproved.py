"""Accounts whose address nobody has proved. They are no claim on it: they give way to whoever proves it, and go by themselves.

Sign-ups of older interfaces and of providers that vouch for no address make them; the pages make an account only once its address is
proved. One that an operator made is vouched for: it waits for its owner, who gets in by a reset.
"""

from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select

from idp import audit, sessions
from idp.accounts import erasure, taking
from idp.accounts.lookup import find_by_email
from idp.accounts.models import Account
from idp.accounts.taking import Authority
from idp.base import clock
from idp.base.database import commit, session
from idp.lifetimes import LIFETIMES

FIRST_VISIT = timedelta(hours=1)
GRACE = LIFETIMES.verify_link  # for its maker to prove the address


def gives_way(account: Account) -> bool:
    """Return whether an account has no claim on its address, which nobody proved and no operator vouches for."""
    return not account.is_verified and not account.is_vouched_for


def is_abandoned(account: Account) -> bool:
    """Return whether an account that gives way is a day old, and was not used since the hour in which it was made."""
    if not gives_way(account) or account.created_at + GRACE > clock.now():
        return False
    return _last_used_at(account) <= account.created_at + FIRST_VISIT


def make_room(email: str, *, but: int | None = None) -> None:
    """Delete the account that holds an address without a claim on it, for whoever has proved it just now; `but` stays."""
    found = find_by_email(email)
    holder = taking.take(Authority(found.id), is_closed_too=True) if found and found.id != but else None
    if isinstance(holder, Account) and holder.email == email and gives_way(holder):
        audit.record("account.disowned", subject=holder.sub)
        erasure.remove(holder)


def purge(limit: int) -> int:
    """Delete up to `limit` accounts that nobody proved and nobody has used for a week, each in a transaction of its own; return how many.

    An account that somebody else holds is left to the next run.
    """
    before, count = clock.now() - LIFETIMES.unproved_account, 0
    due = session().scalars(_due(before).limit(limit)).all()
    commit()
    for account_id in due:
        one = select(Account).where(Account.id == account_id).with_for_update(skip_locked=True)
        account = session().scalar(one, execution_options={"populate_existing": True})
        # Its owner may have proved it since, or come back to it.
        if account is not None and gives_way(account) and _last_used_at(account) <= before:
            audit.record("account.erased", subject=account.sub)
            erasure.remove(account)
            count += 1
        commit()
    return count


def _due(before: datetime) -> Select[int]:
    """Return the query for the numbers of accounts that give way and were not used since, the oldest first."""
    return (
        select(Account.id)
        .where(
            Account.created_at <= before,
            Account.email_verified_at.is_(None),
            Account.is_vouched_for.is_(False),
            or_(Account.last_sign_in_at.is_(None), Account.last_sign_in_at <= before),
            ~sessions.are_seen_since(Account.id, before),
        )
        .order_by(Account.id)
    )


def _last_used_at(account: Account) -> datetime:
    instants = (account.created_at, account.last_sign_in_at, sessions.last_seen_at(account.id))
    return max(instant for instant in instants if instant is not None)
