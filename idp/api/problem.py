"""What the API answers where a request is refused: a problem document (RFC 9457), with the members that are wrong, each with a sentence."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase

MEDIA_TYPE = "application/problem+json"
STATUSES = {Reason.UNKNOWN: HTTPStatus.NOT_FOUND, Reason.NOT_PERMITTED: HTTPStatus.FORBIDDEN}


class Problem(Exception):
    """A refusal; `more` are members beside the RFC's, `headers` go with the answer. What the request did is undone, unless `stays`."""

    def __init__(
        self,
        status: int,
        detail: str,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        stays: bool = False,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.stays = status, detail, stays
        self.more, self.headers = dict(more or {}), dict(headers or {})

    def tell(self) -> dict[str, Any]:
        """Return the members of the document."""
        return {"status": int(self.status), "title": HTTPStatus(self.status).phrase, "detail": self.detail, **self.more}


def wrong(errors: Iterable[tuple[str | None, str]]) -> Problem:
    """Return the refusal of what was sent (400): each member, None for the whole of it, with its sentence."""
    told = [{"member": member, "detail": sentence} for member, sentence in errors]
    return Problem(HTTPStatus.BAD_REQUEST, told[0]["detail"] or "", {"errors": told})


def missing(kind: str, key: str) -> Problem:
    """Return the refusal where there is no such thing (404)."""
    return Problem(HTTPStatus.NOT_FOUND, f"There is no {kind} {key[:100]}.")


def of(refused: Refused) -> Problem:
    """Return the refusal of a service: 404 for what is not there, 403 for what may not be, else 409."""
    sentence = refused.detail or phrase(refused)
    status = STATUSES.get(refused.reason, HTTPStatus.CONFLICT)
    return Problem(status, sentence, {"errors": [{"member": refused.field, "detail": sentence}]})
