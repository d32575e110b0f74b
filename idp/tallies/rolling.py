"""Counting the audit log once, whichever nodes are at it and however often they stop."""

import time
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import delete, func, select, update

from idp import trail
from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base import clock, crypto, database
from idp.base.database import connection, insert_into, run, session
from idp.tallies import counting, gauges
from idp.tallies.counting import Counts, Visits
from idp.tallies.models import DAY, HOUR, ActivePerson, Tally
from idp.trail.models import TrailReader

NAME = "tallies"
BATCH = 2000  # events of one transaction
ROWS = 400  # of one statement: databases bound how many values it may have
KEEP = {HOUR: timedelta(days=8), DAY: timedelta(days=800)}


def catch_up(seconds: float = 20.0) -> int:
    """Count what is not counted yet, a transaction for each batch, for at most so many seconds; return how many events that were.

    It commits. Where another node is at it there is nothing to do.
    """
    until, total = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        upto = _find_work()
        read = roll_up(upto) if upto is not None else 0
        database.commit()
        total += read
        if read < BATCH:
            break
    gauges.look()
    database.commit()
    return total


def roll_up(upto: int) -> int:
    """Count the next batch of events up to a settled number, in the caller's transaction; return how many were read.

    The row of the reader is held until the commit, so that numbers and the place up to which they are counted change together.
    """
    reached = _take()
    if reached is None:
        return 0
    events = trail.after(session(), reached, upto, BATCH)
    if not events:
        return 0
    came = counting.visitors(events)
    known = last_visits(digest for digest, _hour in came)
    people, latest = counting.count_people(came, known)
    counts = counting.count(events)
    counts.update(people)
    _add(counts)
    _note(latest)
    run(update(TrailReader).where(TrailReader.name == NAME).values(reached=events[-1].id))
    return len(events)


def last_visits(digests: Iterable[bytes]) -> Visits:
    """Return when each of these people was last seen, of those who are known."""
    asked, found = list(dict.fromkeys(digests)), {}
    for start in range(0, len(asked), ROWS):
        query = select(ActivePerson.digest, ActivePerson.hour)
        rows = session().execute(query.where(ActivePerson.digest.in_(asked[start : start + ROWS])))
        found.update({row.digest: row.hour for row in rows})
    return found


def purge(limit: int) -> int:
    """Delete numbers that no page shows any more, and people who were last seen before that; return how many.

    Of each kind it is up to `limit`, and what is left of an hour or a day of which some were.
    """
    now, deleted = clock.now(), 0
    for span, keep in KEEP.items():
        old = (Tally.span == span, Tally.at < now - keep)
        last = session().scalar(select(Tally.at).where(*old).order_by(Tally.at).offset(limit - 1).limit(1))
        deleted += run(delete(Tally).where(*old, Tally.at <= (last or now)))
    gone = select(ActivePerson.digest).where(ActivePerson.hour < now - counting.RECENT).limit(limit)
    return deleted + run(delete(ActivePerson).where(ActivePerson.digest.in_(gone)))


def forget(account_id: int) -> None:
    """Forget when somebody was last seen, who is being erased; they stay counted."""
    sub = session().scalar(select(Account.sub).where(Account.id == account_id))
    if sub is not None:
        run(delete(ActivePerson).where(ActivePerson.digest == crypto.digest(sub)))


def start() -> int:
    """Return the number behind which counting begins: of what is older than the pages show nothing is counted."""
    recent = select(AuditEvent.id).where(AuditEvent.at >= clock.now() - counting.RECENT)
    first = session().scalar(recent.order_by(AuditEvent.at).limit(1))
    return first - 1 if first is not None else session().scalar(select(func.max(AuditEvent.id))) or 0


def _find_work() -> int | None:
    """Return up to which number there is something to count; looking for it takes no turn of a writer's."""
    with database.reading() as own:
        reached = own.scalar(select(TrailReader.reached).where(TrailReader.name == NAME))
        newest = own.scalar(select(func.max(AuditEvent.id))) or 0
        return None if newest <= (reached or 0) else trail.settled(own)


def _take() -> int | None:
    """Return up to where is counted, and hold it; None where another one holds it."""
    query = select(TrailReader.reached).where(TrailReader.name == NAME)
    if session().scalar(query) is None:
        begin = insert_into(TrailReader).values(name=NAME, reached=start())
        connection().execute(begin.on_conflict_do_nothing())
    return session().scalar(query.with_for_update(skip_locked=True))


def _add(counts: Counts) -> None:
    rows = [mark._asdict() | {"number": times} for mark, times in sorted(counts.items()) if times]
    for start_at in range(0, len(rows), ROWS):
        adding = insert_into(Tally).values(rows[start_at : start_at + ROWS])
        total = Tally.number + adding.excluded.number
        connection().execute(
            adding.on_conflict_do_update(
                index_elements=[Tally.span, Tally.at, Tally.what, Tally.key], set_={"number": total}
            )
        )


def _note(latest: Visits) -> None:
    rows = [{"digest": digest, "hour": hour} for digest, hour in sorted(latest.items())]
    for start_at in range(0, len(rows), ROWS):
        noting = insert_into(ActivePerson).values(rows[start_at : start_at + ROWS])
        connection().execute(
            noting.on_conflict_do_update(index_elements=[ActivePerson.digest], set_={"hour": noting.excluded.hour})
        )
