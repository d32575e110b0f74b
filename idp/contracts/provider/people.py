"""Telling a client who has signed in, by the access token of that person."""

from http import HTTPStatus
from typing import Literal

from flask import request
from pydantic import BaseModel

from idp.accounts import claiming, identity, lookup
from idp.accounts.models import Account
from idp.base import clock
from idp.clients import service as clients
from idp.contracts.kit import Answer, Demand, Problem, read_token
from idp.contracts.provider.shapes import adapter, name_of
from idp.oauth import access_tokens, demands, diagnosis, refusals
from idp.oauth.refusals import Cause

SCOPES = {"profile", "email"}


class Whom(BaseModel):
    """Whose data: the username that came with the access token. A username may change; the `sub` of the access token never does."""

    username: str


class UserData(BaseModel):
    """A person. Of somebody who has chosen no username, `username` is the random identifier that came with the access token."""

    first_name: str
    last_name: str
    username: str
    two_factor: bool
    verified: bool
    email: str


class UserAnswer(BaseModel):
    """A person, as known at `timestamp` (Unix seconds)."""

    success: Literal[True]
    user_data: UserData
    timestamp: int


def find_person() -> Account | Problem:
    """Return whom the access token stands for. Problems: 401 for a bad token, 403 for one without the scopes."""
    token = read_token() or ""
    found = access_tokens.verify(token)
    if found is None:
        cause, client_id = diagnosis.of_access_token(token) if token else (Cause.ACCESS_TOKEN_MISSING, None)
        refusals.record("request.refused", cause, client_id=client_id, endpoint="user/info")
        return Problem(HTTPStatus.UNAUTHORIZED, "Invalid or expired access token")
    if not found.scopes >= SCOPES:
        return Problem(HTTPStatus.FORBIDDEN, "The access token lacks the scopes profile and email")
    account = lookup.find(found.account_id) if found.account_id is not None else None
    client = clients.find(found.claims["client_id"])
    if found.granted is None or account is None or client is None or not demands.are_met(found.granted, client):
        return Problem(HTTPStatus.UNAUTHORIZED, "Invalid or expired access token")
    return account


@adapter.route(
    "GET",
    "/user/info",
    summary="Read the data of the person whose token it is",
    answers={200: UserAnswer},
    demand=Demand.GRANT,
    limits=("600 per minute",),
    query=Whom,
    security="bearer",
    admit=find_person,
    failures=(400, 401, 403),
)
def show_user(account: Account) -> Answer | Problem:
    """Tell the person behind the access token, and nobody else."""
    asked = request.args.get("username", "")
    if not asked:
        return Problem(HTTPStatus.BAD_REQUEST, "username: This field is required.")
    name = name_of(account)
    if identity.fold(asked) != identity.fold(name):
        return Problem(HTTPStatus.FORBIDDEN, "The access token belongs to another user")
    data = {
        "first_name": account.given_name,
        "last_name": account.family_name,
        "username": name,
        "two_factor": account.has_second_factor,
        "verified": claiming.is_settled(account),
        "email": account.email,
    }
    return Answer({"success": True, "user_data": data, "timestamp": clock.timestamp()})
