"""Cookies of our own beside the session's: no script reads them, other sites do not send them along, and https carries them alone."""

from datetime import timedelta

from flask import Response

from idp.base.extensions import settings


def name_of(purpose: str) -> str:
    """Return the name of the cookie for a purpose; the prefix binds it to this host (RFC 6265bis, section 4.1.3.2)."""
    return f"__Host-idp_{purpose}" if settings().is_https else f"idp_{purpose}"


def put(response: Response, name: str, value: str, life: timedelta | int, path: str = "/") -> None:
    """Set a cookie for some time; a number is seconds, and 0 deletes it."""
    response.set_cookie(name, value, max_age=life, path=path, secure=settings().is_https, httponly=True, samesite="Lax")
