"""The routes of the authorization endpoint: a request begins here, and goes on here after every page that it needed."""

from http import HTTPStatus

from flask import redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from idp.base import database
from idp.base.http import acts, limited, programs_only, show_error
from idp.oauth import addresses, refusals
from idp.oauth.authorize import answering, reading
from idp.oauth.authorize.deciding import decide, look, meet
from idp.oauth.authorize.pages import Answer, Page, Request, bp, consent_path, keep, load, no_access_path, resume_path
from idp.oauth.authorize.reading import Unanswerable, Wrong
from idp.oauth.interaction import (
    AcceptTerms,
    AskConsent,
    CompleteProfile,
    Enrol,
    Issue,
    Next,
    Refuse,
    SignIn,
    SignUp,
    StepUp,
    TurnAway,
)
from idp.signin import login
from idp.signin.flow import Step
from idp.signin.pages import with_next

# Whole networks come from one address, at nine o'clock all at once.
LIMIT = "600 per minute"


def _is_kept(answer: Response) -> bool:
    """Return whether a request waits for a page of this server: it is a row for a day, and one that a stranger may have made."""
    return (answer.location or "").startswith("/")


@bp.get("/oauth/authorize")
@acts
@limited(LIMIT, methods=("GET",), counts=_is_kept)
def authorize() -> Answer:
    """Answer an authorization request (RFC 6749, section 4.1.1)."""
    database.for_writing()
    return _begin({name: request.args.getlist(name) for name in request.args})


@bp.post("/oauth/authorize")
@limited("120 per minute")
@programs_only(
    "relying parties post authorization requests from their own pages; the request changes nothing by itself"
)
def authorize_by_post() -> Answer:
    """Answer an authorization request sent as a form (OpenID Connect Core, section 3.1.2.1).

    A cross-site POST comes without our cookie, so the request waits in a row and goes on with a GET.
    """
    return _begin({name: request.form.getlist(name) for name in request.form}, park=True)


@bp.get("/oauth/resume")
@acts
@limited(LIMIT, methods=("GET",))
def resume() -> Answer:
    """Take a waiting request up again, after sign-in or in another tab."""
    database.for_writing()
    waiting = load(request.args.get("id", ""))
    return advance(waiting) if isinstance(waiting, Request) else waiting


def _begin(pairs: dict[str, list[str]], park: bool = False) -> Answer:
    match reading.check(pairs):
        case Unanswerable() as refused:
            return _show_refusal(refused)
        case Wrong(asked, problem):
            return answering.refuse(asked, *problem)
        case Request() as asked if park:
            return redirect(resume_path(keep(asked)), HTTPStatus.SEE_OTHER)
        case asked:
            return advance(asked)


def advance(asked: Request) -> Answer:
    """Do what is next for a request: a code at once, where nothing else is needed, and everything else by the decision."""
    seen = meet(login.token(), asked)
    step = decide(asked, seen)
    if not isinstance(step, Issue) or seen is None:
        return _do(step, asked)
    code = answering.issue_at_once(asked, seen)
    return answering.send(asked, {"code": code}) if code is not None else _advance_held(asked)


def _advance_held(asked: Request) -> Answer:
    """Decide anew, with the account held: more than a code is asked for, or something moved while a code was to be issued."""
    present = login.held()
    step = decide(asked, look(present.get_id() if present is not None else None, asked))
    if isinstance(step, Issue) and present is not None:
        return answering.issue(asked, present)
    return _do(step, asked)


def _do(step: Next, asked: Request) -> Answer:
    """Do a step that issues nothing, and writes nothing of anybody's account."""
    match step:
        case SignIn():
            return _make_up(Step.FIRST, asked, is_signed_in=step.again)
        case SignUp():
            return redirect(with_next("/signup", resume_path(keep(asked))), HTTPStatus.SEE_OTHER)
        case StepUp():
            return _make_up(Step.SECOND, asked)
        case Enrol():
            return _make_up(Step.ENROL, asked)
        case AcceptTerms():
            return redirect(login.path_to_terms(resume_path(keep(asked))), HTTPStatus.SEE_OTHER)
        case CompleteProfile():
            return redirect(login.path_to_completion(resume_path(keep(asked))), HTTPStatus.SEE_OTHER)
        case TurnAway():
            return redirect(no_access_path(asked), HTTPStatus.SEE_OTHER)
        case AskConsent():
            return redirect(consent_path(asked), HTTPStatus.SEE_OTHER)
        case Refuse():
            return answering.refuse(asked, step.error, step.description)
        case Issue():
            raise TypeError("nobody to issue a code to")  # `decide` has asked them to sign in


def _make_up(step: Step, asked: Request, *, is_signed_in: bool = True) -> Response:
    """Send the person to the page of a missing step, from where the request is taken up again."""
    path = login.path_to(step, resume_path(keep(asked)), is_signed_in=is_signed_in)
    return redirect(path, HTTPStatus.SEE_OTHER)


def _show_refusal(refused: Unanswerable) -> Page:
    """Show the page of a request that nobody is sent back with, and record what was asked: a stranger may have, so not often."""
    name, value = refused.sent or ("", "")
    sent = addresses.without_query(value) if name == "redirect_uri" else None
    refusals.record(
        "request.refused", refused.cause, client_id=refused.client_id, endpoint="authorize", redirect_uri=sent
    )
    advice = {
        "client_id": _("The client_id is that of no client here, or of one that is disabled."),
        "redirect_uri": _(
            "A redirect_uri must be registered for the client to the letter: scheme, host, port, path, and a slash at the end."
        ),
    }
    return show_error(
        _("This sign-in request does not work"),
        refused.message,
        HTTPStatus.BAD_REQUEST,
        hint=_("Tell the people who run the application. Your account is not affected."),
        advice=refused.advice or advice.get(name),
        sent=(name, refusals.shorten(value) or "") if value else None,
    )
