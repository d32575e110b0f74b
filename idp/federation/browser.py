"""What names a browser while it is at a provider: a random value in a short-lived cookie of its own.

It outlives a sign-in in another tab, which a value in the session's cookie would not. Any number of sign-ins share it.
"""

import re

from flask import Response, after_this_request, g, request

from idp.base import crypto
from idp.base.extensions import settings
from idp.lifetimes import LIFETIMES

SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def name() -> str:
    """Return what names this browser at the start of a sign-in, and let its cookie live until the answer is due."""
    if "upstream_browser" not in g:
        g.upstream_browser = known() or crypto.new_secret()
        after_this_request(_keep)
    value: str = g.upstream_browser
    return value


def known() -> str:
    """Return what names the browser that a provider sent back; empty where it has no name."""
    value = request.cookies.get(_cookie(), "")
    return value if SECRET.fullmatch(value) else ""


def _keep(response: Response) -> Response:
    response.set_cookie(
        _cookie(),
        g.upstream_browser,
        max_age=LIFETIMES.upstream_sign_in,
        secure=settings().is_https,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def _cookie() -> str:
    return "__Host-idp_upstream" if settings().is_https else "idp_upstream"
