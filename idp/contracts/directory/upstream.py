"""Document 5's way in through GitHub and 42: the front end gets an address to go to, and the browser comes back with a cookie."""

from http import HTTPStatus
from typing import Annotated, assert_never, cast

from flask import Response, request
from pydantic import BaseModel, Field

from idp.accounts.models import Account
from idp.base.database import for_writing
from idp.base.extensions import settings
from idp.base.http import acts, source
from idp.base.leaving import leave_for
from idp.base.outcome import Reason, Refused
from idp.contracts.directory.shapes import (
    CLIENT_ID,
    NO_ACCOUNT,
    REFRESH_COOKIE,
    REFRESH_PATH,
    ErrorAnswer,
    adapter,
    caller,
    refuse,
)
from idp.contracts.kit import Answer, Cookie, Demand, Problem, is_at_listed_origin, set_cookie
from idp.federation import browser, service
from idp.oauth import direct
from idp.sessions import Proof
from idp.signin import doors, login
from idp.signin.flow import Step

BAD = HTTPStatus.BAD_REQUEST
LIMITS = ("60 per minute",)
# Each provider's key here, by its name in the document.
KEYS = {"github": "github", "42api": "42"}
LONGEST_SOURCE = 2000  # characters
AFTERWARDS = "/account"


class Start(BaseModel):
    """Where the browser goes after all: an address at one of the listed origins."""

    source: str


class Back(BaseModel):
    """What a provider sends along."""

    code: str
    state: str


class RedirectionAnswer(BaseModel):
    """Where the browser has to go."""

    redirection_url: Annotated[str, Field(description="the provider's authorization endpoint, with parameters")]


@adapter.route(
    "GET",
    "/user/oauth/<auth_service>/",
    summary="Begin to sign in with GitHub or 42",
    answers={200: RedirectionAnswer, 400: ErrorAnswer, 503: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=LIMITS,
    query=Start,
    failures=(400, 503),
)
def start_upstream(auth_service: str) -> Answer | Problem:
    """Tell where the browser has to go; it is given a cookie by which it is known when it comes back."""
    target = request.args.get("source", "")
    if auth_service not in KEYS:
        return _unknown_service()
    if len(target) > LONGEST_SOURCE or not is_at_listed_origin(target):
        return _unknown_source()
    started = service.start(
        KEYS[auth_service],
        callback=_callback_of(auth_service),
        door=CLIENT_ID,
        return_to=target,
        browser=browser.name(),
    )
    if isinstance(started, Refused):
        return adapter.contract.tell(started)
    return Answer({"redirection_url": started.authorization_url})


@adapter.route(
    "GET",
    "/user/oauth/callback/<auth_service>/",
    summary="Come back from GitHub or 42, with the cookie set",
    answers={303: None, 400: ErrorAnswer, 503: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=LIMITS,
    query=Back,
    failures=(400, 503),
)
@acts
def finish_upstream(auth_service: str) -> Problem | Response:
    """Take the provider's answer and lead back to where the browser came from."""
    if auth_service not in KEYS:
        return _unknown_service()
    for_writing()
    finished = service.finish(
        KEYS[auth_service],
        request.args,
        browser=browser.known(),
        callback=_callback_of(auth_service),
        source=source(),
    )
    if isinstance(finished, Refused):
        return _refuse(finished)
    target = finished.return_to or ""
    if not is_at_listed_origin(target):  # the operator may have changed the list meanwhile
        return _unknown_source()
    account, amr = finished.account, finished.amr
    here = login.here(account)
    browser_session = here.browser if here is not None else None
    outcome = doors.arrive(account, amr, None, door=CLIENT_ID, source=source(), browser=browser_session)
    match outcome:
        case doors.SignedIn(account, proof):
            return _enter(account, proof, target)
        case doors.SecondFactorNeeded():
            return cast(Response, login.make_up(account, amr, Step.SECOND, AFTERWARDS))
        case Refused(Reason.EMAIL_UNPROVED | Reason.TERMS_NEEDED):
            return cast(Response, login.arrive(account, amr, login.path_to_terms(AFTERWARDS)))
        case Refused(Reason.ENROLMENT_NEEDED):
            return cast(Response, login.make_up(account, amr, Step.ENROL, AFTERWARDS))
        case Refused():
            return _refuse(outcome)
        case _:
            assert_never(outcome)


def _enter(account: Account, proof: Proof, target: str) -> Response:
    pair = direct.sign_in(caller(), account, proof, login.device())
    response = leave_for(target)
    seconds = int(caller().refresh_life.total_seconds())
    set_cookie(response, Cookie(REFRESH_COOKIE, pair.refresh_token, seconds, REFRESH_PATH))
    return response


def _refuse(refused: Refused) -> Problem:
    """Return the document's sentence: of the state, of the provider's answer, or that nobody can be signed in."""
    if refused.reason is Reason.UPSTREAM_OFF:
        return adapter.contract.tell(refused)
    if refused.reason in {Reason.UPSTREAM_STATE, Reason.UPSTREAM_FAILED}:
        return refuse([refused], BAD)
    return Problem(BAD, NO_ACCOUNT, refused.reason)


def _callback_of(auth_service: str) -> str:
    return f"{settings().issuer}/user/oauth/callback/{auth_service}/"


def _unknown_service() -> Problem:
    return Problem(BAD, "Unknown auth service")


def _unknown_source() -> Problem:
    return Problem(BAD, "Unknown source")
