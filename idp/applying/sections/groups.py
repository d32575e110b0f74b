"""Groups as a file has them: paths and descriptions. Members and owners are people, and no configuration."""

from collections.abc import Iterator

from sqlalchemy import select

from idp.applying.form import Entry
from idp.applying.states import YES, State, Terms, refuse
from idp.base.database import session
from idp.base.outcome import Refused
from idp.groups import lookup, naming, service
from idp.groups.models import Group

FIELDS = {"name": "path", "parent": "path"}


def look(path: str) -> State | None:
    """Return a group by its path, locked."""
    found = lookup.find_by_path(path)
    locked = lookup.find(found.id, for_change=True) if found is not None else None
    return _tell(locked) if locked is not None else None


def put(entry: Entry, terms: Terms) -> list[Refused]:
    """Make a group, or describe it; the case of its name follows, too."""
    path, told = entry.values["path"], entry.values.get("description", "")
    group = lookup.find_by_path(path)
    if group is None:
        made = service.create_path(path, description=told, actor=terms.actor)
        return [made] if isinstance(made, Refused) else []
    if entry.is_implied:
        return []
    name, description = naming.read_name(naming.split(path)[-1]), naming.read_description(told)
    if (name, description) == (group.name, group.description):
        return []
    parent = lookup.find(group.parent_id) if group.parent_id is not None else None
    changed = service.change(group, name=naming.split(path)[-1], description=told, parent=parent, actor=terms.actor)
    return [changed] if isinstance(changed, Refused) else []


def remove(path: str, terms: Terms) -> list[Refused]:
    """Delete a group below which nothing is left, and with `YES` what hangs on it."""
    group = lookup.find_by_path(path)
    if group is None:
        return []
    child = session().scalars(lookup.children(group.id).limit(1)).first()
    if child is not None:
        return [refuse(None, f"{child.path} lies below it and is not deleted. Move or delete that first.")]
    lost = service.hanging_on(group)
    if lost and YES not in terms.accepted:
        counted = f"{lost.members} memberships, {lost.owners} owners and {lost.clients} clients that are for it"
        return [refuse(None, f"{counted} go with it. Say --yes to accept that.")]
    service.remove(group, actor=terms.actor)
    return []


def every(after: str = "", most: int | None = None) -> Iterator[State]:
    """Yield every group, each behind the one above it, from one on."""
    query = select(Group).where(Group.path_folded > after).order_by(Group.path_folded).limit(most)
    for group in session().scalars(query, execution_options={"yield_per": 500}):
        yield _tell(group)


def member_of(field: str | None) -> str | None:
    """Return the member that a refusal's field is about."""
    return FIELDS.get(field or "", field)


def _tell(group: Group) -> State:
    described = {"description": group.description} if group.description else {}
    return State({"path": group.path} | described, str(group.id))
