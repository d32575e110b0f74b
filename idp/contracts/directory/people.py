"""Document 5's people: one by number, search by username, and changing what one is called and signs in with."""

import re
from http import HTTPStatus
from typing import Annotated, Literal

from flask import current_app, request
from pydantic import BaseModel, Field
from werkzeug.exceptions import MethodNotAllowed

from idp.accounts import lookup, passwords
from idp.accounts.changes import Changes
from idp.base.http import source
from idp.base.outcome import Reason, Refused
from idp.contracts.directory.shapes import (
    DetailedErrorAnswer,
    ErrorAnswer,
    OkAnswer,
    adapter,
    detailed,
    find_bearer,
    refuse,
)
from idp.contracts.directory.sign_in import Email, Username
from idp.contracts.kit import Answer, Body, Demand, Problem
from idp.oauth import direct

BAD = HTTPStatus.BAD_REQUEST
INTEGER = re.compile(r"-?[0-9]{1,4000}")
NAMES = ("username", "email", "password")


class PersonAnswer(BaseModel):
    """Who somebody is, to everybody."""

    id: int
    username: str | None


class NamesAnswer(BaseModel):
    """The usernames that were found, 50 at most."""

    usernames: list[str]


class InfoChange(Body):
    """What is to change. A new address or password needs a sign-in of the last ten minutes, or `current_password`."""

    access_token: str | None = None
    change_list: Annotated[list[Literal["username", "email", "password"]], Field(min_length=1)]
    username: str | None = None
    email: Email | None = None
    password: str | None = None
    current_password: str | None = None


@detailed.route(
    "GET",
    "/user/<user_id>/",
    summary="Read who somebody is",
    answers={200: PersonAnswer, 400: DetailedErrorAnswer, 404: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=("120 per minute",),
    failures=(400, 404),
)
def show_person(user_id: str) -> Answer | Problem:
    """Tell the username of a number."""
    if not INTEGER.fullmatch(user_id):
        _refuse_reading()
        return Problem(BAD, "Invalid user id", fields={"user_id": ["It must be an integer."]})
    account = lookup.find_public(int(user_id))
    if account is None:
        return refuse([Refused(Reason.UNKNOWN)], HTTPStatus.NOT_FOUND)
    return Answer({"id": account.id, "username": account.username})


@adapter.route(
    "POST",
    "/user/search-username/",
    summary="Search usernames",
    answers={200: NamesAnswer, 400: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=("60 per minute", "1000 per hour"),
    body=Username,
    failures=(400,),
)
def search_usernames(body: Username) -> Answer | Problem:
    """Tell the usernames that contain a text, whatever its case."""
    found = lookup.search_usernames(body.username)
    return Answer({"usernames": found}) if found else Problem(BAD, "Username not found")


@adapter.route(
    "POST",
    "/user/update-infos/",
    summary="Change one's own username, e-mail address or password",
    answers={200: OkAnswer, 400: ErrorAnswer},
    demand=Demand.FRESH,
    limits=("20 per minute",),
    body=InfoChange,
    security="bearer",
    failures=(400,),
)
def update_infos(body: InfoChange) -> Answer | Problem:
    """Make all the changes or none; a new address waits until it is confirmed."""
    bearer = find_bearer(body.access_token)
    if isinstance(bearer, Problem):
        return bearer
    wanted = {name: getattr(body, name) for name in NAMES if name in body.change_list}
    missing: dict[str, list[str]] = {
        name: ["This field is required."] for name, value in wanted.items() if value is None
    }
    if missing:
        return Problem(BAD, "A field is missing", fields=missing)
    changes = Changes(**wanted, rules=passwords.STRICT)
    refusals = direct.change_account(bearer, changes, body.current_password, source=source())
    return refuse(refusals, BAD) if refusals else Answer({"ok": "ok"})


def _refuse_reading() -> None:
    """Refuse to GET what only takes a POST: the names of those routes look like a person's number here.

    Raises:
        MethodNotAllowed: the path has another route.
    """
    allowed = current_app.url_map.bind("").allowed_methods(request.path)
    if "POST" in allowed:
        raise MethodNotAllowed(["POST", "OPTIONS"])
