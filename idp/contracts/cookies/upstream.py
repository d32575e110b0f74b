"""Document 3's way in through Google and GitHub: the browser goes to the provider, and comes back with the cookies set."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import assert_never, cast

from flask import Response, request
from pydantic import BaseModel

from idp.accounts.models import Account
from idp.base.database import for_writing
from idp.base.extensions import settings
from idp.base.http import acts, source
from idp.base.leaving import leave_for
from idp.base.outcome import Reason, Refused
from idp.contracts.cookies.shapes import (
    CLIENT_ID,
    CallbackErrorAnswer,
    ErrorAnswer,
    adapter,
    callbacks,
    caller,
    token_cookies,
)
from idp.contracts.kit import Demand, Problem, set_cookie
from idp.federation import browser, service
from idp.oauth import direct
from idp.sessions import Proof
from idp.signin import doors, login
from idp.signin.flow import Step
from idp.signin.pages import go

LIMITS = ("60 per minute",)
STATUSES = {Reason.UPSTREAM_STATE: HTTPStatus.BAD_REQUEST, Reason.UPSTREAM_OFF: HTTPStatus.SERVICE_UNAVAILABLE}


@dataclass(frozen=True)
class Upstream:
    """A provider, as the document calls it."""

    key: str
    failed: str

    @property
    def path(self) -> str:
        """Where signing in begins."""
        return f"/auth/{self.key}"

    @property
    def callback(self) -> str:
        """The address that is registered at the provider."""
        return f"{settings().issuer}{self.path}/callback"


class Back(BaseModel):
    """What a provider sends along."""

    code: str
    state: str


GOOGLE = Upstream("google", "Google authentication failed")
GITHUB = Upstream("github", "Github authentication failed")


@adapter.route(
    "GET",
    GOOGLE.path,
    summary="Sign in with Google",
    answers={303: None, 503: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=LIMITS,
    failures=(503,),
)
def start_google() -> Problem | Response:
    """Send the browser to Google."""
    return _start(GOOGLE)


@adapter.route(
    "GET",
    GITHUB.path,
    summary="Sign in with GitHub",
    answers={303: None, 503: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=LIMITS,
    failures=(503,),
)
def start_github() -> Problem | Response:
    """Send the browser to GitHub."""
    return _start(GITHUB)


@callbacks.route(
    "GET",
    f"{GOOGLE.path}/callback",
    summary="Come back from Google, with the cookies set",
    answers={303: None, 400: CallbackErrorAnswer, 401: CallbackErrorAnswer},
    demand=Demand.NOTHING,
    limits=LIMITS,
    query=Back,
    failures=(400, 401, 503),
)
@acts
def finish_google() -> Problem | Response:
    """Take Google's answer."""
    return _finish(GOOGLE)


@callbacks.route(
    "GET",
    f"{GITHUB.path}/callback",
    summary="Come back from GitHub, with the cookies set",
    answers={303: None, 400: CallbackErrorAnswer, 401: CallbackErrorAnswer},
    demand=Demand.NOTHING,
    limits=LIMITS,
    query=Back,
    failures=(400, 401, 503),
)
@acts
def finish_github() -> Problem | Response:
    """Take GitHub's answer."""
    return _finish(GITHUB)


def _start(upstream: Upstream) -> Problem | Response:
    started = service.start(
        upstream.key, callback=upstream.callback, door=CLIENT_ID, return_to=None, browser=browser.name()
    )
    if isinstance(started, Refused):
        return adapter.contract.tell(started, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return leave_for(started.authorization_url)


def _finish(upstream: Upstream) -> Problem | Response:
    for_writing()
    finished = service.finish(
        upstream.key, request.args, browser=browser.known(), callback=upstream.callback, source=source()
    )
    if isinstance(finished, Refused):
        return _refuse(upstream, finished)
    account, amr = finished.account, finished.amr
    here = login.here(account)
    browser_session = here.browser if here is not None else None
    outcome = doors.arrive(account, amr, None, door=CLIENT_ID, source=source(), browser=browser_session)
    match outcome:
        case doors.SignedIn(account, proof):
            return _enter(account, proof, amr)
        case doors.SecondFactorNeeded():
            # From the page with the code the browser goes once more through the provider, then with both factors shown.
            return cast(Response, login.make_up(account, amr, Step.SECOND, upstream.path))
        case Refused(Reason.EMAIL_UNPROVED | Reason.TERMS_NEEDED):
            return cast(Response, login.arrive(account, amr, login.path_to_terms(upstream.path)))
        case Refused(Reason.ENROLMENT_NEEDED):
            return cast(Response, login.make_up(account, amr, Step.ENROL, upstream.path))
        case Refused():
            return _refuse(upstream, outcome)
        case _:
            assert_never(outcome)


def _enter(account: Account, proof: Proof, amr: list[str]) -> Response:
    """Set the cookies and go to the person's page; who has no username chooses one first, on a page that wants a sign-in."""
    pair = direct.sign_in(caller(), account, proof, login.device())
    leave = go(f"/u/{account.username}") if account.username else login.arrive(account, amr, "/auth/username")
    response = cast(Response, leave)
    for cookie in token_cookies(pair):
        set_cookie(response, cookie)
    return response


def _refuse(upstream: Upstream, refused: Refused) -> Problem:
    return Problem(STATUSES.get(refused.reason, HTTPStatus.UNAUTHORIZED), upstream.failed, refused.reason)
