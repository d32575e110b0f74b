"""Roles as a file has them: of the server and of clients, who has them by default, and which groups. Whom they were given to is data."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select

from idp.applying.form import Entry
from idp.applying.shapes import Filled
from idp.applying.states import YES, State, Terms, refuse
from idp.base import clock
from idp.base.database import session
from idp.base.outcome import Reason, Refused
from idp.groups import ending, lookup, naming
from idp.groups.models import Group
from idp.roles import giving, service
from idp.roles.models import Role
from idp.roles.service import Default

FIELDS = {"group": "groups", "until": "groups"}


def look(key: str) -> State | None:
    """Return a role by its name, or its name and its client's identifier behind a space; locked."""
    found = _find(key)
    locked = service.find(found.id, for_change=True) if found is not None else None
    return _tell(locked) if locked is not None else None


def put(entry: Entry, terms: Terms) -> list[Refused]:
    """Make a role, or change it, and say which groups have it."""
    values = entry.values
    told, default = values.get("description", ""), Default(values.get("default", Default.NOBODY.value))
    present = _find(entry.key)
    done: Role | Refused | None = present
    if present is None:
        owner = values.get("client_id")
        done = service.create(values["name"], client_id=owner, description=told, default=default, actor=terms.actor)
    elif present.name != values["name"].strip():
        return [refuse("name", f"The role is called “{present.name}”, and its name stays: applications go by it.")]
    elif (naming.read_description(told), default) != (present.description, service.default_of(present)):
        done = service.change(present, description=told, default=default, actor=terms.actor)
    if not isinstance(done, Role):
        return [done] if done is not None else []
    return _put_groups(done, values["groups"], terms) if "groups" in values else []


def remove(key: str, terms: Terms) -> list[Refused]:
    """Delete a role; with `YES` one that people were given, too."""
    role = _find(key)
    if role is None:
        return []
    people = service.hanging_on(role).people
    if people and YES not in terms.accepted:
        return [refuse(None, f"It was given to {people} people. Say --yes to take it from them.")]
    service.remove(role, actor=terms.actor)
    return []


def every(_after: str = "", _most: int | None = None) -> Iterator[State]:
    """Yield every role, those of the server first, then by client, by name."""
    query = select(Role).order_by(Role.client_id.is_not(None), Role.client_id, Role.name_folded)
    for role in session().scalars(query):
        yield _tell(role)


def member_of(field: str | None) -> str | None:
    """Return the member that a refusal's field is about."""
    return FIELDS.get(field or "", field)


def _find(key: str) -> Role | None:
    name, _space, client_id = key.partition(" ")
    return service.find_by_name(name, client_id or None)


def _put_groups(role: Role, wanted: list[Filled], terms: Terms) -> list[Refused]:
    """Give a role to the groups that are named, and take it from others. A last day that is over gives nothing."""
    refusals: list[Refused] = []
    given: dict[int, tuple[Group, datetime | None]] = {}
    for row in wanted:
        path, group = row.values["path"], lookup.find_by_path(row.values["path"])
        ends_at = ending.read(row.values.get("until", ""))
        if group is None:
            refusals.append(Refused(Reason.UNKNOWN, "groups", detail=f"There is no group {path}."))
        elif isinstance(ends_at, Refused):
            refusals += [] if ends_at.reason is Reason.DAY_PAST else [ends_at]
        elif group.id in given:
            refusals.append(refuse("groups", f"The group {path} is there twice."))
        else:
            given[group.id] = (group, ends_at)
    if refusals:
        return refusals
    present = {group.id: (group, ends_at) for group, ends_at in _groups_of(role)}
    for number, (group, _ends_at) in present.items():
        if number not in given:
            giving.take_from_group(role, group, actor=terms.actor)
    for number, (group, ends_at) in given.items():
        if number not in present or present[number][1] != ends_at:
            refused = giving.give_to_group(role, group, ends_at=ends_at, actor=terms.actor)
            refusals += [refused] if refused is not None else []
    return refusals


def _groups_of(role: Role) -> list[tuple[Group, datetime | None]]:
    now = clock.now()
    rows = ((group, row.ends_at) for group, row in giving.groups_of(role.id))
    return [(group, ends_at) for group, ends_at in rows if ends_at is None or ends_at > now]


def _tell(role: Role) -> State:
    told: dict[str, Any] = {"name": role.name}
    if role.client_id is not None:
        told["client_id"] = role.client_id
    if role.description:
        told["description"] = role.description
    if service.default_of(role) is not Default.NOBODY:
        told["default"] = service.default_of(role).value
    groups = []
    for group, ends_at in _groups_of(role):
        until = ending.tell(ends_at)
        groups.append({"path": group.path} | ({"until": until} if until is not None else {}))
    return State(told | ({"groups": groups} if groups else {}), str(role.id))
