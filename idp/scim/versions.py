"""Entity tags (RFC 7644, section 3.14; RFC 9110, section 13.1): two who change a resource, and who knows it already."""

import re
from http import HTTPStatus

from idp.scim.problem import Problem

TAG = re.compile(r'(?:W/)?"([^"]*)"')


def check(if_match: str | None, version: str) -> None:
    """Refuse a change of another version than the present one.

    Raises:
        Problem: 412.
    """
    if if_match is None or if_match.strip() == "*" or _opaque(version) & _opaque(if_match):
        return
    raise Problem(
        HTTPStatus.PRECONDITION_FAILED,
        f"The resource has changed meanwhile. Its version is {version} now; read it again.",
    )


def is_known(if_none_match: str | None, version: str) -> bool:
    """Return whether who asks has this version already."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or bool(_opaque(version) & _opaque(if_none_match))


def _opaque(tags: str) -> set[str]:
    """Return what entity tags stand for, weak or not: of a representation that is made anew they say the same."""
    return set(TAG.findall(tags))
