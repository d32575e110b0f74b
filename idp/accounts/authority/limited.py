"""Roles for one group's people: giving them, taking them away, and their end. Whom they reach is known by `groups.reach`.

Whoever calls has taken the account concerned, as for `granting`, whose rules hold here, too: nobody gives what they do not have.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, delete, or_, select

from idp import audit
from idp.accounts import claiming, taking, telling
from idp.accounts.authority import granting, holding
from idp.accounts.authority.permissions import LIMITED, ROLES, limited_title
from idp.accounts.models import Account, GroupAdministrator
from idp.accounts.taking import Authority
from idp.base import clock
from idp.base.database import connection, insert_into, run, session
from idp.base.outcome import Reason, Refused


class Limit(NamedTuple):
    """The group to whose people a role is limited."""

    group_id: int
    path: str


def find(account: Account, role: str, group_id: int) -> GroupAdministrator | None:
    """Return a role that an account has for the people of a group."""
    return next((row for row in holding.limited_of(account) if (row.role, row.group_id) == (role, group_id)), None)


def listing() -> Select[GroupAdministrator]:
    """Return the query for all limited roles that somebody has, by group."""
    order = (GroupAdministrator.group_id, GroupAdministrator.role, GroupAdministrator.account_id)
    return select(GroupAdministrator).where(_is_live()).order_by(*order)


def grant(
    account: Account, role: str, limit: Limit, *, actor: Account | None, until: date | None = None
) -> Refused | None:
    """Give a role for the people of a group, for good or until the end of a day by UTC; or change its end.

    Refusals: ROLE_UNKNOWN; ROLE_UNLIMITED, of one that is for the whole server alone; NOT_PERMITTED, where the actor lacks any of what it
    permits; END_PAST; ADMINISTRATOR_UNFIT.
    """
    refused = judge(account, role, actor=actor, until=until)
    if refused is not None:
        return refused
    present, ends_at = find(account, role, limit.group_id), holding.end_of(until)
    if present is not None and present.ends_at == ends_at:
        return None
    before = holding.tell(account)
    values = {"given_by": granting.name_of(actor), "given_at": clock.now(), "ends_at": ends_at}
    keys = {"account_id": account.id, "group_id": limit.group_id, "role": role}
    statement = insert_into(GroupAdministrator).values(**keys, **values)
    connection().execute(statement.on_conflict_do_update(index_elements=list(keys), set_=values))
    granting.flag(account)
    audit.record(
        "administrator.changed" if before else "administrator.made",
        subject=account.sub,
        actor=granting.name_of(actor),
        role=role,
        group=limit.path,
        until=until.isoformat() if until is not None else None,
        changes={"roles": (before, holding.tell(account))},
    )
    title = limited_title(role, limit.path)
    telling.role_given(account, title, until=until, is_new=not before, actor=granting.sub_of(actor))
    return None


def withdraw(account: Account, role: str, limit: Limit, *, actor: Account | None) -> Refused | None:
    """Take away a role for the people of a group. Refusals: ROLE_UNKNOWN, ROLE_UNLIMITED, NOT_PERMITTED as for granting."""
    refused = _judge_role(role, actor)
    if refused is not None:
        return refused
    if find(account, role, limit.group_id) is None:
        return None
    _take_away(account, role, limit, by=granting.name_of(actor), sub=granting.sub_of(actor))
    return None


def hold() -> None:
    """Hold the account of everybody who has such a role; whoever deletes groups does so before the tree of groups is locked.

    Accounts come first everywhere: who puts somebody into a group holds the account, and waits for the tree then.
    """
    having = set(session().scalars(select(GroupAdministrator.account_id)))
    if having:
        taking.take_many(having)


def withdraw_with(paths: Mapping[int, str], *, actor: str) -> None:
    """Take away every role for the people of some groups, which are locked and about to be deleted: number and path of each.

    Whoever calls has let `hold` take the accounts; one that got such a role since then is taken here. Who is told is who would be told of
    any withdrawal.
    """
    query = select(GroupAdministrator).where(GroupAdministrator.group_id.in_(paths))
    rows = list(session().scalars(query.order_by(GroupAdministrator.account_id)))
    for row in rows:
        account = taking.take(Authority(row.account_id), is_closed_too=True)
        if isinstance(account, Account) and find(account, row.role, row.group_id) is not None:
            limit = Limit(row.group_id, paths[row.group_id])
            _take_away(account, row.role, limit, by=actor, sub=actor)


def purge(limit: int) -> int:
    """Remove up to `limit` roles for one group's people that have ended; return how many. They count no more from their end on."""
    ended = select(GroupAdministrator).where(GroupAdministrator.ends_at <= clock.now())
    rows = list(session().scalars(ended.order_by(GroupAdministrator.ends_at).limit(limit)))
    for row in rows:
        account = taking.take(Authority(row.account_id), is_closed_too=True)
        if not isinstance(account, Account):
            continue
        key = (row.account_id, row.group_id, row.role)
        current = session().get(GroupAdministrator, key, populate_existing=True)
        if current is None or current.ends_at is None or current.ends_at > clock.now():
            continue  # it was given anew meanwhile
        _remove(account, row.role, row.group_id)
        audit.record("administrator.ended", subject=account.sub, role=row.role, group=holding.path_of(row))
    return len(rows)


def judge(account: Account, role: str, *, actor: Account | None, until: date | None = None) -> Refused | None:
    """Return what speaks against giving a role for a group's people, as `grant` would, and write nothing."""
    refused = _judge_role(role, actor)
    if refused is not None:
        return refused
    ends_at = holding.end_of(until)
    if ends_at is not None and ends_at <= clock.now():
        return Refused(Reason.END_PAST, "until")
    if account.disabled_at is not None or not claiming.is_settled(account):
        return Refused(Reason.ADMINISTRATOR_UNFIT, "email")
    return None


def givable(permissions: Collection[str]) -> list[str]:
    """Return the roles that somebody with these permissions may give for a group's people."""
    return [role for role, own in LIMITED.items() if "authority.grant" in permissions and own <= set(permissions)]


def _judge_role(role: str, actor: Account | None) -> Refused | None:
    if role not in ROLES:
        return Refused(Reason.ROLE_UNKNOWN, "role")
    if role not in LIMITED:
        return Refused(Reason.ROLE_UNLIMITED, "role")
    if actor is not None and role not in givable(holding.permissions_of(actor)):
        return Refused(Reason.NOT_PERMITTED, "role")
    return None


def _take_away(account: Account, role: str, limit: Limit, *, by: str, sub: str | None) -> None:
    before = holding.tell(account)
    _remove(account, role, limit.group_id)
    event = "administrator.changed" if account.is_admin else "administrator.withdrawn"
    changes = {"roles": (before, holding.tell(account))}
    audit.record(event, subject=account.sub, actor=by, role=role, group=limit.path, changes=changes)
    title = limited_title(role, limit.path)
    telling.role_withdrawn(account, title, is_last=not account.is_admin, actor=sub)


def _remove(account: Account, role: str, group_id: int) -> None:
    session().flush()
    key = (GroupAdministrator.account_id == account.id, GroupAdministrator.group_id == group_id)
    one = delete(GroupAdministrator).where(*key, GroupAdministrator.role == role)
    run(one.execution_options(synchronize_session=False))
    granting.flag(account)


def _is_live() -> ColumnElement[bool]:
    return or_(GroupAdministrator.ends_at.is_(None), GroupAdministrator.ends_at > clock.now())
