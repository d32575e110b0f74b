"""Making, changing and deleting roles, and finding them. A client's role has another name than every role of the server.

Else a client could not tell the one from the other in a token, and who makes roles for one client could make one of the server's.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import TypeVar

from sqlalchemy import Select, delete, func, literal, or_, select

from idp import audit
from idp.base import clock, writing
from idp.base.database import connection, run, session
from idp.base.finding import Found
from idp.base.outcome import Reason, Refused
from idp.clients import service as clients
from idp.groups import naming
from idp.roles import words
from idp.roles.models import LARGEST_ID, LONGEST_NAME, GroupRole, Role, RoleHolder

NAMES = 7305122  # the number of the advisory lock
MOST_COUNTED = 10_000
TOGETHER = 1000  # names that are asked for at once
N = TypeVar("N", bound=tuple[str, str | None])
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)  # before every account


class Default(Enum):
    """Who has a role without being given it."""

    NOBODY = "nobody"
    NEW = "new"  # whoever gets an account from now on
    EVERYBODY = "everybody"


@dataclass(frozen=True)
class Hanging:
    """What is lost with a role: people and groups that it was given to, each counted up to `MOST_COUNTED`."""

    people: int
    groups: int

    def __bool__(self) -> bool:
        return bool(self.people or self.groups)


def create(
    name: str,
    *,
    client_id: str | None = None,
    description: str = "",
    default: Default = Default.NOBODY,
    actor: str,
) -> Role | Refused:
    """Make a role of the server, or of one client.

    Refusals: ROLE_NAME and ROLE_TAKEN for `name`, those of `naming.read_description`, UNKNOWN for `client_id`.
    """
    read, told = read_name(name), naming.read_description(description)
    if isinstance(read, Refused):
        return read
    if isinstance(told, Refused):
        return told
    if client_id is not None and clients.get(client_id) is None:
        return Refused(Reason.UNKNOWN, "client_id")
    _be_alone()
    if could_be_mistaken(read, client_id):
        return Refused(Reason.ROLE_TAKEN, "name")
    now = clock.now()
    values = {"client_id": client_id, "name": read, "name_folded": writing.fold(read), "description": told}
    role = Role(**values, default_from=_since(default), created_at=now, updated_at=now)
    session().add(role)
    session().flush()
    audit.record(
        "role.created",
        actor=actor,
        client_id=client_id,
        role=read,
        description=told or None,
        default=default.value,
    )
    return role


def change(role: Role, *, description: str, default: Default, actor: str) -> Role | Refused:
    """Describe a role, and say who has it without being given it; its name stays, since applications go by it.

    Refusals: those of `naming.read_description`, UNKNOWN where it is gone.
    """
    told = naming.read_description(description)
    if isinstance(told, Refused):
        return told
    present = find(role.id, for_change=True)
    if present is None:
        return Refused(Reason.UNKNOWN)
    before = _tell(present)
    present.description = told
    if default is not default_of(present):
        present.default_from = _since(default)
    after = _tell(present)
    if after != before:
        present.updated_at = clock.now()
        session().flush()
        changes = {name: (before[name], after[name]) for name in before}
        audit.record("role.changed", actor=actor, client_id=present.client_id, role=present.name, changes=changes)
    return present


def remove(role: Role, *, actor: str) -> bool:
    """Delete a role, which nobody has then; False where it is gone already."""
    present = find(role.id, for_change=True)
    if present is None:
        return False
    lost = hanging_on(present)
    audit.record(
        "role.deleted",
        actor=actor,
        client_id=present.client_id,
        role=present.name,
        people=lost.people,
        groups=lost.groups,
        changes={name: (value, None) for name, value in _tell(present).items()},
    )
    session().expunge(present)
    run(delete(Role).where(Role.id == role.id).execution_options(synchronize_session=False))
    return True


def find(role_id: int, *, for_change: bool = False) -> Role | None:
    """Return a role by its number; as it is at this moment, and locked, where it is going to be changed."""
    if not 0 < role_id <= LARGEST_ID:
        return None
    return session().get(Role, role_id, with_for_update=for_change or None, populate_existing=for_change)


def find_by_name(name: str, client_id: str | None = None) -> Role | None:
    """Return a role of the server, or of a client, by its name."""
    query = select(Role).where(Role.name_folded == writing.fold(name.strip()))
    return session().scalar(query.where(Role.client_id == client_id if client_id else Role.client_id.is_(None)))


def find_many(names: Collection[N]) -> dict[N, Role]:
    """Return those roles that are there, by name and client's identifier as they were asked for."""
    folded = {one: writing.fold(one[0].strip()) for one in names}
    wanted = sorted(set(folded.values()))
    found: dict[tuple[str, str | None], Role] = {}
    for begin in range(0, len(wanted), TOGETHER):
        some = select(Role).where(Role.name_folded.in_(wanted[begin : begin + TOGETHER]))
        found |= {(role.name_folded, role.client_id): role for role in session().scalars(some)}
    return {one: found[own, one[1]] for one, own in folded.items() if (own, one[1]) in found}


