"""The body of a request (RFC 7644, section 3.1): one JSON object, no deeper than any resource."""

from typing import Any

from flask import request

from idp.keys.parsing import read_object
from idp.scim.problem import INVALID_SYNTAX, bad

MEDIA_TYPE = "application/scim+json"
MEDIA_TYPES = (MEDIA_TYPE, "application/json")
DEEPEST = 12


def read_body() -> dict[str, Any]:
    """Return the object that a request brings.

    Raises:
        Problem: `invalidSyntax`.
    """
    if request.mimetype not in MEDIA_TYPES:
        raise bad(INVALID_SYNTAX, f"The body must be {MEDIA_TYPE}.")
    found = read_object(request.get_data())
    if found is None:
        raise bad(INVALID_SYNTAX, "The body is no JSON object, or has a member twice.")
    if not _is_flat(found):
        raise bad(INVALID_SYNTAX, f"The body is nested deeper than {DEEPEST} levels.")
    return found


def _is_flat(found: dict[str, Any]) -> bool:
    """Return whether nothing in an object is too deep to be walked through."""
    level: list[Any] = [found]
    for _depth in range(DEEPEST):
        level = [one for value in level for one in (value.values() if isinstance(value, dict) else value)]
        level = [one for one in level if isinstance(one, dict | list)]
        if not level:
            return True
    return False
