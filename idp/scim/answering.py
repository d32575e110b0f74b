"""Answers as SCIM writes them (RFC 7644, section 3.1), failures that no view sees among them, and what one request of a bulk does."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, request

from idp.base import database
from idp.scim import people, teams, telling
from idp.scim.admission import Acting, Unauthorized
from idp.scim.bulk import Done, Request
from idp.scim.problem import Problem
from idp.scim.reading import MEDIA_TYPE


def respond(
    document: Mapping[str, Any] | None,
    status: int = HTTPStatus.OK,
    *,
    version: str | None = None,
    place: str | None = None,
) -> Response:
    """Return an answer, with the version of the resource and the place where a new one is."""
    body = "" if document is None else json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    response = Response(body, status, mimetype=MEDIA_TYPE)
    if version is not None:
        response.headers["ETag"] = version
    if place is not None:
        response.location = place
    return response


def refuse(problem: Problem) -> Response:
    """Undo what a request did, and say why it is refused; of one that nobody was let in with, its line in the audit log stays."""
    response = respond(problem.tell(), problem.status)
    if isinstance(problem, Unauthorized):
        response.headers.update(problem.headers)
    else:
        database.rollback()
    return response


def shape(status: int, message: str, reference: str | None) -> Response | None:
    """Return a failure under the addresses of SCIM; None for every other."""
    if not (request.path == telling.PATH or request.path.startswith(f"{telling.PATH}/")):
        return None
    text = f"{message} Reference: {reference}" if reference else message
    return respond(Problem(status, text).tell(), status)


def answer(acting: Acting, asked: Request) -> Done:
    """Do one request of a bulk. Raises: Problem."""
    return _on_user(acting, asked) if asked.kind == "Users" else _on_group(acting, asked)


def _on_user(acting: Acting, asked: Request) -> Done:
    identifier, status = asked.identifier or "", HTTPStatus.OK
    if asked.method == "DELETE":
        people.erase(acting, identifier, if_match=asked.version)
        return Done(HTTPStatus.NO_CONTENT, identifier, telling.location("Users", identifier))
    if asked.method == "POST":
        known, status = people.create(acting, asked.data), HTTPStatus.CREATED
    else:
        make = people.replace(asked.data) if asked.method == "PUT" else people.patch(asked.data)
        known = people.change(acting, identifier, make, if_match=asked.version)
    sub = known.account.sub
    return Done(status, sub, telling.location("Users", sub), telling.version_of(sub, known.written))


def _on_group(acting: Acting, asked: Request) -> Done:
    identifier, status = asked.identifier or "", HTTPStatus.OK
    if asked.method == "DELETE":
        teams.remove(acting, identifier, if_match=asked.version)
        return Done(HTTPStatus.NO_CONTENT, identifier, telling.location("Groups", identifier))
    if asked.method == "POST":
        known, status = teams.create(acting, asked.data), HTTPStatus.CREATED
    else:
        change = teams.replace if asked.method == "PUT" else teams.patch
        known = change(acting, identifier, asked.data, if_match=asked.version)
    return Done(status, known.identifier, telling.location("Groups", known.identifier), known.version)
