"""The tree of groups: making, renaming, moving and deleting. Whoever changes it is alone with it until the commit.

So two who move groups into one another cannot both succeed, and no name is given twice beside another. Every change is audited with who
acted, and what was before and after.
"""

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, literal, select, true, update

from idp import audit
from idp.accounts.authority import limited
from idp.accounts.models import GroupAdministrator
from idp.base import clock
from idp.base.database import connection, run, session
from idp.base.outcome import Reason, Refused
from idp.groups import lookup, naming, words
from idp.groups.models import DEEPEST, ClientGroup, Group, GroupAncestor, GroupMember, GroupOwner

TREE = 7305124  # the number of the advisory lock
MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Hanging:
    """What is lost with a group: groups below it, memberships and owners of all, clients that it opens, and roles of administrators for its
    people; each up to `MOST_COUNTED`.
    """

    groups: int
    members: int
    owners: int
    clients: int
    administrators: int

    def __bool__(self) -> bool:
        return any((self.groups, self.members, self.owners, self.clients, self.administrators))


def create(name: str, *, parent: Group | None = None, description: str = "", actor: str) -> Group | Refused:
    """Make a group, below another or of the first level.

    Refusals: those of `naming` for `name` and `description`, GROUP_TAKEN, GROUP_DEPTH and UNKNOWN for `parent`.
    """
    read, told = naming.read_name(name), naming.read_description(description)
    if isinstance(read, Refused):
        return read
    if isinstance(told, Refused):
        return told
    be_alone()
    above = _again(parent)
    if parent is not None and above is None:
        return Refused(Reason.UNKNOWN, "parent")
    depth = above.depth + 1 if above is not None else 1
    if depth > DEEPEST:
        return Refused(Reason.GROUP_DEPTH, "parent")
    path = _path(above, read)
    if lookup.find_by_path(path) is not None:
        return Refused(Reason.GROUP_TAKEN, "name")
    now, above_id = clock.now(), above.id if above is not None else None
    values = {"parent_id": above_id, "name": read, "path": path, "path_folded": naming.fold(path), "depth": depth}
    group = Group(**values, description=told, created_at=now, updated_at=now)
    session().add(group)
    session().flush()
    _join_tree(group.id, above_id)
    audit.record("group.created", actor=actor, group=path, description=told or None)
    return group


def create_path(path: str, *, description: str = "", actor: str) -> Group | Refused:
    """Make a group by its path, and the groups above it that are not there yet. Refusals: as of `create`."""
    *above, name = naming.split(path)
    parent: Group | None = None
    for level, part in enumerate(above, 1):
        there = lookup.find_by_path("/".join(above[:level]))
        made = there if there is not None else create(part, parent=parent, actor=actor)
        if isinstance(made, Refused):
            return made
        parent = made
    return create(name, parent=parent, description=description, actor=actor)


def change(group: Group, *, name: str, description: str, parent: Group | None, actor: str) -> Group | Refused:
    """Rename, describe and move a group, and with it whatever is below it; None for `parent` is the first level.

    Refusals: as of `create`, and GROUP_CYCLE for a parent that is the group itself or lies below it.
    """
    read, told = naming.read_name(name), naming.read_description(description)
    if isinstance(read, Refused):
        return read
    if isinstance(told, Refused):
        return told
    be_alone()
    present, above = _again(group), _again(parent)
    if present is None:
        return Refused(Reason.UNKNOWN)
    if parent is not None and above is None:
        return Refused(Reason.UNKNOWN, "parent")
    refused = _check_place(present, above, read)
    if refused is not None:
        return refused
    before = present.path
    _place(present, above, read)
    if present.path != before:
        audit.record("group.moved", actor=actor, group=present.path, changes={"path": (before, present.path)})
    if present.description != told:
        was, present.description = present.description, told
        audit.record("group.changed", actor=actor, group=present.path, changes={"description": (was, told)})
    present.updated_at = clock.now()
    session().flush()
    return present


def hanging_on(group: Group) -> Hanging:
    """Return what is lost with a group."""
    below = lookup.below(group.id)
    tables = (
        (GroupMember, GroupMember.group_id),
        (GroupOwner, GroupOwner.group_id),
        (ClientGroup, ClientGroup.group_id),
        (GroupAdministrator, GroupAdministrator.group_id),
    )
    members, owners, clients, administrators = (
        _count(select(literal(1)).select_from(table).where(key.in_(below))) for table, key in tables
    )
    return Hanging(max(_count(below) - 1, 0), members, owners, clients, administrators)


