"""Whom a change concerns: people and groups are marked as due, once each however much happens, and told as they are when their turn comes.

Changes are found in the audit log, which has every one of them in order. A look at everybody, once a day and where a rule has changed,
finds what no event tells, such as a membership that has ended.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, literal, or_, select, update

from idp import trail
from idp.accounts import bulk
from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import connection, insert_into, run, session
from idp.clients.models import Client
from idp.groups import lookup, naming
from idp.groups.models import GroupAncestor, GroupMember
from idp.pushing import audience
from idp.pushing.models import PushedGroup, PushedPerson, PushedRemoval, ScimTarget

BATCH = 500  # events, or accounts, that are looked at in one transaction
EVERY = timedelta(days=1)  # between looks at everybody
OF_PEOPLE = ("account.", "email.", "group.member_")
OF_MEMBERS = ("group.member_",)
OF_TREE = ("group.",)
RULE = "client.access_changed"


def read(target: ScimTarget, client: Client, upto: int) -> bool:
    """Mark whom the next events concern, in the caller's transaction; return whether there are more."""
    events = trail.after(session(), target.reached, upto, BATCH)
    subs = {event.subject for event in events if event.subject and event.event.startswith(OF_PEOPLE)}
    if subs:
        mark_people(target, client, bulk.find_numbers(subs).values())
    _mark_groups_of(target, client, events)
    if any(_moves_people(event, client) for event in events):
        target.scan_from = 0
    if events:
        target.reached = events[-1].id
    return len(events) == BATCH


def scan(target: ScimTarget, client: Client) -> None:
    """Look at the next accounts of all, where somebody asked for it or a day is over, in the caller's transaction."""
    if target.scan_from is None:
        if target.scanned_at is not None and target.scanned_at > clock.now() - EVERY:
            return
        target.scan_from = 0
    query = select(Account.id).where(Account.id > target.scan_from).order_by(Account.id).limit(BATCH)
    numbers = list(session().scalars(query))
    mark_people(target, client, numbers)
    target.scan_from = numbers[-1] if len(numbers) == BATCH else None
    if target.scan_from is None:
        target.scanned_at = clock.now()
        mark_groups(target, client)


def mark_people(target: ScimTarget, client: Client, numbers: Iterable[int]) -> None:
    """Mark those accounts that an application has, and those that it is to have."""
    asked, now = list(numbers), clock.now()
    if not asked:
        return
    theirs = (PushedPerson.client_id == target.client_id) & PushedPerson.account_id.in_(asked)
    _make_due(PushedPerson, theirs, now)
    new = select(literal(target.client_id), Account.id, literal(now, PushedPerson.due_at.type), literal(0))
    new = new.where(Account.id.in_(asked), Account.disabled_at.is_(None), audience.has(target, client, now))
    _add_new(PushedPerson, "account_id", new)


def mark_groups(target: ScimTarget, client: Client, numbers: Collection[int] | None = None) -> None:
    """Mark some groups, or all, that an application has, and those that it is to have."""
    now, wanted = clock.now(), audience.groups(target, client).distinct()
    theirs: Any = PushedGroup.client_id == target.client_id
    ids = wanted.subquery()
    new = select(literal(target.client_id), ids.c[0], literal(now, PushedGroup.due_at.type), literal(0))
    new = new.select_from(ids)
    if numbers is not None:
        theirs &= PushedGroup.group_id.in_(numbers)
        new = new.where(ids.c[0].in_(numbers))
    else:
        new = new.where(ids.c[0] > 0)
    _make_due(PushedGroup, theirs, now)
    _add_new(PushedGroup, "group_id", new)


def mark_groups_of(target: ScimTarget, account_id: int) -> None:
    """Mark the groups that somebody belongs to: the application can be told so from now on."""
    own = select(GroupAncestor.ancestor_id).join(GroupMember, GroupMember.group_id == GroupAncestor.group_id)
    theirs = PushedGroup.group_id.in_(own.where(GroupMember.account_id == account_id))
    _make_due(PushedGroup, (PushedGroup.client_id == target.client_id) & theirs, clock.now())


def note_erased(account_id: int) -> None:
    """Note under which identifiers applications have somebody who is being erased, who is to be deleted there."""
    copies = select(PushedPerson.client_id, PushedPerson.remote_id)
    known = copies.where(PushedPerson.account_id == account_id, PushedPerson.remote_id.is_not(None))
    rows = [
        {"client_id": row.client_id, "remote_id": row.remote_id, "due_at": clock.now(), "failures": 0}
        for row in session().execute(known)
    ]
    if rows:
        connection().execute(insert(PushedRemoval), rows)


def newest_event() -> int:
    """Return the number of the newest event: what came before is found by a look at everybody."""
    return session().scalar(select(func.max(AuditEvent.id))) or 0


def forget(client_id: str) -> None:
    """Forget what an application has, since it is another one now."""
    for table in (PushedPerson, PushedGroup, PushedRemoval):
        run(delete(table).where(table.client_id == client_id).execution_options(synchronize_session=False))


def _make_due(table: type[PushedPerson] | type[PushedGroup], which: Any, now: datetime) -> None:
    is_later = or_(table.due_at.is_(None), table.due_at > now)
    due = update(table).where(which, is_later).values(due_at=now, failures=0)
    run(due.execution_options(synchronize_session=False))


def _add_new(table: type[PushedPerson] | type[PushedGroup], key: str, new: Any) -> None:
    adding = insert_into(table).from_select(["client_id", key, "due_at", "failures"], new)
    connection().execute(adding.on_conflict_do_nothing())


def _mark_groups_of(target: ScimTarget, client: Client, events: Collection[Any]) -> None:
    """Mark the groups whose members or places have changed, and those above them."""
    if any(event.event.startswith(OF_TREE) and not event.event.startswith(OF_MEMBERS) for event in events):
        mark_groups(target, client)
        return
    told = {event.detail.get("group") for event in events if event.event.startswith(OF_MEMBERS)}
    folded = {naming.fold_path(path) for path in told if isinstance(path, str)}
    numbers = [number for number, _path in lookup.find_paths(folded).values()]
    if numbers:
        above = select(GroupAncestor.ancestor_id).where(GroupAncestor.group_id.in_(numbers))
        mark_groups(target, client, set(session().scalars(above)))


def _moves_people(event: Any, client: Client) -> bool:
    """Return whether others may belong to the application's people than before."""
    if event.event == RULE:
        return bool(event.client_id == client.client_id)
    return event.event in ("group.moved", "group.deleted")
