"""Bringing a file there, in one transaction: all of it, or nothing, with everything that is in the way told at once.

A dry run does the same and undoes it, so that it says what would happen and not what might. Two that run at once stand in line. Whatever
`--prune` deletes was made by a file of the same name before, and is still what that made.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from idp import audit
from idp.accounts.authority import limited
from idp.applying.document import Place, Trouble
from idp.applying.form import Entry, File
from idp.applying.models import AppliedEntry
from idp.applying.sections import KEEPERS, clients
from idp.applying.states import State, Terms
from idp.base import clock, database
from idp.base.database import connection, session
from idp.base.outcome import Refused
from idp.base.phrases import phrase

APPLYING = 7305123  # the number of the advisory lock
TRIES = 5  # where a page makes something of the same name at the same moment
# What is locked first, as pages lock: a client before its groups, a group before its roles.
LOCKED = (
    "attributes",
    "resources",
    "authorization_details_types",
    "clients",
    "groups",
    "roles",
    "scopes",
    "provisioning",
    "providers",
    "issuers",
    "policies",
)
BROUGHT = (
    "attributes",
    "resources",
    "authorization_details_types",
    "groups",
    "clients",
    "scopes",
    "roles",
    "provisioning",
    "providers",
    "issuers",
    "policies",
)
# Before anything is made: what may have a name or a domain that is needed; after it: what others may still have named until then.
DELETED_FIRST, DELETED_LAST = (
    ("issuers", "roles", "provisioning", "providers"),
    ("scopes", "clients", "resources", "authorization_details_types", "groups", "attributes"),
)
CREATED, CHANGED, DELETED = "created", "changed", "deleted"

Name = tuple[str, str]  # a section, and the key of an entry
States = dict[Name, State | None]
Look = Callable[[States], None]


@dataclass(frozen=True)
class Change:
    """What became of one entry."""

    section: str
    key: str
    before: State | None
    after: State | None
    place: Place = Place()

    @property
    def title(self) -> str:
        """What the entry is called before people."""
        return name_of(self.section, self.key)

    @property
    def action(self) -> str:
        """Whether it was created, changed or deleted."""
        if self.before is None:
            return CREATED
        return CHANGED if self.after is not None else DELETED


@dataclass
class Outcome:
    """What a file came to: its changes, how many entries were there already, or all that is in the way, where nothing was done."""

    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    troubles: list[Trouble] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return how many entries were created, changed and deleted."""
        return {
            action: sum(change.action == action for change in self.changes) for action in (CREATED, CHANGED, DELETED)
        }


def name_of(section: str, key: str) -> str:
    """Return what an entry is called before people, such as groups/eng/backend."""
    return f"{section}/{key.lstrip('/')}"


def apply(
    file: File, terms: Terms, *, prune: bool = False, dry_run: bool = False, look: Look = lambda _states: None
) -> Outcome:
    """Bring there what a file says, and commit it; undo all of it in a dry run, and where something is refused.

    `look` sees what is there, locked, before anything is done, and may raise what ends it.
    """
    troubles = _vet(file)
    if troubles:
        return Outcome(troubles=troubles)
    for _attempt in range(TRIES - 1):
        try:
            return _apply(file, terms, look, prune=prune, dry_run=dry_run)
        except IntegrityError:
            database.rollback()
    return _apply(file, terms, look, prune=prune, dry_run=dry_run)


def _vet(file: File) -> list[Trouble]:
    """Return what is wrong with what has to be fetched, before anything is locked."""
    troubles = [
        entry.trouble(clients.member_of(refused.field), _say(refused))
        for entry in file.entries["clients"]
        for refused in clients.vet(entry)
    ]
    database.pause()
    return troubles


