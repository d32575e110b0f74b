"""The shapes of document 3: how failures are written, the sentences that are its own, and its cookies."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint
from pydantic import BaseModel

from idp.base.extensions import settings
from idp.base.outcome import Reason
from idp.contracts.kit import Adapter, Contract, Cookie, Problem, SecondFactorMembers, is_enrolling, read_token
from idp.oauth import direct
from idp.oauth.direct import Bearer, Caller, Pair

CLIENT_ID = "contract-3"
ACCESS, REFRESH, RESET = "accessToken", "refreshToken", "resetToken"
RESET_PATH = "/auth/reset-password"
INVALID_CODE, CODE_TOO_LATE = "Invalid OTP", "OTP expired"
NOT_VERIFIED = "Verify the code that was sent to your email first"

OWN: Mapping[Reason, tuple[int, str]] = {
    Reason.BAD_CREDENTIALS: (401, "Invalid email or password"),
    Reason.EMAIL_TAKEN: (400, "User already exists"),
    Reason.WRONG_CODE: (400, INVALID_CODE),
    Reason.CODE_SPENT: (400, INVALID_CODE),
    Reason.CODE_EXPIRED: (400, CODE_TOO_LATE),
    Reason.LINK_INVALID: (401, NOT_VERIFIED),
    Reason.LINK_EXPIRED: (401, NOT_VERIFIED),
}

bp = Blueprint("contract_cookies", __name__)


class ErrorAnswer(BaseModel):
    """A failure."""

    success: bool
    message: str


class SecondFactorAnswer(SecondFactorMembers, ErrorAnswer):
    """A failed sign-in; where only the second factor is missing, the last two members say so."""


class MessageAnswer(BaseModel):
    """What happened, where the document shows nothing else."""

    message: str


class CallbackErrorAnswer(BaseModel):
    """A failure on the way back from another provider."""

    msg: str


class DoneAnswer(BaseModel):
    """What happened."""

    success: bool
    message: str


class AccountAnswer(DoneAnswer):
    """What happened, and to whom: `data` is the account's number."""

    data: str


def render(problem: Problem) -> dict[str, Any]:
    """Write a failure as the document does almost everywhere."""
    return {"success": False, "message": problem.message}


def render_message(problem: Problem) -> dict[str, Any]:
    """Write a failure to refresh."""
    return {"message": problem.message}


def render_callback(problem: Problem) -> dict[str, Any]:
    """Write a failure of a callback."""
    return {"msg": problem.message}


TITLE = "Cookie authentication"
ABOUT = "For browser front ends on the same site: tokens live in cookies, addresses are confirmed by mailed codes."
adapter = Adapter(Contract("cookies", TITLE, render, ErrorAnswer, OWN, ABOUT), bp)
refreshing = Adapter(Contract("cookies", TITLE, render_message, MessageAnswer, OWN), bp)
callbacks = Adapter(Contract("cookies", TITLE, render_callback, CallbackErrorAnswer, OWN), bp)


def caller() -> Caller:
    """Return this document's name as a client, and how long its tokens live."""
    return Caller(
        CLIENT_ID,
        timedelta(minutes=settings().cookies_access_minutes),
        timedelta(days=settings().cookies_refresh_days),
    )


def find_bearer() -> Bearer | Problem:
    """Return who calls, by the access token in the Authorization header. Problem: 401."""
    found = direct.find_bearer(read_token() or "", enrolling=is_enrolling())
    return found if found is not None else Problem(HTTPStatus.UNAUTHORIZED, "Invalid or missing access token")


def done(message: str) -> dict[str, Any]:
    """Return the body that says that something has happened."""
    return {"success": True, "message": message}


def token_cookies(pair: Pair) -> tuple[Cookie, ...]:
    """Return the cookies of a sign-in."""
    return (access_cookie(pair.access_token), Cookie(REFRESH, pair.refresh_token, _seconds(caller().refresh_life)))


def access_cookie(token: str) -> Cookie:
    """Return the cookie of an access token."""
    return Cookie(ACCESS, token, _seconds(caller().access_life))


def no_token_cookies() -> tuple[Cookie, ...]:
    """Return what deletes the cookies of a sign-in."""
    return Cookie(ACCESS, "", 0), Cookie(REFRESH, "", 0)


def _seconds(life: timedelta) -> int:
    return int(life.total_seconds())
