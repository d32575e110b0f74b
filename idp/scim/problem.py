"""What SCIM answers where a request is refused (RFC 7644, section 3.12): a status, a keyword where the RFC has one, and a sentence.

It is raised, unlike the refusals of pages, since a request that is refused is undone as a whole (section 3.5.2).
"""

from http import HTTPStatus
from typing import Any

SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"
INVALID_FILTER, INVALID_PATH, INVALID_SYNTAX, INVALID_VALUE = (
    "invalidFilter",
    "invalidPath",
    "invalidSyntax",
    "invalidValue",
)
MUTABILITY, NO_TARGET, TOO_MANY, UNIQUENESS = "mutability", "noTarget", "tooMany", "uniqueness"


class Problem(Exception):
    """A refusal; `scim_type` is a keyword of RFC 7644, table 9."""

    def __init__(self, status: int, detail: str, scim_type: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.scim_type = status, detail, scim_type

    def tell(self) -> dict[str, Any]:
        """Return the members of the answer; the status is a text there."""
        keyword = {"scimType": self.scim_type} if self.scim_type is not None else {}
        return {"schemas": [SCHEMA], "status": str(int(self.status)), **keyword, "detail": self.detail}


def bad(scim_type: str, detail: str) -> Problem:
    """Return a refusal of what was sent (400), with its keyword."""
    return Problem(HTTPStatus.BAD_REQUEST, detail, scim_type)


def forbidden(detail: str) -> Problem:
    """Return a refusal of what the client may not do (403)."""
    return Problem(HTTPStatus.FORBIDDEN, detail)


def taken(detail: str) -> Problem:
    """Return the refusal of what another resource has already (409)."""
    return Problem(HTTPStatus.CONFLICT, detail, UNIQUENESS)


def missing(kind: str, identifier: str) -> Problem:
    """Return the refusal where there is no such resource (404)."""
    return Problem(HTTPStatus.NOT_FOUND, f"There is no {kind} with the id {identifier[:100]}.")
