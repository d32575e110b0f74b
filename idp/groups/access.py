"""For whom a client is: for everybody, or for the members of some groups. Where the last of these is deleted it is for nobody.

`admits` is the rule itself, once, in SQL: statements that issue and find tokens hold it (`oauth`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, ColumnElement, delete, exists, insert, not_, or_, select

from idp import audit
from idp.base import clock
from idp.base.database import after_commit, connection, run, session
from idp.base.extensions import generation
from idp.base.outcome import Reason, Refused
from idp.base.statements import parameter
from idp.clients.models import LONGEST_NOTE, Client
from idp.groups.models import ClientGroup, Group, GroupAncestor, GroupMember

MOST_GROUPS = 100  # of one client


@dataclass(frozen=True)
class Rule:
    """For whom a client is, and what others are told of whom to ask."""

    is_restricted: bool
    groups: list[Group]
    note: str


def of(client: Client) -> Rule:
    """Return the rule of a client; groups by path."""
    query = select(Group).join(ClientGroup, ClientGroup.group_id == Group.id)
    groups = session().scalars(query.where(ClientGroup.client_id == client.client_id).order_by(Group.path_folded))
    return Rule(client.is_restricted, list(groups), client.access_note)


def put(client: Client, *, is_restricted: bool, groups: Sequence[Group], note: str = "", actor: str) -> Refused | None:
    """Set the rule of a client, which the caller has locked. It counts from the next request on; who is left out gets no new tokens.

    Refusals: GROUPS_NEEDED and GROUPS_MANY for `groups`, DESCRIPTION_TOO_LONG for `note`.
    """
    before, note = of(client), note.strip()
    if is_restricted and not groups:
        return Refused(Reason.GROUPS_NEEDED, "groups")
    if len(groups) > MOST_GROUPS:
        return Refused(Reason.GROUPS_MANY, "groups")
    if len(note) > LONGEST_NOTE:
        return Refused(Reason.DESCRIPTION_TOO_LONG, "note")
    kept = {group.id: group for group in groups}
    after = Rule(is_restricted, sorted(kept.values(), key=lambda group: group.path_folded), note)
    if before == after:
        return None
    run(
        delete(ClientGroup)
        .where(ClientGroup.client_id == client.client_id)
        .execution_options(synchronize_session=False)
    )
    if kept:
        rows = [{"client_id": client.client_id, "group_id": number} for number in kept]
        connection().execute(insert(ClientGroup), rows)
    client.is_restricted, client.access_note, client.updated_at = is_restricted, note, clock.now()
    session().flush()
    changes = {"access": (_tell(before), _tell(after)), "access_note": (before.note, note)}
    audit.record("client.access_changed", client_id=client.client_id, actor=actor, changes=changes)
    after_commit(generation("clients").bump)
    return None


def admits(account_id: Any, client_id: Any, now: Any) -> ColumnElement[bool]:
    """Say that a client is for an account; `restricted` is a parameter of the statement, and where it is false nothing else is looked at.

    `account_id` and `client_id` are columns or parameters, `now` a parameter.
    """
    return or_(not_(parameter("restricted", Boolean())), lets_in(account_id, client_id, now))


def lets_in(account_id: Any, client_id: Any, now: Any) -> ColumnElement[bool]:
    """Say that an account belongs to one of the groups of a client, whether or not that is restricted to them."""
    return (
        exists()
        .where(GroupMember.account_id == account_id, or_(GroupMember.ends_at.is_(None), GroupMember.ends_at > now))
        .where(GroupAncestor.group_id == GroupMember.group_id)
        .where(ClientGroup.group_id == GroupAncestor.ancestor_id, ClientGroup.client_id == client_id)
    )


def clients_of(group_id: int) -> list[tuple[str, str]]:
    """Return the clients that let in the members of a group itself: identifier and name, by name."""
    query = select(Client.client_id, Client.client_name).join(ClientGroup, ClientGroup.client_id == Client.client_id)
    rows = session().execute(
        query.where(ClientGroup.group_id == group_id).order_by(Client.search_text).limit(MOST_GROUPS)
    )
    return [(row[0], row[1]) for row in rows]


def forget_client(client_id: str) -> None:
    """Forget the rule of a client that is being deleted, so that nobody inherits it with its identifier."""
    run(delete(ClientGroup).where(ClientGroup.client_id == client_id))


def _tell(rule: Rule) -> str:
    """Return a rule as the audit log has it."""
    return " ".join(group.path for group in rule.groups) if rule.is_restricted else "everybody"