def remove(group: Group, *, actor: str) -> bool:
    """Delete a group with every group below it, their memberships and owners; False where it is gone already.

    A client that let in its members alone lets in nobody for it then, and roles of administrators for its people are withdrawn. Whoever has
    locked the tree, or a group, before calls `limited.hold` before that.
    """
    limited.hold()
    be_alone()
    present = _again(group)
    if present is None:
        return False
    lost = hanging_on(present)
    # Locked, so that nobody is put into them, or made an administrator of their people, who is not seen here.
    query = select(Group.id, Group.path).where(Group.id.in_(lookup.below(present.id))).order_by(Group.id)
    doomed = dict(session().execute(query.with_for_update()).all())
    below = list(doomed)
    limited.withdraw_with(doomed, actor=actor)
    audit.record(
        "group.deleted",
        actor=actor,
        group=present.path,
        groups_below=lost.groups,
        members=lost.members,
        changes={"description": (present.description, None)},
    )
    for child in session().scalars(select(Group).where(Group.id.in_(below))):
        session().expunge(child)
    run(delete(Group).where(Group.id.in_(below)).execution_options(synchronize_session=False))
    return True


def _check_place(group: Group, above: Group | None, name: str) -> Refused | None:
    """Return why a group cannot be moved below another under this name."""
    if above is not None:
        below = select(GroupAncestor.distance).where(GroupAncestor.ancestor_id == group.id)
        if session().scalar(below.where(GroupAncestor.group_id == above.id)) is not None:
            return Refused(Reason.GROUP_CYCLE, "parent")
    height = (
        session().scalar(select(func.max(GroupAncestor.distance)).where(GroupAncestor.ancestor_id == group.id)) or 0
    )
    if (above.depth if above is not None else 0) + 1 + height > DEEPEST:
        return Refused(Reason.GROUP_DEPTH, "parent")
    there = lookup.find_by_path(_path(above, name))
    return Refused(Reason.GROUP_TAKEN, "name") if there is not None and there.id != group.id else None


def _place(group: Group, above: Group | None, name: str) -> None:
    """Give a group its place and name, and everything below it the path that follows."""
    old, new = (group.path, group.path_folded), _path(above, name)
    below = lookup.below(group.id)
    if group.parent_id != (above.id if above is not None else None):
        above_it = select(GroupAncestor.ancestor_id).where(GroupAncestor.group_id == group.id)
        outside = above_it.where(GroupAncestor.distance > 0)
        inside_ids, outside_ids = list(session().scalars(below)), list(session().scalars(outside))
        leave = delete(GroupAncestor).where(GroupAncestor.group_id.in_(inside_ids))
        run(leave.where(GroupAncestor.ancestor_id.in_(outside_ids)).execution_options(synchronize_session=False))
        if above is not None:
            _hang(group.id, above.id)
    deeper = (above.depth if above is not None else 0) + 1 - group.depth
    values = {
        "path": literal(new).concat(func.substr(Group.path, len(old[0]) + 1)),
        "path_folded": literal(naming.fold(new)).concat(func.substr(Group.path_folded, len(old[1]) + 1)),
        "depth": Group.depth + deeper,
    }
    moved = update(Group).where(Group.id.in_(below)).values(values)
    run(moved.execution_options(synchronize_session=False))
    own = update(Group).where(Group.id == group.id).values(name=name, parent_id=above.id if above is not None else None)
    run(own.execution_options(synchronize_session=False))
    words.write_below(group.id)
    session().expire_all()


def _join_tree(group_id: int, above_id: int | None) -> None:
    connection().execute(insert(GroupAncestor).values(group_id=group_id, ancestor_id=group_id, distance=0))
    if above_id is not None:
        _hang(group_id, above_id)


def _hang(group_id: int, above_id: int) -> None:
    """Put a group, and what is below it, below another and whatever that one lies below."""
    lower, upper = GroupAncestor.__table__.alias("lower"), GroupAncestor.__table__.alias("upper")
    pairs = (
        select(lower.c.group_id, upper.c.ancestor_id, lower.c.distance + upper.c.distance + 1)
        .select_from(lower.join(upper, true()))  # each with each
        .where(lower.c.ancestor_id == group_id, upper.c.group_id == above_id)
    )
    connection().execute(insert(GroupAncestor).from_select(["group_id", "ancestor_id", "distance"], pairs))


def be_alone() -> None:
    """Keep others from changing the tree until the commit; on SQLite a request that writes is alone anyway."""
    session().flush()
    if connection().dialect.name == "postgresql":
        connection().execute(select(func.pg_advisory_xact_lock(TREE)))


def _again(group: Group | None) -> Group | None:
    """Return a group as it is now."""
    return session().get(Group, group.id, populate_existing=True) if group is not None else None


def _path(above: Group | None, name: str) -> str:
    return f"{above.path if above is not None else ''}/{name}"


def _count(query: object) -> int:
    some = query.limit(MOST_COUNTED).subquery()  # type: ignore[attr-defined] # any select
    return session().scalar(select(func.count()).select_from(some)) or 0
