"""Who administers: making somebody an administrator and withdrawing it.

An enabled administrator with a verified address always remains.
"""

from sqlalchemy import func, select

from idp import audit
from idp.accounts import telling
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import connection, session
from idp.base.outcome import Reason, Refused

ADMINISTRATORS = 7305120  # the number of the advisory lock


def make_administrator(account: Account, *, actor: str) -> Refused | None:
    """Give administrator rights. Refusal: UNKNOWN, for a disabled account or an unproved address."""
    if account.disabled_at is not None or not account.is_verified:
        return Refused(Reason.UNKNOWN)
    if not account.is_admin:
        _set(account, True, "administrator.made", actor)
    return None


def withdraw_administrator(account: Account, *, actor: str) -> Refused | None:
    """Take administrator rights away. Refusal: LAST_ADMINISTRATOR."""
    if not account.is_admin:
        return None
    if is_last_administrator(account):
        return Refused(Reason.LAST_ADMINISTRATOR)
    _set(account, False, "administrator.withdrawn", actor)
    return None


def is_last_administrator(account: Account) -> bool:
    """Return whether nobody else could administer; the answer holds until the commit."""
    return account.is_administrator and _list_administrators() <= {account.id}


def has_administrator() -> bool:
    """Return whether anybody can administer this server."""
    return bool(_list_administrators())


def _list_administrators() -> set[int]:
    """Return all administrators. Whoever asks is alone with the answer until the commit, so that two who withdraw each other cannot both
    succeed. Their rows are not locked: who asks holds some of them already, and two would wait for each other.
    """
    if connection().dialect.name == "postgresql":
        connection().execute(select(func.pg_advisory_xact_lock(ADMINISTRATORS)))
    query = select(Account.id).where(
        Account.is_admin, Account.email_verified_at.is_not(None), Account.disabled_at.is_(None)
    )
    return set(session().scalars(query))


def _set(account: Account, is_admin: bool, event: str, actor: str) -> None:
    account.is_admin = is_admin
    account.updated_at = clock.now()
    session().flush()
    audit.record(event, subject=account.sub, actor=actor)
    telling.rights_changed(account, made=is_admin, actor=actor)
