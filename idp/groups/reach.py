"""Whom a role reaches that is limited to one group's people: the members of the group, and of the groups below it, as of now.

What such a role permits stands in `accounts.authority.permissions.LIMITED`. Nothing here writes.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Select, select

from idp.accounts import words as account_words
from idp.accounts.authority import holding
from idp.accounts.authority.permissions import LIMITED
from idp.accounts.models import Account
from idp.base.database import session
from idp.base.finding import Found
from idp.groups.lookup import counts
from idp.groups.models import Group, GroupAncestor, GroupMember

READING = "people.read"


@dataclass(frozen=True)
class Reach:
    """The groups to whose people somebody's limited roles reach, with what they permit there; false without any."""

    groups: Mapping[int, frozenset[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.groups)

    @property
    def permissions(self) -> frozenset[str]:
        """What is permitted on some people at all."""
        return frozenset().union(*self.groups.values())


def of(acting: Account) -> Reach:
    """Return the reach of somebody's limited roles now; none on a closed account, or while nobody has proved its address."""
    groups: dict[int, frozenset[str]] = {}
    for row in holding.limited_of(acting) if acting.is_administrator else []:
        groups[row.group_id] = groups.get(row.group_id, frozenset()) | LIMITED.get(row.role, frozenset())
    return Reach(groups)


def permissions_on(reach: Reach, account: Account) -> frozenset[str]:
    """Return what is permitted on somebody; nothing on who is in none of the groups. Who administers anything is seen and not acted on."""
    if not reach:
        return frozenset()
    inside = _join().where(GroupMember.account_id == account.id, GroupAncestor.ancestor_id.in_(reach.groups))
    found = session().scalars(inside.with_only_columns(GroupAncestor.ancestor_id).distinct())
    permitted: frozenset[str] = frozenset().union(*(reach.groups[number] for number in found))
    return permitted & {READING} if account.is_admin else permitted


def permissions_of_on(acting: Account, account: Account) -> frozenset[str]:
    """Return what somebody's limited roles permit on somebody else now; both accounts are held where an act depends on it."""
    return permissions_on(of(acting), account)


def search(group_ids: Collection[int], term: str, most: int) -> Found[Account]:
    """Return up to `most` people of some groups, by words as `accounts.lookup.search`; a group's people include those of groups below."""
    among = account_words.index.among(GroupMember.account_id, term)
    inside = _join().where(GroupAncestor.ancestor_id.in_(sorted(group_ids)), among)
    keys = inside.group_by(GroupMember.account_id).order_by(GroupMember.account_id).limit(most + 1)
    found = session().scalars(keys).all()
    return Found(select(Account).order_by(Account.id), Account.id, found[:most], is_cut_off=len(found) > most)


def paths(group_ids: Collection[int]) -> dict[int, str]:
    """Return the paths of groups by their numbers."""
    rows = session().execute(select(Group.id, Group.path).where(Group.id.in_(group_ids)))
    return {row[0]: row[1] for row in rows}


def _join() -> Select[int]:
    query = select(GroupMember.account_id).join(GroupAncestor, GroupAncestor.group_id == GroupMember.group_id)
    return query.where(counts(GroupMember))
