"""What a request may bring at most. It is counted before anything is parsed, since parsing takes more time than sending.

Under any WSGI server `Bounds` looks at the head and `refuse_many` at the body. `idp serve` counts while it reads, and says by
`REFUSED` what it refuses; the answer is written here, in the shape of the room whose path it is.
"""

import io
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from flask import Request as FlaskRequest
from flask import abort, request
from werkzeug.formparser import FormDataParser

FORM = "application/x-www-form-urlencoded"
MAX_BODY = 256 * 1024

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

REFUSED = "idp.refused"  # in the environment: the status of the refusal

LARGEST_HEADERS = 32 * 1024  # bytes of all names and values
LONGEST_HEADER = 16 * 1024  # bytes of a value that is not in the table below
LONGEST_PATH = 2 * 1024  # bytes, decoded
LONGEST_QUERY = 64 * 1024  # bytes; a request object and the hint of an ID token may stand there
MOST_PARAMETERS = 500  # of a query, and of a form
MOST_COOKIES = 200

# Headers that are lists or are searched by patterns: no browser writes as much.
LONGEST_OF = {
    "HTTP_ACCEPT": 2048,
    "HTTP_ACCEPT_CHARSET": 1024,
    "HTTP_ACCEPT_ENCODING": 1024,
    "HTTP_ACCEPT_LANGUAGE": 1024,
    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": 2048,
    "HTTP_CACHE_CONTROL": 1024,
    "HTTP_FORWARDED": 2048,
    "HTTP_HOST": 512,
    "HTTP_IF_MATCH": 2048,
    "HTTP_IF_MODIFIED_SINCE": 256,
    "HTTP_IF_NONE_MATCH": 2048,
    "HTTP_IF_RANGE": 512,
    "HTTP_ORIGIN": 2048,
    "HTTP_RANGE": 512,
    "HTTP_USER_AGENT": 4096,
    "HTTP_X_FORWARDED_FOR": 2048,
    "HTTP_X_FORWARDED_PROTO": 512,
    "CONTENT_LENGTH": 20,
    "CONTENT_TYPE": 1024,
}
# What the answer to a refused request may still look at, where it is short.
LONGEST_PART = 64  # of a path that is too long
KEPT, LONGEST_KEPT = ("HTTP_HOST", "HTTP_ACCEPT", "HTTP_ORIGIN", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"), 512


class Forms(FormDataParser):
    """Reads forms as ours are sent. One in parts, which only files need, is nothing to it: to take parts to pieces is dear."""

    def parse(self, stream: Any, mimetype: str, *others: Any, **options: Any) -> Any:
        """Return stream, fields and files."""
        return super().parse(stream, "" if mimetype == "multipart/form-data" else mimetype, *others, **options)


class Request(FlaskRequest):
    """A request whose form is read so."""

    form_data_parser_class = Forms


class Bounds:
    """Hands requests on to an application; of one that brings too much, only what it takes to refuse it."""

    def __init__(self, app: Application) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        if REFUSED in environ or (refused := find_excess(environ)) is None:
            return self._app(_reduced(environ) if REFUSED in environ else environ, start_response)
        return self._app(_reduced(environ | {REFUSED: refused}), start_response)


def find_excess(environ: dict[str, Any]) -> HTTPStatus | None:
    """Return the status with which a head is refused, or None."""
    if len(environ.get("PATH_INFO", "")) > LONGEST_PATH:
        return HTTPStatus.REQUEST_URI_TOO_LONG
    query = environ.get("QUERY_STRING", "")
    if len(query) > LONGEST_QUERY or query.count("&") >= MOST_PARAMETERS:
        return HTTPStatus.REQUEST_URI_TOO_LONG
    size = 0
    for name, value in environ.items():
        if name.startswith(("HTTP_", "CONTENT_")):
            size += len(name) + len(value)
            if len(value) > LONGEST_OF.get(name, LONGEST_HEADER):
                return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    if size > LARGEST_HEADERS or environ.get("HTTP_COOKIE", "").count(";") >= MOST_COOKIES:
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    return None


def refuse_excess() -> None:
    """End a request that `Bounds` or the server has found to bring too much."""
    if (refused := request.environ.get(REFUSED)) is not None:
        abort(int(refused))


def refuse_many(body: bytes) -> None:
    """End a request whose form has more parameters than any form of ours."""
    if has_many(body, request.mimetype):
        abort(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def has_many(body: bytes, media_type: str) -> bool:
    """Return whether a form has more parameters than any form of ours."""
    return body.count(b"&") >= MOST_PARAMETERS and media_type == FORM


def is_text(query: bytes) -> bool:
    """Return whether a query can be read: bytes beyond ASCII may stand there bare, but only as UTF-8.

    PostgreSQL takes no NUL, and nobody types one.
    """
    try:
        query.decode()
    except UnicodeDecodeError:
        return False
    return b"%00" not in query


def _reduced(environ: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in environ.items() if not name.startswith(("HTTP_", "CONTENT_"))}
    kept |= {name: environ[name] for name in KEPT if len(environ.get(name, " " * LONGEST_KEPT)) < LONGEST_KEPT}
    return kept | {
        "PATH_INFO": _shortened(environ.get("PATH_INFO", "")),
        "QUERY_STRING": "",
        "CONTENT_LENGTH": "0",
        "wsgi.input": io.BytesIO(),
    }


def _shortened(path: str) -> str:
    """Return a path by which a route is still found, so that the refusal is written as that route's room writes."""
    return (
        path if len(path) <= LONGEST_PATH else "/".join(part[:LONGEST_PART] for part in path.split("/"))[:LONGEST_PATH]
    )
