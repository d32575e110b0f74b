"""Acts upon many people under /api/v1/jobs: begun, told how far they are, and stopped, as at /admin/people."""

from typing import Any

from flask import Blueprint, Response

from idp.accounts import lookup
from idp.api.admission import admit
from idp.api.answering import PATH, page, programs, read_after, read_body, read_limit, respond
from idp.api.problem import missing, wrong
from idp.audit import BY_CLIENT
from idp.base.database import session
from idp.base.outcome import Refused
from idp.groups import lookup as groups
from idp.jobs import service
from idp.jobs.actions import ACTIONS
from idp.jobs.describing import describe
from idp.jobs.models import LARGEST_ID, PeopleJob
from idp.jobs.selection import MOST_LISTED, Selection

bp = Blueprint("api_jobs", __name__, url_prefix=f"{PATH}/jobs")
WHOM = ("who", "search", "everybody")
MEMBERS = {"action", "group", *WHOM}


@bp.get("")
def list_jobs() -> Response:
    """List the jobs of the last three months, the newest first."""
    admit("people.read")
    limit, after, query = read_limit(), read_after(LARGEST_ID), service.listing()
    if after is not None:
        query = query.where(PeopleJob.id < after)
    rows = list(session().scalars(query.limit(limit + 1)))
    return respond(
        page([describe(row) for row in rows[:limit]], str(rows[limit - 1].id) if len(rows) > limit else None)
    )


@bp.get("/<int:number>")
def show_job(number: int) -> Response:
    """Tell how far a job is."""
    admit("people.read")
    return respond(describe(_find(number)))


@bp.post("")
@programs
def begin_job() -> Response:
    """Begin a job; it is done in the background, within what the token permits at that time."""
    reading = admit("people.support")
    action, meant, path = _read(read_body())
    acting = admit(ACTIONS[action].permission)
    group = groups.find_by_path(path) if path is not None else None
    person = lookup.find_by_sub(acting.actor)
    client_id = reading.actor.removeprefix(BY_CLIENT) if person is None else None
    made = service.begin(action, meant, actor=person, client_id=client_id, group=group)
    if isinstance(made, Refused):
        raise wrong([(made.field, made.detail or "")])
    return respond(describe(made), 202)


@bp.post("/<int:number>/stop")
@programs
def stop_job(number: int) -> Response:
    """Stop a job where it is; what was done stays done."""
    acting = admit("people.support")
    found = _find(number)
    admit(ACTIONS[found.action].permission)
    return respond(describe(service.stop(number, actor=acting.actor) or found))


def _find(number: int) -> PeopleJob:
    found = service.find(number)
    if found is None:
        raise missing("job", str(number))
    return found


def _read(body: dict[str, Any]) -> tuple[str, Selection, str | None]:
    """Return what is to be done, to whom, and the path of a group. Raises: Problem, with everything that is wrong."""
    errors: list[tuple[str | None, str]] = [
        (name, "There is no member of this name.") for name in body if name not in MEMBERS
    ]
    action, path = body.get("action"), body.get("group")
    if not isinstance(action, str) or action not in ACTIONS:
        errors.append(("action", f"Use one of: {', '.join(ACTIONS)}."))
    if path is not None and not isinstance(path, str):
        errors.append(("group", "The path of a group is needed."))
    said = [name for name in WHOM if name in body]
    if len(said) != 1:
        errors.append((said[-1] if said else "who", "Say whom: one of who, search and everybody."))
    who, term = body.get("who"), body.get("search", "")
    if "who" in body and not (
        isinstance(who, list) and 0 < len(who) <= MOST_LISTED and all(isinstance(sub, str) for sub in who)
    ):
        errors.append(("who", f"A list of 1 to {MOST_LISTED} values of sub is needed."))
    if not isinstance(term, str) or ("search" in body and not term.strip()):
        errors.append(("search", "Words are needed."))
    if "everybody" in body and body["everybody"] is not True:
        errors.append(("everybody", "It is true, or left away."))
    if errors:
        raise wrong(errors)
    return str(action), Selection(tuple(dict.fromkeys(who)) if who is not None else None, str(term)), path
