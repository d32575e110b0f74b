"""Groups as resources (RFC 7643, section 4.2). `displayName` is the path without the slash before it: a group of the first level is called
by its name, one below another by both, such as eng/backend.

Members are those of the group itself, whose membership counts now. That of groups within a group is for administrators to say.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from idp.accounts.models import Account
from idp.base.database import session
from idp.groups import lookup
from idp.groups.models import Group, GroupMember
from idp.scim import telling
from idp.scim.models import ScimGroupId
from idp.scim.problem import TOO_MANY, bad

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
MOST_MEMBERS = 10_000  # of one answer

Document = dict[str, Any]


@dataclass(frozen=True)
class Known:
    """What is known of one group: how the client that asks names it, how many belong to it, and since when the newest of them does."""

    group: Group
    external_id: str | None
    size: int
    newest: datetime | None

    @property
    def identifier(self) -> str:
        """The `id` of its resource."""
        return str(self.group.id)

    @property
    def written(self) -> Document:
        """The attributes that a client may write, but for the members."""
        own = {"externalId": self.external_id} if self.external_id is not None else {}
        return {"displayName": self.group.path.removeprefix("/"), **own}

    @property
    def version(self) -> str:
        """The entity tag: whoever joins is newer than all before, and whoever leaves makes the group smaller."""
        newest = self.newest.isoformat() if self.newest is not None else None
        changed = self.group.updated_at.isoformat()
        return telling.version_of(
            self.identifier, {**self.written, "members": json.dumps([self.size, newest, changed])}
        )


def know(group: Group, client_id: str) -> Known:
    """Return what is known of a group."""
    return know_all([group], client_id)[0]


def know_all(groups: Sequence[Group], client_id: str) -> list[Known]:
    """Return what is known of many groups, in their order."""
    numbers = [group.id for group in groups]
    sized = select(GroupMember.group_id, func.count(), func.max(GroupMember.added_at))
    sized = sized.where(GroupMember.group_id.in_(numbers), lookup.counts(GroupMember)).group_by(GroupMember.group_id)
    sizes = {row[0]: (row[1], row[2]) for row in session().execute(sized)}
    own = select(ScimGroupId.group_id, ScimGroupId.external_id)
    own = own.where(ScimGroupId.client_id == client_id, ScimGroupId.group_id.in_(numbers))
    names: dict[int, str] = dict(session().execute(own).all())
    return [Known(group, names.get(group.id), *sizes.get(group.id, (0, None))) for group in groups]


def tell(known: Iterable[Known], *, with_members: bool = True) -> list[Document]:
    """Return resources as they are sent.

    Raises:
        Problem: `tooMany`, where the groups have more members than one answer holds.
    """
    listed = list(known)
    if with_members and sum(one.size for one in listed) > MOST_MEMBERS:
        raise bad(
            TOO_MANY,
            f"One answer holds {MOST_MEMBERS} members. Ask with excludedAttributes=members, or for fewer groups.",
        )
    members = _members([one.group.id for one in listed]) if with_members else {}
    return [_tell_one(one, members.get(one.group.id, [])) for one in listed]


def _tell_one(known: Known, members: list[Document]) -> Document:
    group = known.group
    changed_at = max(group.updated_at, known.newest or group.updated_at)
    meta = {
        "resourceType": "Group",
        "created": telling.instant(group.created_at),
        "lastModified": telling.instant(changed_at),
        "location": telling.location("Groups", known.identifier),
        "version": known.version,
    }
    own = {"members": members} if members else {}
    return {"schemas": [GROUP], "id": known.identifier, **known.written, **own, "meta": meta}


def _members(numbers: list[int]) -> dict[int, list[Document]]:
    query = select(GroupMember.group_id, Account.sub).join(Account, Account.id == GroupMember.account_id)
    query = query.where(GroupMember.group_id.in_(numbers), lookup.counts(GroupMember)).order_by(GroupMember.account_id)
    found: dict[int, list[Document]] = defaultdict(list)
    for group_id, sub in session().execute(query):
        found[group_id].append({"value": sub, "$ref": telling.location("Users", sub), "type": "User"})
    return found
