"""How a failure that no view answers is written: in the shape of the room whose path it is, as a page, or as JSON."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask_babel import gettext as _

from idp.base import database
from idp.base.paths import form_page, is_local_path

# Writes a failure: status, sentence, and the reference of a surprise.
Shape = Callable[[int, str, str | None], Response | None]

COME_BACK = 5  # seconds
PASSING = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE}

# A link by which somebody goes on: where to, and what it says.
Way = tuple[str, str]


def register_shape(app: Flask, shape: Shape) -> None:
    """Let a room write the failures under its own paths; it returns None for every other path."""
    app.extensions.setdefault("idp.shapes", []).append(shape)


def show_error(
    title: str,
    message: str,
    status: int,
    hint: str | None = None,
    reference: str | None = None,
    ways: Sequence[Way] = (),
    **details: Any,
) -> tuple[str, int]:
    """Render the one error page, which is no dead end: where the caller knows no better way on, it leads to where people are at home.

    `details` are what else its template knows: `advice` and `sent`, for the developers of an application.
    """
    values = {"title": title, "message": message, "hint": hint, "reference": reference, **details}
    return render_template("error.html", ways=ways or _usual_ways(status), **values), status


def _usual_ways(status: int) -> list[Way]:
    """Return the ways on that are good anywhere: this page once more, if that may help, and home. Nothing is looked up for them."""
    page = form_page(request.path)
    # Of a passing failure alone: what is wrong with a request may be that its query is no text.
    if status in PASSING and request.method == "GET" and request.query_string and page == request.path:
        page = request.full_path
    again = [(page, _("Try again"))] if status in PASSING and is_local_path(page) else []
    is_admin = request.path.startswith("/admin/") and status != HTTPStatus.FORBIDDEN
    home = ("/admin", _("To the administration")) if is_admin else ("/account", _("To your account"))
    return [*again, home]


def shaped(status: int, message: str, reference: str | None = None) -> Response | None:
    """Return a failure in the shape of the room whose path it is, or None."""
    shapes: list[Shape] = current_app.extensions.get("idp.shapes", [])
    return next((made for shape in shapes if (made := shape(status, message, reference)) is not None), None)


def wants_page() -> bool:
    """Return whether the caller would rather have a page than JSON."""
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def show_busy(_error: Exception) -> Response:
    """Tell the caller to come back in a moment (503)."""
    database.rollback()
    status, message = HTTPStatus.SERVICE_UNAVAILABLE, _("The server is very busy. Try again in a moment.")
    found = shaped(status, message)
    if found is not None:
        answer = found
    elif wants_page():
        answer = Response(*show_error(_("Very busy"), message, status))
    else:
        answer = jsonify(error="temporarily_unavailable", error_description=message)
        answer.status_code = status
    answer.headers["Retry-After"] = str(COME_BACK)
    return answer
