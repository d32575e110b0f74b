"""What a program is answered: status, headers and body, and the shape of a failure (RFC 6749, section 5.2)."""

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flask_babel import gettext as _

from idp.base.failures import COME_BACK

JSON = "application/json"
# Made once: `json.dumps` would make one each time.
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@dataclass(slots=True, eq=False)
class Answer:
    """An answer; each of its headers stands there once. One that is published is known by itself, not by what it holds."""

    status: int = HTTPStatus.OK
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def tell(document: dict[str, Any], status: int = HTTPStatus.OK) -> Answer:
    """Return a document as JSON, its members in order of their names."""
    return Answer(status, f"{_encode(document)}\n".encode(), {"Content-Type": JSON})


def fail(status: int, message: str, reference: str | None = None) -> Answer:
    """Return a failure that no endpoint has answered, as the protocol's errors are written."""
    is_ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    is_busy = status == HTTPStatus.SERVICE_UNAVAILABLE
    error = "temporarily_unavailable" if is_busy else "server_error" if is_ours else "invalid_request"
    return tell(
        {"error": error, "error_description": message} | ({"reference": reference} if reference else {}), status
    )


def busy() -> Answer:
    """Tell the caller to come back in a moment (503)."""
    answer = fail(HTTPStatus.SERVICE_UNAVAILABLE, _("The server is very busy. Try again in a moment."))
    answer.headers["Retry-After"] = str(COME_BACK)
    return answer