def search(term: str, most: int, *, client_id: str | None = None) -> Found[Role]:
    """Return up to `most` roles by words of their name and their client's identifier, by name; of one client alone, where one is named.

    A term without a letter or digit finds none, an empty one all.
    """
    query = select(Role).order_by(Role.name_folded, Role.id)
    if client_id is None:
        return words.index.find(term, query, most, by=Role.name_folded)
    own = query.where(Role.client_id == client_id)
    keys: Select[int] = own.where(words.index.among(Role.id, term)).with_only_columns(Role.id)
    found = session().scalars(keys.limit(most + 1)).all()
    return Found(own, Role.id, found[:most], is_cut_off=len(found) > most)


def default_of(role: Role) -> Default:
    """Return who has a role without being given it."""
    if role.default_from is None:
        return Default.NOBODY
    return Default.EVERYBODY if role.default_from <= ALWAYS else Default.NEW


def hanging_on(role: Role) -> Hanging:
    """Return what is lost with a role."""
    people = select(literal(1)).select_from(RoleHolder).where(RoleHolder.role_id == role.id)
    groups = select(literal(1)).select_from(GroupRole).where(GroupRole.role_id == role.id)
    counted = (select(func.count()).select_from(query.limit(MOST_COUNTED).subquery()) for query in (people, groups))
    return Hanging(*(session().scalar(query) or 0 for query in counted))


def forget_client(client_id: str) -> None:
    """Delete the roles of a client that is being deleted, so that nobody inherits them with its identifier."""
    run(delete(Role).where(Role.client_id == client_id).execution_options(synchronize_session=False))


def read_name(text: str) -> str | Refused:
    """Return a role's name as it is kept: what stands in tokens, without spaces, so that it can stand in a list."""
    name = writing.tidy(text).strip()
    if not name or max(len(name), len(writing.fold(name))) > LONGEST_NAME or any(c.isspace() or c == "," for c in name):
        return Refused(Reason.ROLE_NAME, "name")
    fault = writing.find_fault(name)
    return name if fault is None else Refused(naming.FAULTS[fault], "name")


def could_be_mistaken(name: str, client_id: str | None) -> bool:
    """Return whether a role could be taken for another one; the answer holds until the commit."""
    others = select(literal(1)).where(Role.name_folded == writing.fold(name))
    if client_id is not None:
        others = others.where(or_(Role.client_id.is_(None), Role.client_id == client_id))
    return session().scalar(others.limit(1)) is not None


def _be_alone() -> None:
    if connection().dialect.name == "postgresql":
        connection().execute(select(func.pg_advisory_xact_lock(NAMES)))


def _since(default: Default) -> datetime | None:
    return {Default.NOBODY: None, Default.NEW: clock.now(), Default.EVERYBODY: ALWAYS}[default]


def _tell(role: Role) -> dict[str, str]:
    """Return what of a role can be changed, as the audit log has it."""
    return {"description": role.description, "default": default_of(role).value}
