"""Invitations under /api/v1/invitations: people are invited by mail, invited once more, and not any more."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request

from idp.accounts import identity, lookup, taking
from idp.accounts.authority import holding
from idp.accounts.models import Account
from idp.accounts.taking import Authority
from idp.api import problem
from idp.api.admission import Acting, admit
from idp.api.answering import PATH, page, programs, read_after, read_body, read_limit, respond
from idp.api.problem import Problem, missing, wrong
from idp.base.database import session
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.groups import lookup as groups
from idp.groups.models import Group
from idp.invitations import service
from idp.invitations.describing import describe
from idp.invitations.lookup import find, search, state_of
from idp.invitations.models import Invitation

bp = Blueprint("api_invitations", __name__, url_prefix=f"{PATH}/invitations")
LARGEST_ID = 2**31 - 1
MOST, MOST_GROUPS = 500, 20
LONGEST_LIFE = 365  # days
STATES = ("waiting", "came", "revoked")
MEMBERS = {"emails", "groups", "days"}


@bp.get("")
def list_invitations() -> Response:
    """List invitations, the newest first: those whose address begins with `q`, of one `state`, older ones than `after`."""
    admit("people.read")
    state, after = request.args.get("state", ""), read_after(LARGEST_ID)
    if state and state not in STATES:
        raise wrong([("state", f"Use one of: {', '.join(STATES)}.")])
    query, limit = search(request.args.get("q", ""), state), read_limit()
    if after is not None:
        query = query.where(Invitation.id < after)
    rows = list(session().scalars(query.limit(limit + 1)))
    return respond(
        page([describe(row) for row in rows[:limit]], str(rows[limit - 1].id) if len(rows) > limit else None)
    )


@bp.post("")
@programs
def create_invitations() -> Response:
    """Invite the people of `emails`, into the groups whose paths are given; tells what became of each address."""
    acting = admit("people.write")
    emails, letter = _read(read_body(), acting)
    closed = service.refuse()
    if closed is not None:
        raise problem.of(closed)
    sent = service.invite(emails, letter, take=lambda account_id: _take(account_id, acting))
    told = {"outcomes": [{"email": e, "outcome": o.value} for o, found in sent.by_outcome.items() for e in found]}
    if not sent.left:
        return respond(told, HTTPStatus.CREATED)
    waiting = {"left": list(sent.left), "detail": "These have to wait: so many letters were sent already."}
    return respond(told | waiting, HTTPStatus.TOO_MANY_REQUESTS, Retry_After=str(sent.retry_after))


@bp.post("/<int:number>/resend")
@programs
def resend(number: int) -> Response:
    """Send the letter again, with a new link; the earlier one is void."""
    acting = admit("people.write")
    found = _find(number)
    outcome = service.resend(found, actor=acting.actor)
    if isinstance(outcome, Refused):
        over = outcome.reason is Reason.UNKNOWN
        raise Problem(HTTPStatus.CONFLICT, "The invitation is over.") if over else problem.of(outcome)
    return respond(describe(found) | {"outcome": outcome.value})


@bp.delete("/<int:number>")
@programs
def revoke(number: int) -> Response:
    """End an invitation, so that its link opens nothing; one that is over stays so."""
    acting = admit("people.write")
    found = _find(number)
    if not service.revoke(found, actor=acting.actor):
        raise Problem(HTTPStatus.CONFLICT, f"The invitation is over: {state_of(found)}.")
    return respond(describe(found))


def _find(number: int) -> Invitation:
    found = find(number, for_change=True) if number < 2**31 else None
    if found is None:
        raise missing("invitation", str(number))
    return found


def _read(body: dict[str, Any], acting: Acting) -> tuple[list[str], service.Letter]:
    unknown = [(name, "There is no member of this name.") for name in body if name not in MEMBERS]
    emails, errors = _read_emails(body.get("emails"))
    chosen, more = _read_groups(body.get("groups", []), acting)
    days = body.get("days", service.USUAL_LIFE)
    if type(days) is not int or not 0 < days <= LONGEST_LIFE:
        more.append(("days", f"A whole number from 1 to {LONGEST_LIFE} is needed."))
    if unknown or errors or more:
        raise wrong([*unknown, *errors, *more])
    account = lookup.find_by_sub(acting.actor)
    return emails, service.Letter(chosen, days, acting.actor, account.display_name if account is not None else "")


def _read_emails(given: Any) -> tuple[list[str], list[tuple[str, str]]]:
    if not isinstance(given, list) or not 0 < len(given) <= MOST:
        return [], [("emails", f"A list of 1 to {MOST} addresses is needed.")]
    read = [identity.read_email(one) if isinstance(one, str) else Refused(Reason.EMAIL_INVALID) for one in given]
    wrong_ones = [(f"emails[{n}]", phrase(one)) for n, one in enumerate(read) if isinstance(one, Refused)]
    return [one for one in read if isinstance(one, str)], wrong_ones


def _read_groups(given: Any, acting: Acting) -> tuple[list[Group], list[tuple[str, str]]]:
    if not isinstance(given, list) or len(given) > MOST_GROUPS or not all(isinstance(path, str) for path in given):
        return [], [("groups", f"A list of up to {MOST_GROUPS} paths is needed.")]
    if given and "groups.write" not in acting.permissions:
        return [], [("groups", "The token does not permit to put people into groups.")]
    found = [(n, path, groups.find_by_path(path)) for n, path in enumerate(given)]
    errors = [(f"groups[{n}]", f"There is no group {path[:100]}.") for n, path, group in found if group is None]
    return [group for _n, _path, group in found if group is not None], errors


def _take(account_id: int, acting: Acting) -> Account | Refused:
    """Hold an account that is to get groups; one that administers more than the token permits is left alone."""
    taken = taking.take(Authority(account_id), is_closed_too=True)
    if isinstance(taken, Account) and not holding.covers(acting.permissions, taken):
        return Refused(Reason.NOT_PERMITTED)
    return taken
