"""How a failure that no view answers is written: in the shape of the room whose path it is, as a page, or as JSON."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask_babel import gettext as _

from idp.base import database

# Writes a failure: status, sentence, and the reference of a surprise.
Shape = Callable[[int, str, str | None], Response | None]

COME_BACK = 5  # seconds


def register_shape(app: Flask, shape: Shape) -> None:
    """Let a room write the failures under its own paths; it returns None for every other path."""
    app.extensions.setdefault("idp.shapes", []).append(shape)


def show_error(
    title: str, message: str, status: int, hint: str | None = None, reference: str | None = None
) -> tuple[str, int]:
    """Render the one error page."""
    body = render_template("error.html", title=title, message=message, hint=hint, reference=reference)
    return body, status


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
