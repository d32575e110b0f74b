"""Answers in JSON, failures that no view sees among them; the bodies and query parameters of requests."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Response, request

from idp.api.problem import MEDIA_TYPE, Problem, wrong
from idp.base import database
from idp.base.http import programs_only, unlimited
from idp.keys.parsing import read_object

PATH = "/api/v1"
PAGE, LARGEST_PAGE = 100, 500
View = TypeVar("View", bound=Callable[..., Any])


def programs(view: View) -> View:
    """Let programs call a view that changes something."""
    why_no_csrf = "called by programs with a bearer token; no cookie is read"
    why_no_limit = "a token that administers the server is needed"
    return unlimited(why_no_limit)(programs_only(why_no_csrf)(view))


def respond(told: Any, status: int = HTTPStatus.OK, **headers: str) -> Response:
    """Return an answer, which nobody keeps; of a header's name the underscores are hyphens."""
    body = "" if told is None else json.dumps(told, ensure_ascii=False)
    response = Response(body, status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


def refuse(problem: Problem) -> Response:
    """Say why a request is refused, and undo what it did; where nobody was let in, the line in the audit log stays."""
    if not problem.stays:
        database.rollback()
    response = respond(problem.tell(), problem.status)
    response.mimetype = MEDIA_TYPE
    response.headers.update(problem.headers)
    return response


def shape(status: int, message: str, reference: str | None) -> Response | None:
    """Return a failure below the API's addresses; None for every other."""
    if not (request.path == PATH or request.path.startswith(f"{PATH}/")):
        return None
    response = respond(Problem(status, message, {"reference": reference} if reference else None).tell(), status)
    response.mimetype = MEDIA_TYPE
    return response


def read_body() -> dict[str, Any]:
    """Return the object that a request brings.

    Raises:
        Problem: 415 for another media type, 400 for what is no object, or has a member twice.
    """
    if request.mimetype != "application/json":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body must be application/json.")
    found = read_object(request.get_data())
    if found is None:
        raise wrong([(None, "The body is no JSON object, or has a member twice.")])
    return found


def read_limit() -> int:
    """Return how many rows are asked for. Raises: Problem."""
    sentence = f"A whole number from 1 to {LARGEST_PAGE} is needed."
    return _read_number("limit", LARGEST_PAGE, sentence) or PAGE


def read_after(largest: int) -> int | None:
    """Return behind which number a list goes on, None for its beginning. Raises: Problem."""
    return _read_number("after", largest, "This is no place in the list.")


def _read_number(name: str, largest: int, sentence: str) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(largest)) else 0
    if not 0 < number <= largest:
        raise wrong([(name, sentence)])
    return number


def page(items: list[Any], after: str | None) -> Mapping[str, Any]:
    """Return a part of a list; `next` is what to ask for with `after`, None at the end."""
    return {"items": items, "next": after}
