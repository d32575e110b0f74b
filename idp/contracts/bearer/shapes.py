"""The shapes of documents 1 and 4: how a failure is written at the addresses of each, and the sentences that are theirs."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint
from pydantic import BaseModel

from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.contracts.kit import Adapter, Contract, Problem, SecondFactorMembers, is_enrolling, read_token
from idp.oauth import direct
from idp.oauth.direct import Bearer, Caller

CLIENT_ID = "contract-1"  # of document 4 too
REQUIRED = "This field is required."
WRONG_CREDENTIALS = "Invalid credentials."
NO_ACCOUNT = "No active account found with the given credentials"
TAKEN = "Username or email already exists."
TOKEN_SPENT = "Token is invalid or already blacklisted"
BAD_LINK = "Invalid or expired reset token."
CLOSED = {Reason.BAD_CREDENTIALS, Reason.ACCOUNT_DISABLED, Reason.ACCOUNT_LEAVING}

OWN: Mapping[Reason, tuple[int, str]] = {
    Reason.BAD_CREDENTIALS: (401, WRONG_CREDENTIALS),
    Reason.PASSWORD_TOO_SHORT: (400, "Password must be at least 8 characters long."),
    Reason.EMAIL_INVALID: (400, "Enter a valid email address."),
    Reason.EMAIL_TAKEN: (409, TAKEN),
    Reason.USERNAME_TAKEN: (409, TAKEN),
    Reason.LINK_INVALID: (401, BAD_LINK),
    Reason.LINK_EXPIRED: (401, BAD_LINK),
}

bp = Blueprint("contract_bearer", __name__)


class ErrorAnswer(BaseModel):
    """A failure: `details` names the members that were wrong, otherwise there is a `message`."""

    error: str
    message: str | None = None
    details: dict[str, list[str]] | None = None


class SharedErrorAnswer(BaseModel):
    """A failure at an address of both documents."""

    error: str
    message: str
    detail: str
    details: dict[str, list[str]] | None = None


class SecondFactorAnswer(SecondFactorMembers, ErrorAnswer):
    """A failed sign-in; where only the second factor is missing, the last two members say so."""


class SharedSecondFactorAnswer(SecondFactorMembers, SharedErrorAnswer):
    """A failed sign-in at an address of both documents; where only the second factor is missing, the last two members say so."""


class MessageAnswer(BaseModel):
    """What happened."""

    message: str


def render(problem: Problem) -> dict[str, Any]:
    """Write a failure as document 1 does."""
    if problem.fields and problem.status == HTTPStatus.BAD_REQUEST:
        return {"error": "Validation Error", "details": dict(problem.fields)}
    return {"error": HTTPStatus(problem.status).phrase, "message": problem.message}


def render_shared(problem: Problem) -> dict[str, Any]:
    """Write a failure with the members of both documents."""
    detail = NO_ACCOUNT if problem.reason in CLOSED else problem.message
    return {"message": problem.message, **render(problem), "detail": detail}


def render_logout(problem: Problem) -> dict[str, Any]:
    """Write a failed logout: whatever was wrong with the token, the sentence is document 4's."""
    if problem.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}:
        return {"error": TOKEN_SPENT, "message": TOKEN_SPENT, "detail": TOKEN_SPENT}
    return render_shared(problem)


TITLE = "Accounts and token pairs"
ABOUT = (
    "For first-party applications that hold bearer tokens, and for services that keep a pair of tokens. Addresses that both know answer "
    "with the members of both."
)
accounts = Adapter(Contract("bearer", TITLE, render, ErrorAnswer, OWN, ABOUT), bp)
shared = Adapter(Contract("bearer", TITLE, render_shared, SharedErrorAnswer, OWN), bp)
logout = Adapter(Contract("bearer", TITLE, render_logout, SharedErrorAnswer, OWN), bp)


def caller() -> Caller:
    """Return these documents' name as a client, and how long its tokens live."""
    return Caller(
        CLIENT_ID,
        timedelta(minutes=settings().bearer_access_minutes),
        timedelta(days=settings().bearer_refresh_days),
    )


def find_bearer() -> Bearer | Problem:
    """Return who calls, by the access token. Problem: 401."""
    token = read_token()
    if token is None:
        return Problem(HTTPStatus.UNAUTHORIZED, "An access token is needed.")
    found = direct.find_bearer(token, enrolling=is_enrolling())
    return found if found is not None else Problem(HTTPStatus.UNAUTHORIZED, "Invalid or expired access token.")


def invalid(fields: Mapping[str, list[str]]) -> Problem:
    """Return the problem that these members are wrong."""
    name, sentences = next(iter(fields.items()))
    return Problem(HTTPStatus.BAD_REQUEST, f"{name}: {sentences[0]}", fields=fields)


def collect(refusals: Iterable[Refused], names: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the sentences of refusals by member; `names` has the members that the services call otherwise."""
    fields: dict[str, list[str]] = {}
    for refused in refusals:
        member = refused.field or "non_field_errors"
        fields.setdefault(names.get(member, member), []).append(accounts.contract.tell(refused).message)
    return fields


def tell(refused: Refused, names: Mapping[str, str]) -> Problem:
    """Return the problem of one refusal: a wrong member (400) is named in `details`, anything else has its own status."""
    problem = accounts.contract.tell(refused)
    is_detail = problem.status == HTTPStatus.BAD_REQUEST and refused.field is not None
    return invalid(collect([refused], names)) if is_detail else problem


def compare_passwords(new: str, repeated: str | None) -> Problem | None:
    """Return the problem that a password was repeated otherwise, where it was repeated at all."""
    if repeated is None or repeated == new:
        return None
    return invalid({"new_password_confirm": ["The passwords do not match."]})
