"""Document 5's sign-up, sign-in and access tokens, and the questions that a sign-up form asks beforehand."""

from http import HTTPStatus
from typing import Annotated, assert_never

from flask import request
from pydantic import BaseModel, Field

from idp.accounts import identity, lookup, passwords, signup
from idp.accounts.models import Account
from idp.accounts.service import Profile
from idp.accounts.signup import Application
from idp.base.extensions import settings
from idp.base.http import source
from idp.base.outcome import Reason, Refused
from idp.contracts.directory.shapes import (
    CLIENT_ID,
    REFRESH_COOKIE,
    REFRESH_PATH,
    ErrorAnswer,
    adapter,
    caller,
    refuse,
)
from idp.contracts.kit import Answer, Body, Demand, Problem, SecondFactorMembers, second_factor_members
from idp.oauth import direct
from idp.signin import doors, login

BAD, CREATED = HTTPStatus.UNAUTHORIZED, HTTPStatus.CREATED
ASK_LIMITS = ("60 per minute", "600 per hour")

Email = Annotated[str, Field(min_length=1, max_length=50)]


class SignUp(Body):
    """Who wants an account."""

    username: Annotated[str, Field(min_length=1)]
    email: Email
    password: str


class SignIn(Body):
    """Who signs in, by username or e-mail address; `code` is a second factor's."""

    username: str
    password: str
    code: str | None = None


class Username(Body):
    """A username, or a part of one."""

    username: str


class EmailAddress(Body):
    """An e-mail address."""

    email: str


class RefreshToken(Body):
    """A refresh token; without one, the cookie is read."""

    refresh_token: str | None = None


class RefreshAnswer(BaseModel):
    """What a sign-in yields."""

    refresh_token: str


class AccessAnswer(BaseModel):
    """A new access token."""

    access_token: str


class TakenAnswer(BaseModel):
    """Whether somebody has it."""

    is_taken: bool


class SecondFactorAnswer(SecondFactorMembers, ErrorAnswer):
    """A failed sign-in; where only the second factor is missing, the last two members say so."""


@adapter.route(
    "POST",
    "/user/signup/",
    summary="Create an account",
    answers={201: RefreshAnswer, 401: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=("20 per minute", "200 per hour"),
    body=SignUp,
    unreadable=BAD,
    failures=(401,),
)
def sign_up(body: SignUp) -> Answer | Problem:
    """Create an account, send the message that confirms its address, and sign in."""
    application = Application(body.email, body.password, Profile(username=body.username))
    account = signup.register(application, source=source(), rules=passwords.STRICT)
    if not isinstance(account, Account):
        return refuse(account, BAD)
    return enter(doors.arrive(account, ["pwd"], None, door=CLIENT_ID, source=source()))


@adapter.route(
    "POST",
    "/user/signin/",
    summary="Sign in",
    answers={201: RefreshAnswer, 401: SecondFactorAnswer},
    demand=Demand.NOTHING,
    limits=("60 per minute",),
    body=SignIn,
    unreadable=BAD,
    failures=(401,),
)
def sign_in(body: SignIn) -> Answer | Problem:
    """Sign in by name and password, and by a code where the account has a second factor."""
    return enter(doors.with_password(body.username, body.password, body.code or None, door=CLIENT_ID, source=source()))


@adapter.route(
    "POST",
    "/user/username-exist/",
    summary="Ask whether a username is taken",
    answers={200: TakenAnswer, 401: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=ASK_LIMITS,
    body=Username,
    unreadable=BAD,
    failures=(401,),
)
def ask_username(body: Username) -> Answer | Problem:
    """Tell whether somebody has a username."""
    refused = identity.check_username(body.username)
    if refused is not None and refused.reason is not Reason.USERNAME_TAKEN:
        return refuse([refused], BAD)
    return Answer({"is_taken": refused is not None})


def refuse_when_off() -> Problem | None:
    """Return the problem that the operator has turned the question for addresses off."""
    if settings().email_exist_endpoint:
        return None
    return Problem(HTTPStatus.NOT_FOUND, "This server does not tell who has an account")


@adapter.route(
    "POST",
    "/user/email-exist/",
    summary="Ask whether an e-mail address is taken",
    answers={200: TakenAnswer, 401: ErrorAnswer, 404: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=ASK_LIMITS,
    body=EmailAddress,
    admit=refuse_when_off,
    unreadable=BAD,
    failures=(401, 404),
)
def ask_email(_is_on: None, body: EmailAddress) -> Answer | Problem:
    """Tell whether an address has an account."""
    email = identity.read_email(body.email)
    if isinstance(email, Refused):
        return refuse([email], BAD)
    return Answer({"is_taken": lookup.find_by_email(email) is not None})


@adapter.route(
    "POST",
    REFRESH_PATH,
    summary="Get an access token",
    answers={200: AccessAnswer, 400: ErrorAnswer},
    demand=Demand.SIGNED_IN,
    limits=("120 per minute",),
    body=RefreshToken,
    security=(None, REFRESH_COOKIE),
    failures=(400,),
)
def refresh_access(body: RefreshToken) -> Answer | Problem:
    """Give an access token for a refresh token of the body or the cookie."""
    token = body.refresh_token or request.cookies.get(REFRESH_COOKIE)
    if not token:
        return Problem(HTTPStatus.BAD_REQUEST, "refresh_token: This field is required.")
    fresh = direct.refresh(caller(), token)
    if fresh is None:
        return Problem(HTTPStatus.BAD_REQUEST, "Invalid or expired refresh token")
    return Answer({"access_token": fresh[0]})


def enter(outcome: doors.Outcome) -> Answer | Problem:
    """Answer how a sign-in went."""
    match outcome:
        case doors.SignedIn(account, proof):
            pair = direct.sign_in(caller(), account, proof, login.device())
            return Answer({"refresh_token": pair.refresh_token}, CREATED)
        case doors.SecondFactorNeeded(ticket):
            extra = second_factor_members(ticket)
            return Problem(BAD, "The code of your second factor is needed too", extra=extra)
        case Refused():
            return refuse([outcome], BAD)
        case _:
            assert_never(outcome)
