"""Going through an export in batches, each of one transaction with the note of how far it got: a run that is killed goes on from there."""

import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from idp import audit
from idp.base import clock, crypto, troubles
from idp.base.database import commit, rollback, run, session
from idp.importing import applications, duties, people, teams
from idp.importing.entries import Application, Counted, Duty, Entry, Left, Person, Source, Team, Unreadable
from idp.importing.models import ImportRun
from idp.importing.report import NOT_COME, Counts, Line
from idp.importing.seen import Seen
from idp.importing.terms import Terms

BATCH = 500  # entries of one transaction
TRIES = 5  # of a batch in which somebody else took a name meanwhile
ORDER = b"clients, roles, groups, people"  # a run goes on only where entries come in the order in which it began

log = logging.getLogger(__name__)

Tell = Callable[[Line], None]
Progress = Callable[[int], None]


class Stopped(Exception):
    """A run that ended before its export did: how many entries are done for good, in how many batches, behind which, and why."""

    def __init__(self, why: str, done: int, batches: int, after: str) -> None:
        super().__init__(f"stopped behind {after} (batch {batches + 1}): {why}")
        self.why, self.done, self.batches, self.after = why, done, batches, after


@dataclass
class Done:
    """How far a run is: of all that it continued, too. In a dry run nothing of it is in the database."""

    entries: int = 0
    batches: int = 0
    after: str = "the beginning"
    counts: Counts = field(default_factory=Counts)
    uncounted: list[Counted] = field(default_factory=list)
    seconds: float = 0.0


def find_unfinished(source: Source) -> ImportRun | None:
    """Return the newest run over this very export, where that did not come to its end."""
    query = select(ImportRun).where(ImportRun.source == source.name, ImportRun.file_digest == _digest(source))
    newest_first = query.order_by(ImportRun.started_at.desc()).limit(1)
    newest = session().scalar(newest_first, execution_options={"populate_existing": True})
    return newest if newest is not None and newest.finished_at is None else None


def bring(
    source: Source,
    terms: Terms,
    *,
    tell: Tell,
    progress: Progress,
    dry_run: bool = False,
    continued: ImportRun | None = None,
) -> Done:
    """Bring what a source has, or go through it and write nothing. What is committed stays, whatever happens later.

    Raises:
        Stopped: it could not be brought to its end.
    """
    began = time.monotonic()
    terms = replace(terms, began_at=continued.started_at if continued is not None else clock.now())
    done = Done()
    if continued is not None:
        done = Done(continued.done, continued.batches, f"entry {continued.done}", Counts.read(continued.counts))
    number = None if dry_run else _begin(source, terms, continued)
    seen = Seen() if dry_run else None
    entries = islice(source.entries(), done.entries, None)
    trouble: BaseException | None = None
    while trouble is None:
        batch, trouble = _take(entries)
        try:
            lines = _bring_batch(batch, terms, seen, number, done)
        except (Exception, KeyboardInterrupt) as error:
            rollback()
            raise Stopped(_why(error), done.entries, done.batches, done.after) from error
        for line in lines:
            tell(line)
        progress(done.entries)
        if trouble is None and len(batch) < BATCH:
            return _finish(number, source, terms, done, time.monotonic() - began)
    raise Stopped(_why(trouble), done.entries, done.batches, done.after) from trouble


def _digest(source: Source) -> bytes:
    return hashlib.sha256(ORDER + source.digest()).digest()


def _begin(source: Source, terms: Terms, continued: ImportRun | None) -> str:
    number = continued.id if continued is not None else crypto.new_identifier()
    if continued is None:
        values = {"id": number, "source": source.name, "file_digest": _digest(source), "started_at": clock.now()}
        run(insert(ImportRun).values(**values, done=0, batches=0, counts={}))
    audit.record("import.started" if continued is None else "import.continued", actor=terms.actor, origin=source.name)
    commit()
    return number


def _finish(number: str | None, source: Source, terms: Terms, done: Done, seconds: float) -> Done:
    done.uncounted, done.seconds = source.uncounted(), seconds
    if number is None:
        return done
    run(update(ImportRun).where(ImportRun.id == number).values(finished_at=clock.now()))
    came = done.counts.came
    audit.record(
        "import.finished",
        actor=terms.actor,
        origin=terms.source,
        entries=done.entries,
        accounts=came["account"],
        clients=came["client"],
        groups=came["group"],
        roles=came["role"],
    )
    commit()
    return done


def _take(entries: Iterator[Entry]) -> tuple[list[Entry], BaseException | None]:
    """Return the next entries, as many as can be read, and what stopped the reading."""
    batch: list[Entry] = []
    try:
        for entry in islice(entries, BATCH):
            batch.append(entry)
    except (Exception, KeyboardInterrupt) as error:
        return batch, error
    return batch, None


def _bring_batch(batch: list[Entry], terms: Terms, seen: Seen | None, number: str | None, done: Done) -> list[Line]:
    """Bring a batch and commit it, or undo it in a dry run; `done` is moved on where that went well."""
    lines = _bring_again(batch, terms, seen)
    counts = Counts.read(done.counts.kept())
    for line in lines:
        counts.add(line)
    if number is not None and batch:
        values = {"done": done.entries + len(batch), "batches": done.batches + 1, "counts": counts.kept()}
        run(update(ImportRun).where(ImportRun.id == number).values(**values))
    rollback() if number is None else commit()
    if seen is not None:
        seen.settle()
    done.entries, done.batches, done.counts = done.entries + len(batch), done.batches + bool(batch), counts
    done.after = batch[-1].at if batch else done.after
    return lines


def _bring_again(batch: list[Entry], terms: Terms, seen: Seen | None) -> list[Line]:
    """Bring a batch, and once more where somebody else took a name or an address while it was written."""
    for _attempt in range(TRIES - 1):
        try:
            return _bring_entries(batch, terms, seen)
        except IntegrityError:
            rollback()
    return _bring_entries(batch, terms, seen)


def _bring_entries(batch: list[Entry], terms: Terms, seen: Seen | None) -> list[Line]:
    """Return a line for each entry, in order, once they are written in this transaction; people last, who belong to the others."""
    if seen is not None:
        seen.begin()
    lines = {
        number: _bring_one(entry, terms, seen) for number, entry in enumerate(batch) if not isinstance(entry, Person)
    }
    persons = {number: entry for number, entry in enumerate(batch) if isinstance(entry, Person)}
    brought = people.bring(list(persons.values()), terms, seen) if persons else []
    lines |= dict(zip(persons, brought, strict=True))
    return [lines[number] for number in range(len(batch))]


def _bring_one(entry: Application | Duty | Team | Left, terms: Terms, seen: Seen | None) -> Line:
    match entry:
        case Application():
            return applications.bring(entry, terms, seen)
        case Duty():
            return duties.bring(entry, terms, seen)
        case Team():
            return teams.bring(entry, terms, seen)
        case Left():
            return Line(entry.kind, entry.at, entry.foreign_id, NOT_COME, entry.why)


def _why(error: BaseException) -> str:
    """Return why a run stopped, without any value of an entry."""
    if isinstance(error, KeyboardInterrupt):
        return "it was interrupted"
    if isinstance(error, Unreadable):
        return str(error)
    told = troubles.sentence(error)
    if told is None:
        log.error("an import met what nobody expected", exc_info=error)
    return told or f"{type(error).__name__}, which nobody expected; the log has it"
