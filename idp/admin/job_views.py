"""Pages: /admin/people/many, an act upon the people who were chosen or found; /admin/people/jobs, how far such acts are; and the export.

A job is done in the background (`jobs.running`); its page looks again by itself, without a script, until it is over.
"""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, request
from flask_babel import gettext as _
from flask_babel import ngettext

from idp import audit
from idp.accounts import lookup
from idp.admin import guard, paging
from idp.admin.audit_views import encode
from idp.admin.guard import administers
from idp.admin.job_forms import JobForm, read_selection
from idp.admin.navigation import actor, administrator, show
from idp.attributes import known
from idp.base import clock
from idp.base.http import limited
from idp.base.outcome import Refused
from idp.groups import lookup as groups
from idp.jobs import actions, exporting, selection, service
from idp.jobs.actions import ACTIONS
from idp.jobs.models import LARGEST_ID, PeopleJob
from idp.jobs.selection import Selection
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("jobs", __name__, url_prefix="/people")
LIST = "/admin/people/jobs"
JOB = f"/jobs/<int(max={LARGEST_ID}):number>"
EXPORT = "export"
# The answer is put together before it is sent, so that it is bounded; `idp user export` is not.
MOST_EXPORTED = 100_000
LOOK_AGAIN = 5  # seconds


@bp.get("/many")
@administers("people.read")
def ask() -> Page:
    """Ask before something is done to many people; `?act=` says what, `?whom=` and `?who=` to whom."""
    action, meant = request.args.get("act", ""), read_selection()
    if action == EXPORT:
        return _ask_export(meant)
    if action not in ACTIONS:
        flash(_("Choose what is to be done."), "info")
        return go("/admin/people")
    if not guard.may(ACTIONS[action].permission):
        return guard.refuse()
    if meant.listed == ():
        flash(_("Choose somebody first."), "info")
        return go("/admin/people")
    return _ask(action, meant, JobForm(formdata=None))


@bp.post("/many")
@limited("30 per minute")
@administers("people.support")
def begin() -> Page:
    """Begin a job, and show how far it is."""
    action, meant, form = request.form.get("act", ""), read_selection(), JobForm()
    if action not in ACTIONS:
        abort(HTTPStatus.BAD_REQUEST)
    if not guard.may(ACTIONS[action].permission):
        return guard.refuse()
    if not form.validate_on_submit():
        return _ask(action, meant, form)
    group = groups.find_by_path(form.text("group").strip()) if form.text("group").strip() else None
    made = service.begin(action, meant, actor=administrator(), group=group if ACTIONS[action].needs_group else None)
    if isinstance(made, Refused):
        form.show_refusal(made)
        return _ask(action, meant, form)
    return go(f"{LIST}/{made.id}")


@bp.post("/export")
@limited("10 per minute")
@administers("people.write")
def export() -> Page | Response:
    """Send the people who were chosen or found as a file; that it was taken, and whom it is about, stands in the audit log."""
    meant = read_selection()
    audit.record("people.exported", actor=actor(), whom=meant.told())
    lines = exporting.write(meant, known.custom(), MOST_EXPORTED)
    answer = Response(encode(lines), content_type=exporting.MEDIA_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="people-{clock.now():%Y-%m-%dT%H%M%S}Z.csv"'
    return answer


@bp.get("/jobs")
@administers("people.read")
def show_jobs() -> Page:
    """List the jobs, the newest first."""
    rows: paging.Slice[PeopleJob] = paging.take(service.listing())
    names = lookup.names_of(job.actor for job in rows.items)
    return show("jobs.html", rows=rows, names=names, words=actions.words(), states=_states(), crumbs=_crumbs()[:1])


@bp.get(JOB)
@administers("people.read")
def show_job(number: int) -> Any:
    """Show how far a job is; while it is under way the page looks again after some seconds, unless `?still=1` says not to."""
    job = service.find(number) or abort(HTTPStatus.NOT_FOUND)
    subjects = [job.actor, *(sub for subs in job.examples.values() for sub in subs)]
    is_still = request.args.get("still") == "1"
    page = show(
        "job.html",
        job=job,
        word=actions.words().get(job.action, job.action),
        state=_states()[job.state],
        whom=_tell(service.selection_of(job)),
        reasons=actions.reasons(),
        names=lookup.names_of(subjects),
        may_stop=job.is_open and guard.may(ACTIONS[job.action].permission),
        is_still=is_still,
        seconds=LOOK_AGAIN,
        crumbs=_crumbs(),
    )
    answer = make_response(page)
    if job.is_open and not is_still:
        answer.headers["Refresh"] = str(LOOK_AGAIN)
    return answer


@bp.post(f"{JOB}/stop")
@limited("60 per minute")
@administers("people.support")
def stop(number: int) -> Page:
    """Stop a job where it is; what was done stays done."""
    job = service.find(number) or abort(HTTPStatus.NOT_FOUND)
    if not guard.may(ACTIONS[job.action].permission):
        return guard.refuse()
    service.stop(number, actor=actor())
    flash(_("The job is stopped. What was done stays done."), "success")
    return go(f"{LIST}/{number}")


def offered() -> list[tuple[str, str]]:
    """Return what the administrator who asks may do to many people."""
    acts = [(name, label) for name, label in actions.words().items() if guard.may(ACTIONS[name].permission)]
    return [*acts, *([(EXPORT, _("Export as CSV"))] if guard.may("people.write") else [])]


def _ask(action: str, meant: Selection, form: JobForm) -> Page:
    return show(
        "many.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        form=form,
        has_errors=has_errors(form),
        act=action,
        heading=actions.words()[action],
        needs_group=ACTIONS[action].needs_group,
        is_danger=action in (actions.DISABLE, actions.SIGN_OUT, actions.REMOVE),
        **_whom(meant),
    )


def _ask_export(meant: Selection) -> Page:
    if not guard.may("people.write"):
        return guard.refuse()
    form = JobForm(formdata=None)
    return show("many.html", form=form, act=EXPORT, heading=_("Export as CSV"), most=MOST_EXPORTED, **_whom(meant))


def _whom(meant: Selection) -> dict[str, Any]:
    return {
        "meant": meant,
        "counted": paging.tell_count(selection.query(meant)),
        "whom": _tell(meant),
        "cancel": "/admin/people",
        "crumbs": _crumbs()[:1],
    }


def _tell(meant: Selection) -> str:
    """Return in words whom a job is about."""
    if meant.listed is not None:
        count = len(meant.listed)
        return str(
            ngettext("%(number)s person who was chosen", "%(number)s people who were chosen", count, number=count)
        )
    if not meant.term.strip():
        return str(_("Everybody"))
    return str(_("Everybody found by “%(term)s”", term=meant.term))


def _states() -> dict[str, str]:
    return {
        service.WAITING: _("Waiting"),
        service.RUNNING: _("Under way"),
        service.DONE: _("Done"),
        service.STOPPED: _("Stopped"),
        service.FAILED: _("Failed"),
    }


def _crumbs() -> list[tuple[str, str]]:
    return [("/admin/people", _("People")), (LIST, _("Jobs"))]
