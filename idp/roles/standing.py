"""Where somebody stands: every group that a person belongs to, and every role that a client may be told of, read in one statement.

Of the tree the closure is read, so that it is one join however deep it is. What has ended by `now` counts for nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, or_, select, union, union_all
from sqlalchemy.sql.base import Executable

from idp.accounts.models import Account
from idp.base import clock
from idp.base.statements import parameter, statement
from idp.groups.models import Group, GroupAncestor, GroupMember
from idp.roles.models import GroupRole, Role, RoleHolder

MOST_READ = 2000  # of each kind: more than anybody can be told
GROUP, ROLE = "group", "role"


@dataclass(frozen=True)
class Standing:
    """Groups as paths and as names, in the same order; roles of the server, and of the client that asks."""

    paths: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    of_server: tuple[str, ...] = ()
    of_client: tuple[str, ...] = ()


def of(account_id: int, client_id: str | None, now: datetime | None = None) -> Standing:
    """Return where somebody stands, with the roles of the server and of this client."""
    rows = _standing.all(account_id=account_id, client_id=client_id, now=now or clock.now())
    groups = sorted((row.text, row.detail) for row in rows if row.kind == GROUP)
    roles = sorted((row.text, row.detail or "") for row in rows if row.kind == ROLE)
    return Standing(
        tuple(path for path, _name in groups),
        tuple(name for _path, name in groups),
        tuple(name for name, owner in roles if not owner),
        tuple(name for name, owner in roles if owner),
    )


@statement
def _standing(_dialect: str) -> Executable:
    groups = (
        select(literal(GROUP).label("kind"), Group.path.label("text"), Group.name.label("detail"))
        .where(Group.id.in_(_groups()))
        .limit(MOST_READ + 1)
        .subquery()
    )
    is_told = or_(Role.client_id.is_(None), Role.client_id == parameter("client_id", Role.client_id))
    roles = (
        select(literal(ROLE).label("kind"), Role.name.label("text"), Role.client_id.label("detail"))
        .where(Role.id.in_(_roles()), is_told)
        .limit(MOST_READ + 1)
        .subquery()
    )
    return union_all(select(groups), select(roles))


def _groups() -> Select[Any]:
    """Return the numbers of the groups that somebody belongs to, those above the ones that they were put into among them."""
    query = select(GroupAncestor.ancestor_id).join(GroupMember, GroupMember.group_id == GroupAncestor.group_id)
    return query.where(GroupMember.account_id == _account_id(), _counts(GroupMember.ends_at))


def _roles() -> Any:
    """Return the numbers of the roles that somebody was given, has by a group, or has by default."""
    own = select(RoleHolder.role_id).where(RoleHolder.account_id == _account_id(), _counts(RoleHolder.ends_at))
    by_group = (
        select(GroupRole.role_id)
        .join(GroupAncestor, GroupAncestor.ancestor_id == GroupRole.group_id)
        .join(GroupMember, GroupMember.group_id == GroupAncestor.group_id)
        .where(GroupMember.account_id == _account_id(), _counts(GroupMember.ends_at), _counts(GroupRole.ends_at))
    )
    default = select(Role.id).join(Account, Account.id == _account_id())
    default = default.where(Role.default_from.is_not(None), Role.default_from <= Account.created_at)
    return union(own, by_group, default)


def _account_id() -> ColumnElement[int]:
    return parameter("account_id", GroupMember.account_id)


def _counts(ends_at: Any) -> ColumnElement[bool]:
    return or_(ends_at.is_(None), ends_at > parameter("now", GroupMember.ends_at))
