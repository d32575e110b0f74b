"""Signing in, refreshing and signing out, for documents 1 and 4: at the addresses that both name, and at document 1's others."""

import re
from http import HTTPStatus
from typing import Any, assert_never

from flask import request
from pydantic import BaseModel

from idp.base.http import source
from idp.base.outcome import Refused
from idp.contracts.bearer.shapes import (
    CLIENT_ID,
    REQUIRED,
    TOKEN_SPENT,
    ErrorAnswer,
    MessageAnswer,
    SecondFactorAnswer,
    SharedErrorAnswer,
    SharedSecondFactorAnswer,
    accounts,
    caller,
    invalid,
    logout,
    shared,
)
from idp.contracts.kit import Answer, Body, Demand, Problem, second_factor_members
from idp.oauth import direct
from idp.signin import doors, login

SHARED_LOGOUT = "/auth/logout/"
JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)  # RFC 7515, section 7.1
SIGN_IN_LIMITS, TOKEN_LIMITS = ("60 per minute",), ("120 per minute",)


class Credentials(Body):
    """Who signs in, by username or e-mail address; `code` is a second factor's."""

    username: str | None = None
    email: str | None = None
    password: str | None = None
    code: str | None = None


class Token(Body):
    """A refresh token, under either document's name."""

    refresh_token: str | None = None
    refresh: str | None = None


class TokenAnswer(BaseModel):
    """A new access token; `expires_in` seconds is its life."""

    access_token: str
    token_type: str
    expires_in: int


class TokensAnswer(TokenAnswer):
    """The tokens of a sign-in."""

    refresh_token: str


class SharedTokenAnswer(TokenAnswer):
    """A new access token, with the members of both documents."""

    access: str


class PairAnswer(TokensAnswer):
    """The tokens of a sign-in, with the members of both documents."""

    access: str
    refresh: str


@shared.route(
    "POST",
    "/auth/login/",
    summary="Sign in",
    answers={200: PairAnswer, 401: SharedSecondFactorAnswer},
    demand=Demand.NOTHING,
    limits=SIGN_IN_LIMITS,
    body=Credentials,
    failures=(400, 401),
)
def log_in(body: Credentials) -> Answer | Problem:
    """Sign in by name and password, and by a code where the account has a second factor."""
    tokens = _sign_in(body)
    if isinstance(tokens, Problem):
        return tokens
    return Answer(tokens | {"access": tokens["access_token"], "refresh": tokens["refresh_token"]})


@accounts.route(
    "POST",
    "/auth/token/",
    "/auth/jwt/create/",
    summary="Sign in",
    answers={200: TokensAnswer, 401: SecondFactorAnswer},
    demand=Demand.NOTHING,
    limits=SIGN_IN_LIMITS,
    body=Credentials,
    failures=(400, 401),
)
def create_tokens(body: Credentials) -> Answer | Problem:
    """Sign in, answered with document 1's members alone."""
    tokens = _sign_in(body)
    return tokens if isinstance(tokens, Problem) else Answer(tokens)


@shared.route(
    "POST",
    "/auth/token/refresh/",
    summary="Get a new access token",
    answers={200: SharedTokenAnswer, 401: SharedErrorAnswer},
    demand=Demand.SIGNED_IN,
    limits=TOKEN_LIMITS,
    body=Token,
    failures=(400, 401),
)
def refresh_access(body: Token) -> Answer | Problem:
    """Give a new access token for a refresh token, which stays as it is."""
    token = _refresh(body)
    return token if isinstance(token, Problem) else Answer(token | {"access": token["access_token"]})


@accounts.route(
    "POST",
    "/auth/jwt/refresh/",
    summary="Get a new access token",
    answers={200: TokenAnswer, 401: ErrorAnswer},
    demand=Demand.SIGNED_IN,
    limits=TOKEN_LIMITS,
    body=Token,
    failures=(400, 401),
)
def refresh_tokens(body: Token) -> Answer | Problem:
    """Give a new access token, answered with document 1's members alone."""
    token = _refresh(body)
    return token if isinstance(token, Problem) else Answer(token)


@logout.route(
    "POST",
    SHARED_LOGOUT,
    "/auth/token/revoke/",
    "/auth/jwt/revoke/",
    summary="Sign out",
    answers={200: MessageAnswer, 401: SharedErrorAnswer},
    demand=Demand.ENDING,
    limits=TOKEN_LIMITS,
    body=Token,
    failures=(400, 401),
)
def log_out(body: Token) -> Answer | Problem:
    """End the session of a refresh token, with its access tokens."""
    token = _read_token(body)
    if token is None or not JWT.fullmatch(token):
        return Problem(HTTPStatus.BAD_REQUEST, TOKEN_SPENT)
    if not direct.sign_out(caller(), token, source=source()):
        return Problem(HTTPStatus.UNAUTHORIZED, TOKEN_SPENT)
    full_stop = "" if request.path == SHARED_LOGOUT else "."
    return Answer({"message": f"Logged out successfully{full_stop}"})


def _sign_in(body: Credentials) -> dict[str, Any] | Problem:
    identifier = (body.username or body.email or "").strip()
    missing = [name for name, value in (("username", identifier), ("password", body.password)) if not value]
    if missing or not body.password:
        return invalid({name: [REQUIRED] for name in missing})
    outcome = doors.with_password(identifier, body.password, body.code or None, door=CLIENT_ID, source=source())
    match outcome:
        case doors.SignedIn(account, proof):
            pair = direct.sign_in(caller(), account, proof, login.device())
            return {"access_token": pair.access_token, "refresh_token": pair.refresh_token} | _bearer(pair.expires_in)
        case doors.SecondFactorNeeded(ticket):
            extra = second_factor_members(ticket)
            return Problem(HTTPStatus.UNAUTHORIZED, "A second factor's code is needed too.", extra=extra)
        case Refused():
            return shared.contract.tell(outcome)
        case _:
            assert_never(outcome)


def _refresh(body: Token) -> dict[str, Any] | Problem:
    token = _read_token(body)
    if token is None:
        return invalid({"refresh_token": [REQUIRED]})
    fresh = direct.refresh(caller(), token)
    if fresh is None:
        return Problem(HTTPStatus.UNAUTHORIZED, "Invalid or expired refresh token.")
    access_token, seconds = fresh
    return {"access_token": access_token} | _bearer(seconds)


def _read_token(body: Token) -> str | None:
    return body.refresh_token or body.refresh or None


def _bearer(seconds: int) -> dict[str, Any]:
    return {"token_type": "bearer", "expires_in": seconds}
