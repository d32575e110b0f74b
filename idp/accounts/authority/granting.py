"""Giving roles to administrators and taking them away: by who has them, to whom they fit, and never the last owner's.

Whoever calls has taken the account concerned. `actor` is an administrator, or nobody: the operator at the command line, who may all.
"""

from datetime import date, datetime

from sqlalchemy import delete, select

from idp import audit
from idp.accounts import claiming, taking, telling
from idp.accounts.authority import holding
from idp.accounts.authority.permissions import OWNER, ROLES, titles
from idp.accounts.models import Account, AdministratorRole
from idp.accounts.taking import Authority
from idp.base import clock
from idp.base.database import connection, insert_into, run, session
from idp.base.outcome import Reason, Refused

COMMAND_LINE = "command line"


def grant(account: Account, role: str, *, actor: Account | None, until: date | None = None) -> Refused | None:
    """Give a role, for good or until the end of a day by UTC; or change its end.

    Refusals: ROLE_UNKNOWN; NOT_PERMITTED, where the actor lacks any of its permissions; END_PAST; ADMINISTRATOR_UNFIT, for a disabled
    account or an unproved address; LAST_ADMINISTRATOR, for an end of the last owner's.
    """
    refused = judge(account, role, actor=actor, until=until)
    if refused is not None:
        return refused
    present, ends_at = holding.find(account, role), holding.end_of(until)
    if present is not None and present.ends_at == ends_at:
        return None
    before = holding.tell(account)
    _write(account, role, by=name_of(actor), ends_at=ends_at)
    _note(account, "administrator.changed" if before else "administrator.made", role, before, actor, until=until)
    telling.role_given(account, titles()[role], until=until, is_new=not before, actor=sub_of(actor))
    return None


def withdraw(account: Account, role: str, *, actor: Account | None) -> Refused | None:
    """Take a role away. Refusals: ROLE_UNKNOWN, NOT_PERMITTED as for granting, LAST_ADMINISTRATOR."""
    if role not in ROLES:
        return Refused(Reason.ROLE_UNKNOWN, "role")
    if not _may_give(role, actor):
        return Refused(Reason.NOT_PERMITTED, "role")
    if holding.find(account, role) is None:
        return None
    if role == OWNER and holding.is_last_owner(account):
        return Refused(Reason.LAST_ADMINISTRATOR)
    before = holding.tell(account)
    _remove(account, role)
    event = "administrator.changed" if account.is_admin else "administrator.withdrawn"
    _note(account, event, role, before, actor)
    telling.role_withdrawn(account, titles()[role], is_last=not account.is_admin, actor=sub_of(actor))
    return None


def give(account: Account, role: str, *, by: str, ends_at: datetime | None = None) -> None:
    """Give a role without judging, and say nothing of it: for whoever founds the server, and audits and tells that."""
    _write(account, role, by=by, ends_at=ends_at)


def purge(limit: int) -> int:
    """Remove up to `limit` roles that have ended; return how many. They count no more from their end on."""
    ended = select(AdministratorRole).where(AdministratorRole.ends_at <= clock.now())
    rows = list(session().scalars(ended.order_by(AdministratorRole.ends_at).limit(limit)))
    for row in rows:
        account = taking.take(Authority(row.account_id), is_closed_too=True)
        if not isinstance(account, Account):
            continue
        current = session().get(AdministratorRole, (row.account_id, row.role), populate_existing=True)
        if current is None or current.ends_at is None or current.ends_at > clock.now():
            continue  # it was given anew meanwhile
        _remove(account, row.role)
        audit.record("administrator.ended", subject=account.sub, role=row.role)
    return len(rows)


def judge(account: Account, role: str, *, actor: Account | None, until: date | None = None) -> Refused | None:
    """Return what speaks against giving a role, as `grant` would, and write nothing."""
    ends_at = holding.end_of(until)
    if role not in ROLES:
        return Refused(Reason.ROLE_UNKNOWN, "role")
    if not _may_give(role, actor):
        return Refused(Reason.NOT_PERMITTED, "role")
    if ends_at is not None and ends_at <= clock.now():
        return Refused(Reason.END_PAST, "until")
    if account.disabled_at is not None or not claiming.is_settled(account):
        return Refused(Reason.ADMINISTRATOR_UNFIT, "email")
    if role == OWNER and ends_at is not None and holding.is_last_owner(account):
        return Refused(Reason.LAST_ADMINISTRATOR)
    return None


def flag(account: Account) -> None:
    """Write beside an account whether it has any role, after one was given or taken."""
    account.is_admin, account.updated_at = holding.has_any(account), clock.now()
    session().flush()


def _may_give(role: str, actor: Account | None) -> bool:
    if actor is None:
        return True
    own = holding.permissions_of(actor)
    return "authority.grant" in own and ROLES[role] <= own


def _write(account: Account, role: str, *, by: str, ends_at: datetime | None) -> None:
    session().flush()
    values = {"given_by": by, "given_at": clock.now(), "ends_at": ends_at}
    statement = insert_into(AdministratorRole).values(account_id=account.id, role=role, **values)
    keys = [AdministratorRole.account_id, AdministratorRole.role]
    connection().execute(statement.on_conflict_do_update(index_elements=keys, set_=values))
    flag(account)


def _remove(account: Account, role: str) -> None:
    session().flush()
    one = (AdministratorRole.account_id == account.id, AdministratorRole.role == role)
    run(delete(AdministratorRole).where(*one).execution_options(synchronize_session=False))
    flag(account)


def _note(
    account: Account, event: str, role: str, before: list[str], actor: Account | None, *, until: date | None = None
) -> None:
    changes = {"roles": (before, holding.tell(account))}
    end = until.isoformat() if until is not None else None
    audit.record(event, subject=account.sub, actor=name_of(actor), role=role, until=end, changes=changes)


def sub_of(actor: Account | None) -> str | None:
    """Return the `sub` of who gives or takes, if it is somebody."""
    return actor.sub if actor is not None else None


def name_of(actor: Account | None) -> str:
    """Return who gives or takes, as rows and the audit log have it."""
    return actor.sub if actor is not None else COMMAND_LINE
