"""Making, changing and deleting groups by the word of a directory, and who belongs to them.

A directory makes groups of the first level, and renames any in its place; to put one below another is for administrators, since a member
of a group is a member of every group above it. A request holds the accounts before the group, as pages do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from idp import audit
from idp.accounts import taking
from idp.accounts.authority import limited
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import pause, session
from idp.base.outcome import Busy, Refused
from idp.groups import lookup, members, service
from idp.groups.models import Group, GroupMember
from idp.scim import group_telling, matching, naming, patching, versions
from idp.scim.admission import Acting
from idp.scim.attributes import Path
from idp.scim.filters import Joined
from idp.scim.group_telling import Document, Known
from idp.scim.models import ScimGroupId
from idp.scim.patching import ADD, REMOVE, Operation
from idp.scim.problem import INVALID_VALUE, bad, forbidden, missing
from idp.scim.refusing import refusal
from idp.scim.schema import GROUPS, check_group

MOST_CHANGED = 5000  # members, by one request
TRIES = 3
MEMBERS = "members"


@dataclass
class Membership:
    """Who is to belong to a group, by `sub`: whoever does now, unless all are cleared, with some added and some removed."""

    is_cleared: bool = False
    added: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)

    def put(self, operation: Operation) -> None:
        """Note an operation on members, after those before it."""
        path, value = operation.path, operation.value
        if operation.op == REMOVE:
            self._remove(path, value)
            return
        if operation.op != ADD:
            self.is_cleared, self.added, self.removed = True, set(), set()
        for sub in values(value):
            self.added.add(sub)
            self.removed.discard(sub)

    def _remove(self, path: Path, value: Any) -> None:
        if path.chosen is None and value is None:
            self.is_cleared, self.added, self.removed = True, set(), set()
            return
        named = values(value) if path.chosen is None else _chosen(path)
        for sub in named:
            self.added.discard(sub)
            self.removed.add(sub)

    def __bool__(self) -> bool:
        return self.is_cleared or bool(self.added or self.removed)


def find(identifier: str, *, for_change: bool = False) -> Group:
    """Return a group by the `id` of its resource. Raises: Problem, 404."""
    number = lookup.read_number(identifier)
    group = lookup.find(number, for_change=for_change) if number is not None else None
    if group is None:
        raise missing("Group", identifier)
    return group


def create(acting: Acting, body: Mapping[str, Any]) -> Known:
    """Make a group of the first level (RFC 7644, section 3.3). Raises: Problem, `invalidValue`, `uniqueness`."""
    document = GROUPS.read(body)
    check_group(document)
    listed = Membership(added=set(values(document.get(MEMBERS))))
    people = _numbers(listed.added)
    held = taking.take_many(people.values())
    made = service.create(document["displayName"], actor=acting.actor)
    if isinstance(made, Refused):
        raise refusal(made)
    naming.put_external(ScimGroupId, acting.client_id, made.id, document.get("externalId"))
    if held:
        members.add_many(made, held, actor=acting.actor)
    return group_telling.know(made, acting.client_id)


def replace(acting: Acting, identifier: str, body: Mapping[str, Any], *, if_match: str | None = None) -> Known:
    """Change a group to what a body says (RFC 7644, section 3.5.1). Raises: Problem, as of `patch`."""
    document = GROUPS.read(body)
    check_group(document)
    listed = Membership(is_cleared=True, added=set(values(document.get(MEMBERS))))
    return _change(acting, identifier, lambda _present: document, listed, if_match)


def patch(acting: Acting, identifier: str, body: Mapping[str, Any], *, if_match: str | None = None) -> Known:
    """Change a group by operations (RFC 7644, section 3.5.2). Raises: Problem, 404, 412, `invalidValue`, `uniqueness`."""
    listed, others = Membership(), []
    for operation in patching.read(GROUPS, body):
        if operation.path.attribute is not None and operation.path.attribute.name == MEMBERS:
            listed.put(operation)
        else:
            others.append(operation)

    def make(present: Document) -> Document:
        for operation in others:
            patching.apply(present, operation)
        return present

    return _change(acting, identifier, make, listed, if_match)


def remove(acting: Acting, identifier: str, *, if_match: str | None = None) -> None:
    """Delete a group below which there is none. Raises: Problem, 403, 404, 412."""
    limited.hold()
    service.be_alone()
    group = find(identifier, for_change=True)
    versions.check(if_match, group_telling.know(group, acting.client_id).version)
    if service.hanging_on(group).groups:
        raise forbidden("There are groups below this one. An administrator can delete them together.")
    service.remove(group, actor=acting.actor)


def values(listed: Any) -> list[str]:
    """Return the people that a list of members names. Raises: Problem, `invalidValue`."""
    found = []
    for one in listed if isinstance(listed, list) else [listed] if listed else []:
        if str(one.get("type", "User")).lower() != "user":
            raise bad(INVALID_VALUE, "members: a group is put below another by administrators. Name people alone.")
        if not one.get("value"):
            raise bad(INVALID_VALUE, "members: each member needs a value, which is the id of a User.")
        found.append(str(one["value"]))
    return found


def _change(acting: Acting, identifier: str, make: Any, listed: Membership, if_match: str | None) -> Known:
    """Change a group and its members; where somebody joins it meanwhile who has to be removed, it is tried once more."""
    for _once_more in range(TRIES):
        wanted = _wanted(find(identifier), listed)
        held = taking.take_many({*wanted[0], *wanted[1]})
        service.be_alone()
        group = find(identifier, for_change=True)
        known = group_telling.know(group, acting.client_id)
        versions.check(if_match, known.version)
        added, removed = _wanted(group, listed)
        if {*added, *removed} <= held.keys():
            break
        pause()  # whoever came meanwhile is taken before the group
    else:
        raise Busy
    after = make(known.written)
    check_group(after)
    group = _rename(acting, group, after["displayName"])
    if after.get("externalId") != known.external_id:
        naming.put_external(ScimGroupId, acting.client_id, group.id, after.get("externalId"))
        audit.record("group.provisioned", actor=acting.actor, group=group.path, attributes="externalId")
    changed = members.remove_many(group, {number: held[number] for number in removed}, actor=acting.actor)
    changed += members.add_many(group, {number: held[number] for number in added}, actor=acting.actor)
    if changed:
        group.updated_at = clock.now()
        session().flush()
    return group_telling.know(group, acting.client_id)


def _rename(acting: Acting, group: Group, display_name: str) -> Group:
    """Give a group another name in its place."""
    present = group.path.removeprefix("/")
    if display_name == present:
        return group
    above, _, name = display_name.rpartition("/")
    if above != present.rpartition("/")[0]:
        raise bad(INVALID_VALUE, "displayName: only its last part can change; groups are moved by administrators.")
    parent = lookup.find(group.parent_id) if group.parent_id is not None else None
    changed = service.change(group, name=name, description=group.description, parent=parent, actor=acting.actor)
    if isinstance(changed, Refused):
        raise refusal(changed)
    return changed


def _wanted(group: Group, listed: Membership) -> tuple[list[int], list[int]]:
    """Return the numbers of those to add and to remove. Raises: Problem, `invalidValue`, for somebody who is not there."""
    added = _numbers(listed.added)
    if listed.is_cleared:
        present = set(session().scalars(select(GroupMember.account_id).where(GroupMember.group_id == group.id)))
        removed = present - set(added.values())
    else:
        removed = set(_numbers(listed.removed, are_needed=False).values())
    if len(added) + len(removed) > MOST_CHANGED:
        raise bad(INVALID_VALUE, f"members: one request changes {MOST_CHANGED} members at most. Send several.")
    return sorted(added.values()), sorted(removed)


def _numbers(subs: Iterable[str], *, are_needed: bool = True) -> dict[str, int]:
    """Return the numbers of accounts by their `sub`."""
    asked: Sequence[str] = sorted(subs)
    if len(asked) > MOST_CHANGED:
        raise bad(INVALID_VALUE, f"members: one request changes {MOST_CHANGED} members at most. Send several.")
    query = select(Account.sub, Account.id).where(Account.sub.in_(asked))
    found: dict[str, int] = dict(session().execute(query).all())
    unknown = next((sub for sub in asked if sub not in found), None)
    if unknown is not None and are_needed:
        raise bad(INVALID_VALUE, f"members: there is no User with the id {unknown[:100]}.")
    return found


def _chosen(path: Path) -> list[str]:
    """Return the people that the filter of a path chooses: `members[value eq "..."]`, or several of these joined by `or`."""
    condition = path.chosen
    parts = condition.parts if isinstance(condition, Joined) and condition.word == "or" else (condition,)
    found = []
    for part in parts:
        fixed = matching.fixed(part) if part is not None else None
        named = {name.lower(): value for name, value in (fixed or {}).items()}
        if not isinstance(named.get("value"), str):
            raise bad(
                INVALID_VALUE, 'members: a filter of members names each by its value, as members[value eq "..."].'
            )
        found.append(str(named["value"]))
    return found
