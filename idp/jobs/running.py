"""Doing what jobs are for: some people in a transaction, with the place that was reached. Any number of processes may be at it.

Accounts are locked before the job, as whoever stops it from a page does; so what was read of the job is looked at once more behind the
lock, and where another process was faster nothing is done.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from idp import audit
from idp.accounts import taking
from idp.accounts.authority import holding, powers
from idp.accounts.authority.permissions import PERMISSIONS
from idp.accounts.models import Account
from idp.base import clock, database, outages
from idp.base.database import commit, rollback, session
from idp.groups import lookup as groups
from idp.groups.models import Group
from idp.jobs import actions, selection, service
from idp.jobs.actions import ACTIONS
from idp.jobs.models import PeopleJob

SMALLEST, FIRST, MOST = 10, 25, 200  # people of one transaction
LONGEST = 0.25  # seconds for which one may hold its locks, on SQLite everybody's
SLICE = 5.0  # seconds at work, then whoever asked looks whether to stop
MOST_EXAMPLES = 20  # people who are named of those whom one reason left out

log = logging.getLogger(__name__)


def work_off(is_stopping: Callable[[], object] = lambda: False, seconds: float = SLICE) -> bool:
    """Do what is open for at most so many seconds, of each job some in turn; return whether there may be more. It commits."""
    until, size = time.monotonic() + seconds, FIRST
    while time.monotonic() < until and not is_stopping():
        number = _find_open()
        if number is None:
            return False
        size = _advance(number, size)
    return True


def finish(number: int, tell: Callable[[PeopleJob], None]) -> PeopleJob:
    """Do one job to its end, telling how far it is; another process may help. It commits."""
    size = FIRST
    while (job := service.find(number)) is not None and job.is_open:
        commit()
        size = _advance(number, size)
        tell(job)
    return job or PeopleJob(id=number)


def _find_open() -> int | None:
    """Return the job that has waited longest; looking takes no turn of a writer's."""
    with database.reading() as own:
        query = select(PeopleJob.id).where(PeopleJob.finished_at.is_(None))
        return own.scalar(query.order_by(PeopleJob.worked_at, PeopleJob.id).limit(1))


def _advance(number: int, size: int) -> int:
    """Do the next batch of a job, and return how many people the next one has. Who makes it fail is left out, and the rest is done."""
    began = time.monotonic()
    try:
        _do(number, size)
        commit()
    except Exception as error:
        rollback()
        if outages.is_outage(error):
            raise
        if size > 1:
            return 1
        log.exception("job %s could not be done for one person", number)
        _leave_out(number)
        commit()
        return 1
    taken = time.monotonic() - began
    if taken > LONGEST:
        return max(size // 2, min(size, SMALLEST))
    return min(size * 2, MOST) if taken < LONGEST / 3 else size


@dataclass
class _Batch:
    """A job that is held, the people whose turn it is, locked, and by which permissions it acts."""

    job: PeopleJob
    numbers: Sequence[int]
    accounts: dict[int, Account]
    permissions: frozenset[str]
    group: Group | None


def _do(number: int, size: int) -> None:
    batch = _take(number, size)
    if batch is None:
        return
    job, action = batch.job, ACTIONS[batch.job.action]
    if action.permission not in batch.permissions:
        _end(job, service.FAILED, "no_permission")
    elif action.needs_group and batch.group is None:
        _end(job, service.FAILED, "no_group")
    elif not batch.numbers:
        _end(job, service.DONE)
    else:
        for one in batch.numbers:
            _note(job, one, _act(batch, batch.accounts.get(one)))
        job.state, job.worked_at = service.RUNNING, clock.now()
        session().flush()


def _take(number: int, size: int) -> _Batch | None:
    """Hold the next people of a job, whoever began it, and the job; None where another process was faster, or it is over."""
    seen = service.find(number)
    if seen is None or not seen.is_open:
        return None
    reached, meant = seen.reached, service.selection_of(seen)
    total = selection.count(meant, seen.last_id) if seen.total is None else seen.total
    numbers = selection.after(meant, reached, seen.last_id, size)
    beside = {seen.actor_number} if seen.actor_number is not None else set()
    held = taking.take_many({*numbers, *beside})
    query = select(Account).where(Account.id.in_(held))
    accounts = {one.id: one for one in session().scalars(query, execution_options={"populate_existing": True})}
    job = service.find(number, for_change=True)
    if job is None or not job.is_open or job.reached != reached:
        return None
    job.total = total
    actor = accounts.get(job.actor_number) if job.actor_number is not None else None
    group = groups.find(job.group_id) if job.group_id is not None else None
    return _Batch(job, numbers, accounts, _permissions_of(job, actor), group)


def _permissions_of(job: PeopleJob, actor: Account | None) -> frozenset[str]:
    """Return what whoever began a job may now; a client as long as it is there, enabled, and has the scope."""
    if job.actor_number is not None:
        return holding.permissions_of(actor) if actor is not None else frozenset()
    if job.actor == service.COMMAND_LINE:
        return frozenset(PERMISSIONS)
    return powers.of_client(job.actor.removeprefix(audit.BY_CLIENT))


def _act(batch: _Batch, account: Account | None) -> bool | str:
    """Do it to one person; return whether anything changed, or why it was not done."""
    job, action = batch.job, ACTIONS[batch.job.action]
    if account is None:
        return actions.GONE
    if action.spares_oneself and account.id == job.actor_number:
        return actions.OWN
    if not holding.covers(batch.permissions, account):
        return actions.NOT_PERMITTED
    return action.act(account, batch.group, job.actor)


def _leave_out(number: int) -> None:
    """Count the next person of a job as one for whom it went wrong, so that the job goes on behind them."""
    batch = _take(number, 1)
    if batch is not None and batch.numbers:
        _note(batch.job, batch.numbers[0], actions.ERROR, batch.accounts.get(batch.numbers[0]))
        session().flush()


def _note(job: PeopleJob, number: int, outcome: bool | str, account: Account | None = None) -> None:
    job.reached = number
    if outcome is True:
        job.done += 1
    elif outcome is False:
        job.unchanged += 1
    else:
        job.failures = {**job.failures, outcome: job.failures.get(outcome, 0) + 1}
        named = job.examples.get(outcome, [])
        found = account or session().get(Account, number)
        if found is not None and len(named) < MOST_EXAMPLES:
            job.examples = {**job.examples, outcome: [*named, found.sub]}


def _end(job: PeopleJob, state: str, why: str | None = None) -> None:
    job.state, job.why, job.finished_at, job.worked_at = state, why, clock.now(), clock.now()
    session().flush()
    outcome = audit.SUCCESS if state == service.DONE else audit.FAILURE
    audit.record(
        "people_job.finished",
        outcome=outcome,
        actor=job.actor,
        job=job.id,
        action=job.action,
        done=job.done,
        unchanged=job.unchanged,
        failed=job.failed,
        why=why,
    )
