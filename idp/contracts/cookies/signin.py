"""Document 3's sign-up, sign-in, refresh and sign-out, and choosing a username."""

from http import HTTPStatus
from typing import assert_never

from flask import request
from pydantic import Field

from idp.accounts import service, signup
from idp.accounts.models import Account
from idp.accounts.service import Profile
from idp.accounts.signup import Application
from idp.base import writing
from idp.base.http import source
from idp.base.outcome import Reason, Refused
from idp.contracts.cookies.shapes import (
    CLIENT_ID,
    REFRESH,
    AccountAnswer,
    DoneAnswer,
    ErrorAnswer,
    MessageAnswer,
    SecondFactorAnswer,
    access_cookie,
    adapter,
    caller,
    done,
    find_bearer,
    no_token_cookies,
    refreshing,
    token_cookies,
)
from idp.contracts.kit import Answer, Body, Cookie, Demand, Problem, second_factor_members
from idp.oauth import direct
from idp.oauth.direct import Bearer
from idp.signin import doors, login


class SignUp(Body):
    """Who wants an account; the first space of `fullName` stands between first and last name."""

    full_name: str = Field(alias="fullName")
    email: str
    password: str


class Credentials(Body):
    """Who signs in; `code` is a second factor's."""

    email: str
    password: str
    code: str | None = None


class Username(Body):
    """The username that somebody chooses."""

    username: str


@adapter.route(
    "POST",
    "/auth/signup",
    summary="Create an account, and sign in",
    answers={201: AccountAnswer, 400: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=("20 per minute", "200 per hour"),
    body=SignUp,
    failures=(400,),
)
def sign_up(body: SignUp) -> Answer | Problem:
    """Create an account, send the message that confirms its address, and set the cookies."""
    given, _, family = writing.tidy(body.full_name).strip().partition(" ")
    if not given:
        return Problem(HTTPStatus.BAD_REQUEST, "fullName: This field is required.")
    application = Application(body.email, body.password, Profile(given, family.strip()))
    account = signup.register(application, source=source())
    if not isinstance(account, Account):
        return adapter.contract.tell(account[0])
    answer = done("User registered successfully") | {"data": str(account.id)}
    outcome = doors.arrive(account, ["pwd"], None, door=CLIENT_ID, source=source())
    match outcome:
        case doors.SignedIn():
            return Answer(answer, HTTPStatus.CREATED, _sign_in(outcome))
        case doors.SecondFactorNeeded() | Refused():
            # The account is made. Where a second factor has to be set up first, nobody gets in without one.
            return Answer(answer, HTTPStatus.CREATED)
        case _:
            assert_never(outcome)


@adapter.route(
    "POST",
    "/auth/login",
    summary="Sign in",
    answers={200: AccountAnswer, 401: SecondFactorAnswer},
    demand=Demand.NOTHING,
    limits=("60 per minute",),
    body=Credentials,
    failures=(400, 401),
)
def log_in(body: Credentials) -> Answer | Problem:
    """Sign in by address and password, and by a code where the account has a second factor; set the cookies."""
    outcome = doors.with_password(body.email, body.password, body.code or None, door=CLIENT_ID, source=source())
    match outcome:
        case doors.SignedIn(account):
            cookies = _sign_in(outcome)
            return Answer(done("Login successful") | {"data": str(account.id)}, cookies=cookies)
        case doors.SecondFactorNeeded(ticket):
            extra = second_factor_members(ticket)
            return Problem(HTTPStatus.UNAUTHORIZED, "A second factor's code is needed too", extra=extra)
        case Refused():
            return adapter.contract.tell(outcome)
        case _:
            assert_never(outcome)


@refreshing.route(
    "POST",
    "/auth/refresh",
    summary="Get a new access token",
    answers={200: MessageAnswer, 401: MessageAnswer},
    demand=Demand.SIGNED_IN,
    limits=("120 per minute",),
    security="refreshToken",
    failures=(401,),
)
def refresh() -> Answer | Problem:
    """Set a new access token's cookie for the refresh token's, which stays as it is."""
    token = request.cookies.get(REFRESH)
    if not token:
        return Problem(HTTPStatus.UNAUTHORIZED, "No refresh token provided")
    fresh = direct.refresh(caller(), token)
    if fresh is None:
        return Problem(HTTPStatus.UNAUTHORIZED, "Invalid refresh token")
    return Answer({"message": "Access token refreshed"}, cookies=(access_cookie(fresh[0]),))


@adapter.route(
    "POST",
    "/auth/logout",
    summary="Sign out",
    answers={200: DoneAnswer},
    demand=Demand.ENDING,
    limits=("120 per minute",),
    security="refreshToken",
)
def log_out() -> Answer:
    """End the session of the refresh token's cookie, if there is one, and delete the cookies; a second time changes nothing."""
    direct.sign_out(caller(), request.cookies.get(REFRESH, ""), source=source())
    return Answer(done("Logout successful"), cookies=no_token_cookies())


@adapter.route(
    "POST",
    "/auth/username",
    summary="Choose a username",
    answers={200: DoneAnswer, 401: ErrorAnswer, 409: ErrorAnswer},
    demand=Demand.SIGNED_IN,
    limits=("30 per minute",),
    admit=find_bearer,
    body=Username,
    security="bearer",
    failures=(400, 401, 409),
)
def choose_username(bearer: Bearer, body: Username) -> Answer | Problem:
    """Give the account behind the access token its username."""
    account = bearer.account
    if not body.username:
        return adapter.contract.tell(Refused(Reason.USERNAME_INVALID, "username"))
    profile = Profile(account.given_name, account.family_name, body.username, account.picture)
    refusals = service.change_profile(account, profile, source=source())
    return adapter.contract.tell(refusals[0]) if refusals else Answer(done("Username saved successfully"))


def _sign_in(signed_in: doors.SignedIn) -> tuple[Cookie, ...]:
    return token_cookies(direct.sign_in(caller(), signed_in.account, signed_in.proof, login.device()))
