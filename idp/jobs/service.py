"""Beginning jobs, stopping them, and finding them. What they do to people is done by `running`."""

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import Select, and_, func, select

from idp import audit
from idp.accounts import telling
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import session
from idp.base.expiry import delete_some
from idp.base.outcome import Reason, Refused
from idp.groups.models import Group
from idp.jobs import actions, selection
from idp.jobs.actions import ACTIONS
from idp.jobs.models import LARGEST_ID, LONGEST_TERM, PeopleJob
from idp.jobs.selection import MOST_LISTED, Selection

WAITING, RUNNING, DONE, STOPPED, FAILED = "waiting", "running", "done", "stopped", "failed"
MOST_OPEN = 20
KEPT = timedelta(days=90)  # after its end
COMMAND_LINE = "command line"


def begin(
    action: str, meant: Selection, *, actor: Account | None, client_id: str | None = None, group: Group | None = None
) -> PeopleJob | Refused:
    """Begin a job for an administrator or a client, who has the permission of its action, or for the command line.

    Refusals, of a field: POLICY_INVALID, with a sentence.
    """
    refused = _check(action, meant, group)
    if refused is not None:
        return refused
    now, name = clock.now(), COMMAND_LINE
    if actor is not None or client_id is not None:
        name = actor.sub if actor is not None else audit.by_client(client_id or "")
    job = PeopleJob(
        action=action,
        listed=list(meant.listed) if meant.listed is not None else None,
        term=meant.term,
        last_id=selection.last_number(),
        group_id=group.id if group is not None else None,
        group_path=group.path if group is not None else None,
        actor=name,
        actor_number=actor.id if actor is not None else None,
        state=WAITING,
        created_at=now,
        worked_at=now,
    )
    session().add(job)
    session().flush()
    audit.record("people_job.begun", actor=name, job=job.id, action=action, whom=meant.told(), group=job.group_path)
    if action == actions.DISABLE:
        said = _("Many accounts are being disabled: %(whom)s.", whom=meant.told())
        telling.tell_owners(said, actor=name if name != COMMAND_LINE else None, path=f"/admin/people/jobs/{job.id}")
    return job


def stop(number: int, *, actor: str) -> PeopleJob | None:
    """Stop a job: whoever it has not come to stays as they are. None where there is no such job; one that is over stays so."""
    job = find(number, for_change=True)
    if job is None or not job.is_open:
        return job
    job.state, job.finished_at = STOPPED, clock.now()
    session().flush()
    audit.record("people_job.stopped", actor=actor, job=job.id, action=job.action, done=job.done, seen=job.seen)
    return job


def find(number: int, *, for_change: bool = False) -> PeopleJob | None:
    """Return a job; as it is at this moment, and locked, where it is going to be changed."""
    if not 0 < number <= LARGEST_ID:
        return None
    return session().get(PeopleJob, number, with_for_update=for_change or None, populate_existing=True)


def listing() -> Select[PeopleJob]:
    """Return the query for all of them, the newest first."""
    return select(PeopleJob).order_by(PeopleJob.id.desc())


def selection_of(job: PeopleJob) -> Selection:
    """Return whom a job is about."""
    return Selection(tuple(job.listed) if job.listed is not None else None, job.term)


def purge(limit: int) -> int:
    """Delete up to `limit` jobs that ended three months ago; return how many."""
    ended = PeopleJob.finished_at
    return delete_some(PeopleJob, and_(ended.is_not(None), ended < clock.now() - KEPT), ended, limit)


def _check(action: str, meant: Selection, group: Group | None) -> Refused | None:
    if action not in ACTIONS:
        return _refuse("action", _("Choose what is to be done."))
    if meant.listed is not None and not meant.listed:
        return _refuse("who", _("Choose somebody first."))
    if meant.listed is not None and len(meant.listed) > MOST_LISTED:
        return _refuse("who", _("Name at most %(most)s people, or search for them.", most=MOST_LISTED))
    if len(meant.term) > LONGEST_TERM:
        return _refuse("search", _("Use at most %(most)s characters.", most=LONGEST_TERM))
    if ACTIONS[action].needs_group and group is None:
        return _refuse("group", _("There is no such group. Enter its path, such as /eng/backend."))
    under_way = select(func.count()).select_from(PeopleJob).where(PeopleJob.finished_at.is_(None))
    if (session().scalar(under_way) or 0) >= MOST_OPEN:
        return _refuse("action", _("There are %(most)s jobs under way. Wait for one, or stop it.", most=MOST_OPEN))
    return None


def _refuse(member: str, sentence: str) -> Refused:
    return Refused(Reason.POLICY_INVALID, member, detail=sentence)
