"""Giving roles to people and to groups, for good or until a day, and taking them. A request has taken the account before."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, insert, or_, select

from idp import audit
from idp.accounts import words as account_words
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import connection, session
from idp.base.expiry import delete_some
from idp.base.outcome import Reason, Refused
from idp.groups import ending
from idp.groups.models import Group, GroupAncestor, GroupMember
from idp.roles import service
from idp.roles.models import GroupRole, Role, RoleHolder

Given = RoleHolder | GroupRole


def give(role: Role, account: Account, *, ends_at: datetime | None = None, actor: str) -> Refused | None:
    """Give somebody a role until an instant, or for good; of one who has it the end changes. Refusal: UNKNOWN, where it is gone."""
    if service.find(role.id, for_change=True) is None:
        return Refused(Reason.UNKNOWN, "role")
    present = session().get(RoleHolder, (account.id, role.id), populate_existing=True)
    new = RoleHolder(account_id=account.id, role_id=role.id, given_at=clock.now(), ends_at=ends_at)
    _put(present, new, "role.given", role, subject=account.sub, actor=actor)
    return None


def take(role: Role, account: Account, *, actor: str) -> bool:
    """Take a role from somebody; False where it was not given to them. What they have by a group, or by default, stays."""
    present = session().get(RoleHolder, (account.id, role.id), populate_existing=True)
    return _drop(present, "role.taken", role, subject=account.sub, actor=actor)


def give_new(pairs: Collection[tuple[int, int]]) -> None:
    """Give roles for good, by numbers of accounts that are held and of roles they were not given; whoever calls records it.

    Raises:
        IntegrityError: one of the roles is gone by now.
    """
    now = clock.now()
    rows = [{"account_id": account_id, "role_id": role_id, "given_at": now} for account_id, role_id in sorted(pairs)]
    if rows:
        connection().execute(insert(RoleHolder), rows)


def among(account_ids: Collection[int]) -> set[tuple[int, int]]:
    """Return which roles these accounts were given themselves, or had lately: numbers of accounts and roles."""
    query = select(RoleHolder.account_id, RoleHolder.role_id).where(RoleHolder.account_id.in_(account_ids))
    return {(row[0], row[1]) for row in session().execute(query)}


def give_to_group(role: Role, group: Group, *, ends_at: datetime | None = None, actor: str) -> Refused | None:
    """Give the members of a group a role, and those of the groups below it. Refusal: UNKNOWN, where either is gone."""
    if session().get(Group, group.id, with_for_update=True, populate_existing=True) is None:
        return Refused(Reason.UNKNOWN, "group")
    if service.find(role.id, for_change=True) is None:
        return Refused(Reason.UNKNOWN, "role")
    present = session().get(GroupRole, (group.id, role.id), populate_existing=True)
    new = GroupRole(group_id=group.id, role_id=role.id, given_at=clock.now(), ends_at=ends_at)
    _put(present, new, "role.given_to_group", role, actor=actor, group=group.path)
    return None


def take_from_group(role: Role, group: Group, *, actor: str) -> bool:
    """Take a role from a group; False where it was not given to that itself."""
    present = session().get(GroupRole, (group.id, role.id), populate_existing=True)
    return _drop(present, "role.taken_from_group", role, actor=actor, group=group.path)


def holders(role_id: int, term: str = "") -> Select[RoleHolder]:
    """Return the query for those to whom a role was given themselves, also those for whom it has ended lately; of some, by words."""
    query = select(RoleHolder).where(RoleHolder.role_id == role_id).order_by(RoleHolder.account_id)
    return query.where(account_words.index.among(RoleHolder.account_id, term))


def groups_of(role_id: int) -> list[tuple[Group, GroupRole]]:
    """Return the groups that a role was given to, by path."""
    query = select(Group, GroupRole).join(GroupRole, GroupRole.group_id == Group.id)
    rows = session().execute(query.where(GroupRole.role_id == role_id).order_by(Group.path_folded).limit(1000))
    return [(row[0], row[1]) for row in rows]


def roles_of_group(group_id: int) -> list[tuple[Role, GroupRole]]:
    """Return the roles that were given to a group itself, by name."""
    query = select(Role, GroupRole).join(GroupRole, GroupRole.role_id == Role.id)
    rows = session().execute(query.where(GroupRole.group_id == group_id).order_by(Role.name_folded).limit(1000))
    return [(row[0], row[1]) for row in rows]


def roles_of(account: Account) -> list[tuple[Role, str, datetime | None]]:
    """Return every role that somebody has, by name, each with why: `given`, `default`, or the path of a group; and when that ends."""
    now = clock.now()
    own = select(Role, RoleHolder.ends_at).join(RoleHolder, RoleHolder.role_id == Role.id)
    own = own.where(RoleHolder.account_id == account.id, _counts(RoleHolder.ends_at, now))
    found = [(row[0], "given", row[1]) for row in session().execute(own)]
    by_group = (
        select(Role, Group.path, GroupRole.ends_at)
        .join(GroupRole, GroupRole.role_id == Role.id)
        .join(Group, Group.id == GroupRole.group_id)
        .join(GroupAncestor, GroupAncestor.ancestor_id == GroupRole.group_id)
        .join(GroupMember, GroupMember.group_id == GroupAncestor.group_id)
        .where(GroupMember.account_id == account.id)
        .where(_counts(GroupMember.ends_at, now), _counts(GroupRole.ends_at, now))
        .distinct()
    )
    found += [(row[0], row[1], row[2]) for row in session().execute(by_group)]
    default = select(Role).where(Role.default_from.is_not(None), Role.default_from <= account.created_at)
    found += [(role, "default", None) for role in session().scalars(default)]
    return sorted(found, key=lambda entry: (entry[0].name_folded, entry[0].client_id or "", entry[1]))


def purge(limit: int) -> int:
    """Delete up to `limit` each of what ended a month ago, of people and of groups; return how many."""
    before = clock.now() - ending.KEPT
    untils: list[tuple[type[Given], Any]] = [(RoleHolder, RoleHolder.ends_at), (GroupRole, GroupRole.ends_at)]
    return sum(delete_some(table, and_(until.is_not(None), until < before), until, limit) for table, until in untils)


def _counts(ends_at: Any, now: datetime) -> ColumnElement[bool]:
    return or_(ends_at.is_(None), ends_at > now)


def _put(
    present: Given | None,
    new: Given,
    event: str,
    role: Role,
    *,
    actor: str,
    subject: str | None = None,
    group: str | None = None,
) -> None:
    """Keep what was given, or its new end, and record it where anything is new."""
    if present is not None and present.ends_at == new.ends_at:
        return
    until = ending.tell(new.ends_at)
    changes = {"until": (ending.tell(present.ends_at), until)} if present is not None else None
    if present is None:
        session().add(new)
    else:
        present.ends_at = new.ends_at
    session().flush()
    audit.record(
        event,
        client_id=role.client_id,
        subject=subject,
        actor=actor,
        changes=changes,
        role=role.name,
        group=group,
        until=until if present is None else None,
    )


def _drop(
    present: Given | None, event: str, role: Role, *, actor: str, subject: str | None = None, group: str | None = None
) -> bool:
    if present is None:
        return False
    until = ending.tell(present.ends_at)
    session().delete(present)
    session().flush()
    audit.record(
        event, client_id=role.client_id, subject=subject, actor=actor, role=role.name, group=group, until=until
    )
    return True