def _apply(file: File, terms: Terms, look: Look, *, prune: bool, dry_run: bool) -> Outcome:
    _stand_in_line()
    entries = {(entry.section, entry.key): entry for section in BROUGHT for entry in file.entries[section]}
    marks = {(mark.section, mark.key): mark for mark in session().scalars(select(AppliedEntry))}
    left = [name for name, mark in marks.items() if mark.file == file.name and name not in entries] if prune else []
    if any(section == "groups" for section, _key in left):
        limited.hold()  # before the groups, as everywhere
    before = _look([*entries, *left])
    look(before)
    going = [name for name in left if _is_ours(marks[name], before[name])]
    troubles = _delete(going, DELETED_FIRST, terms)
    troubles += _bring(list(entries.values()), terms)
    troubles += _delete(going, DELETED_LAST, terms)
    if troubles:
        database.rollback()
        return Outcome(troubles=sorted(troubles))
    outcome = _compare(entries, before, _look([*entries, *going]))
    _mark(file, entries, left, outcome, marks)
    _record(file, terms, outcome)
    if dry_run:
        database.rollback()
    else:
        database.commit()
    return outcome


def _stand_in_line() -> None:
    """Wait until no other file is applied; on SQLite whoever writes is alone anyway."""
    if connection().dialect.name == "postgresql":
        connection().execute(select(func.pg_advisory_xact_lock(APPLYING)))


def _look(names: Iterable[Name]) -> States:
    """Return what is there, locked in one order."""
    ordered = sorted(names, key=lambda name: (LOCKED.index(name[0]), name[1]))
    return {name: KEEPERS[name[0]].look(name[1]) for name in ordered}


def _is_ours(mark: AppliedEntry, state: State | None) -> bool:
    """Return whether what is there is still what a file made."""
    return state is not None and state.identity == mark.identity


def _bring(entries: list[Entry], terms: Terms) -> list[Trouble]:
    """Bring entries there, those again that were refused, for as long as others go on: one may need what another one gives up."""
    while True:
        refused = [(entry, found) for entry in entries if (found := KEEPERS[entry.section].put(entry, terms))]
        if not refused or len(refused) == len(entries):
            return [_tell(entry, refusal) for entry, found in refused for refusal in found]
        entries = [entry for entry, _found in refused]


def _tell(entry: Entry, refused: Refused) -> Trouble:
    return entry.trouble(KEEPERS[entry.section].member_of(refused.field), _say(refused))


def _say(refused: Refused) -> str:
    return refused.detail or phrase(refused)


def _delete(going: list[Name], sections: tuple[str, ...], terms: Terms) -> list[Trouble]:
    """Delete entries of some sections, a group before the one above it."""
    troubles = []
    for section in sections:
        for key in sorted((key for of, key in going if of == section), reverse=True):
            for refused in KEEPERS[section].remove(key, terms):
                troubles.append(Trouble(Place(), name_of(section, key), f"It is not deleted: {_say(refused)}"))
    return troubles


def _compare(entries: dict[Name, Entry], before: States, after: States) -> Outcome:
    """Return what has become of each entry, in the order of the file; what was deleted comes last."""
    outcome = Outcome()
    for name in [*entries, *(name for name in after if name not in entries)]:
        place = entries[name].place if name in entries else Place()
        if before[name] == after[name]:
            outcome.unchanged += name in entries and not entries[name].is_implied
        else:
            outcome.changes.append(Change(*name, before[name], after[name], place))
    return outcome


def _mark(
    file: File, entries: dict[Name, Entry], left: list[Name], outcome: Outcome, marks: dict[Name, AppliedEntry]
) -> None:
    """Note what this file has made, and of what others made that it has it now; forget what is gone or somebody else's."""
    if file.name is None:
        return
    now = clock.now()
    for name in left:
        session().delete(marks[name])
    session().flush()
    made = {(change.section, change.key): change.after for change in outcome.changes if change.action == CREATED}
    for name, state in made.items():
        if state is not None and name[0] != "policies":
            values = {"file": file.name, "identity": state.identity, "applied_at": now}
            session().merge(AppliedEntry(section=name[0], key=name[1], **values))
    for name in entries:
        mark = marks.get(name)
        if mark is not None and name not in made and mark.file != file.name:
            mark.file, mark.applied_at = file.name, now
    session().flush()


def _record(file: File, terms: Terms, outcome: Outcome) -> None:
    if outcome.changes and file.name is not None:
        count: dict[str, Any] = outcome.counts()
        audit.record("configuration.applied", actor=terms.actor, file=file.name or None, **count)
