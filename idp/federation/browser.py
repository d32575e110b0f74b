"""What names a browser while it is at a provider: a random value in a short-lived cookie of its own.

It outlives a sign-in in another tab, which a value in the session's cookie would not. Any number of sign-ins share it.
"""

import re

from flask import Response, after_this_request, g, request

from idp.base import cookies, crypto
from idp.lifetimes import LIFETIMES

PURPOSE = "upstream"
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
    value = request.cookies.get(cookies.name_of(PURPOSE), "")
    return value if SECRET.fullmatch(value) else ""


def _keep(response: Response) -> Response:
    cookies.put(response, cookies.name_of(PURPOSE), g.upstream_browser, LIFETIMES.upstream_sign_in)
    return response
