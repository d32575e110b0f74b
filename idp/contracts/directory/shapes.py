"""The shapes of document 5: how failures are written on each kind of route, and the sentences that are its own."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint
from pydantic import BaseModel, Field

from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.contracts.kit import Adapter, Contract, Problem, is_enrolling, read_token
from idp.oauth import direct
from idp.oauth.direct import Bearer, Caller

CLIENT_ID = "contract-5"
REFRESH_PATH = "/user/refresh-access-jwt/"
REFRESH_COOKIE = "refresh_token"
DETAILS = "errors details"
NO_ACCOUNT = "Failed to create or get user"

OWN: Mapping[Reason, tuple[int, str]] = {
    Reason.BAD_CREDENTIALS: (401, "Username or password is wrong"),
    Reason.USERNAME_TAKEN: (400, "Username already taken"),
    Reason.EMAIL_TAKEN: (400, "Email already taken"),
    Reason.UNKNOWN: (404, "User not found"),
    Reason.LINK_INVALID: (400, "That code is not right. Ask for a new one."),
    Reason.LINK_EXPIRED: (400, "That code is not right. Ask for a new one."),
    Reason.FACTOR_LIMIT: (400, "2FA is already enabled"),
    Reason.PASSWORD_NEEDED: (400, "The current password or a code is needed"),
    Reason.UPSTREAM_STATE: (400, "Invalid state"),
    Reason.UPSTREAM_FAILED: (400, "Failed to retrieve access token"),
    Reason.UPSTREAM_NO_EMAIL: (400, NO_ACCOUNT),
    Reason.UPSTREAM_SIGN_IN_FIRST: (400, NO_ACCOUNT),
    Reason.UPSTREAM_TAKEN: (400, NO_ACCOUNT),
}

bp = Blueprint("contract_directory", __name__)


class ErrorAnswer(BaseModel):
    """A failure: everything that is wrong."""

    errors: list[str]


class TextErrorAnswer(BaseModel):
    """A failure, as one text."""

    errors: str


class DetailedErrorAnswer(TextErrorAnswer):
    """A failure, as one text, and what exactly is wrong."""

    errors_details: str = Field(alias="errors details")


class OkAnswer(BaseModel):
    """It was done."""

    ok: str


def render(problem: Problem) -> dict[str, Any]:
    """Write a failure as the document does almost everywhere."""
    return {"errors": _sentences(problem)}


def render_text(problem: Problem) -> dict[str, Any]:
    """Write a bad request as one text, and every other failure as a list."""
    return {"errors": _join(problem)} if problem.status == HTTPStatus.BAD_REQUEST else render(problem)


def render_detailed(problem: Problem) -> dict[str, Any]:
    """Write a bad request as one text with details, and every other failure as a list."""
    if problem.status != HTTPStatus.BAD_REQUEST:
        return render(problem)
    return {"errors": problem.message, DETAILS: _join(problem)}


TITLE = "User management"
ABOUT = "For a front end with a search of people: usernames, two-factor authentication, GitHub and 42."
adapter = Adapter(Contract("directory", TITLE, render, ErrorAnswer, OWN, ABOUT), bp)
texts = Adapter(Contract("directory", TITLE, render_text, TextErrorAnswer, OWN, otherwise=ErrorAnswer), bp)
detailed = Adapter(Contract("directory", TITLE, render_detailed, DetailedErrorAnswer, OWN, otherwise=ErrorAnswer), bp)


def caller() -> Caller:
    """Return this document's name as a client, and how long its tokens live."""
    return Caller(
        CLIENT_ID,
        timedelta(minutes=settings().directory_access_minutes),
        timedelta(days=settings().directory_refresh_days),
    )


def find_bearer(token: str | None = None) -> Bearer | Problem:
    """Return who calls, by an access token, or the one in the Authorization header. Problem: 400."""
    sent = token or read_token(scheme_needed=False) or ""
    found = direct.find_bearer(sent, enrolling=is_enrolling())
    return found if found is not None else no_access()


def no_access() -> Problem:
    """Return the problem that there is no good access token."""
    return Problem(HTTPStatus.BAD_REQUEST, "Invalid or missing access token")


def refuse(refusals: list[Refused], status: int) -> Problem:
    """Return the problem of everything that was wrong, at the one status that a route has for it; 429 where one has to wait."""
    told = [adapter.contract.tell(refused, status=status) for refused in refusals]
    waiting = next((problem for problem in told if problem.retry_after is not None), None)
    if waiting is not None:
        return waiting
    fields: dict[str, list[str]] = {}
    for refused, problem in zip(refusals, told, strict=True):
        fields.setdefault(refused.field or "", []).append(problem.message)
    return Problem(status, told[0].message, refusals[0].reason, fields)


def _sentences(problem: Problem) -> list[str]:
    if problem.reference is not None:
        return [f"An unexpected error occurred : {problem.reference}"]
    # What the services refuse has whole sentences; of a body that cannot be read, each has to name the member.
    is_read = problem.reason is not None
    pairs = [(name, sentence) for name, sentences in problem.fields.items() for sentence in sentences]
    return [sentence if is_read else f"{name}: {sentence}" for name, sentence in pairs] or [problem.message]


def _join(problem: Problem) -> str:
    return " ".join(_sentences(problem))
