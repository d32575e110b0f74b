"""Finding groups: by number, by path, by words; what lies below one, and whose they are. Lists are queries, for pages to slice."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select

from idp.accounts import words as account_words
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import session
from idp.base.finding import Found
from idp.groups import naming, words
from idp.groups.models import LARGEST_ID, Group, GroupAncestor, GroupMember, GroupOwner

TOGETHER = 1000  # paths that are asked for at once


def find(group_id: int, *, for_change: bool = False) -> Group | None:
    """Return a group by its number; as it is at this moment, and locked, where its members or owners are going to be changed."""
    if not 0 < group_id <= LARGEST_ID:
        return None
    return session().get(Group, group_id, with_for_update=for_change or None, populate_existing=for_change)


def read_number(text: str) -> int | None:
    """Return the number that a text says; None where no group can have it."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_ID)) else 0
    return number if 0 < number <= LARGEST_ID else None


def find_by_path(path: str) -> Group | None:
    """Return a group by its path, as somebody typed it."""
    return session().scalar(select(Group).where(Group.path_folded == naming.fold_path(path)))


def find_paths(folded: Collection[str]) -> dict[str, tuple[int, str]]:
    """Return number and path of those groups that are there, by the folded path."""
    wanted, found = sorted(folded), dict[str, tuple[int, str]]()
    for begin in range(0, len(wanted), TOGETHER):
        some = Group.path_folded.in_(wanted[begin : begin + TOGETHER])
        rows = session().execute(select(Group.path_folded, Group.id, Group.path).where(some))
        found |= {row[0]: (row[1], row[2]) for row in rows}
    return found


def search(term: str, most: int) -> Found[Group]:
    """Return up to `most` groups by words of the path, or their beginnings, in any order; by path, each behind the one above it.

    A term without a letter or digit finds none, an empty one all.
    """
    return words.index.find(term, select(Group).order_by(Group.path_folded), most, by=Group.path_folded)


def children(group_id: int) -> Select[Group]:
    """Return the query for the groups right below one."""
    return select(Group).where(Group.parent_id == group_id).order_by(Group.path_folded)


def below(group_id: int) -> Select[int]:
    """Return the query for the numbers of a group and of every group below it."""
    return select(GroupAncestor.group_id).where(GroupAncestor.ancestor_id == group_id)


def counts(table: type[GroupMember], now: datetime | None = None) -> ColumnElement[bool]:
    """Say that a membership has not ended."""
    return or_(table.ends_at.is_(None), table.ends_at > (now or clock.now()))


def members(group_id: int, term: str = "") -> Select[GroupMember]:
    """Return the query for the memberships of a group itself, also those that have ended lately; of some people by words, as `search`."""
    query = select(GroupMember).where(GroupMember.group_id == group_id).order_by(GroupMember.account_id)
    return query.where(account_words.index.among(GroupMember.account_id, term))


def everybody(group_id: int) -> Select[int]:
    """Return the query for the accounts that belong to a group now: its own members, and those of the groups below it."""
    query = select(GroupMember.account_id).join(GroupAncestor, GroupAncestor.group_id == GroupMember.group_id)
    return query.where(GroupAncestor.ancestor_id == group_id, counts(GroupMember)).group_by(GroupMember.account_id)


def owners(group_id: int) -> list[Account]:
    """Return the owners of a group itself, by address."""
    query = select(Account).join(GroupOwner, GroupOwner.account_id == Account.id)
    return list(session().scalars(query.where(GroupOwner.group_id == group_id).order_by(Account.email)))


def people(account_ids: list[int]) -> dict[int, Account]:
    """Return accounts by their numbers."""
    return {account.id: account for account in session().scalars(select(Account).where(Account.id.in_(account_ids)))}


def memberships(account_id: int) -> list[tuple[Group, GroupMember]]:
    """Return the groups that a person was put into, by path, with the membership, also those that have ended lately."""
    query = select(Group, GroupMember).join(GroupMember, GroupMember.group_id == Group.id)
    rows = session().execute(query.where(GroupMember.account_id == account_id).order_by(Group.path_folded))
    return [(row[0], row[1]) for row in rows]


def owned(account_id: int) -> list[Group]:
    """Return the groups that a person owns, by path."""
    query = select(Group).join(GroupOwner, GroupOwner.group_id == Group.id)
    return list(session().scalars(query.where(GroupOwner.account_id == account_id).order_by(Group.path_folded)))


def may_manage(account_id: int, group_id: int) -> bool:
    """Return whether a person says who the members of a group are: an owner of it, or of a group above it, and never of one below."""
    above = select(GroupOwner.group_id).join(GroupAncestor, GroupAncestor.ancestor_id == GroupOwner.group_id)
    mine = above.where(GroupAncestor.group_id == group_id, GroupOwner.account_id == account_id)
    return session().scalar(mine.limit(1)) is not None
