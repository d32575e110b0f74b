"""What browsers are allowed: CORS for the listed origins, with credentials, and no request without a body from elsewhere."""

from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Response, request

from idp.base.extensions import settings
from idp.contracts.kit.problems import Problem

METHODS = "GET, POST, PUT, PATCH"
HEADERS = "Authorization, Content-Type, X-Admin-Key"


def find_foreign_origin() -> Problem | None:
    """Refuse a request without a body that a page of another site had a browser send; with a body, JSON is needed anyway.

    Where neither `Origin` nor `Sec-Fetch-Site` is there, no browser sent it.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"} or request.get_data():
        return None
    origin = request.headers.get("Origin")
    if origin is not None:
        is_foreign = not _is_listed(origin)
    else:
        is_foreign = request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}
    return Problem(HTTPStatus.FORBIDDEN, "Requests from this origin are not allowed.") if is_foreign else None


def allow_listed_origins(response: Response) -> Response:
    """Let pages of the listed origins read the answer, with credentials (Fetch, section 3.2)."""
    response.headers.add("Vary", "Origin")
    origin = request.headers.get("Origin")
    if origin is None or origin not in settings().origins:
        return response
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Credentials"] = "true"
    response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = HEADERS
        response.headers["Access-Control-Max-Age"] = "600"
    return response


def is_at_listed_origin(url: str) -> bool:
    """Return whether an absolute address is at one of the listed origins, however a browser may read it: redirects lead only there."""
    if not url.isascii() or "\\" in url or not all(0x20 < ord(character) < 0x7F for character in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc.lower()}" in settings().origins


def _is_listed(origin: str) -> bool:
    return origin in settings().origins or origin == settings().issuer
