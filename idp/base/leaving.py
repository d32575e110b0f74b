"""How pages of this server lead to addresses elsewhere.

Browsers hold every redirect that follows a form against the `form-action` of the page with the form, also those that the other side makes
later, to a scheme or host that nobody here can name. So what a form of ours began ends at a page of ours, which sends the browser on by
itself: that is a navigation of its own, which no form has begun. Everything else, programs among it, gets a plain redirect.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Response, g, render_template, request

OWN = "'self'"
QUIETLY = {"Referrer-Policy": "no-referrer"}


def leave_for(uri: str, name: str | None = None) -> Response:
    """Send the browser to a checked address elsewhere, its letters untouched, and without a Referer; `name` is whose it is.

    A redirect is 303 (RFC 9700, section 4.12). The page is for navigations that began on a page of ours; it works without scripts, has a
    link beside, and leaves no trace in the history.
    """
    if not began_here(request.environ):
        return Response("", HTTPStatus.SEE_OTHER, redirection(uri))
    page = render_template("leaving.html", uri=uri, name=name, host=host(uri), is_app=is_app(uri))
    return Response(page, HTTPStatus.OK, QUIETLY)


def redirection(uri: str) -> dict[str, str]:
    """Return the headers of a plain redirect to a checked address elsewhere, its letters untouched."""
    return QUIETLY | {"Location": uri}


def lead_on() -> None:
    """Say that what follows a form of this page may lead elsewhere.

    For browsers that do not tell where a navigation began (Safari before 16.4): they get redirects, so that no policy may hold them.
    """
    g.leads_on = True


def post_elsewhere() -> None:
    """Say that the form of this page is sent elsewhere, from where the browser may be redirected to whatever is there."""
    g.posts_elsewhere = True


def form_action() -> str | None:
    """Return the CSP sources of this page's forms; None where the policy says nothing of them."""
    if g.get("posts_elsewhere") or (g.get("leads_on") and not _tells_where()):
        return None
    return OWN


def host(uri: str) -> str:
    """Return what people are shown of where they go: the host, of a private scheme the scheme."""
    parts = urlsplit(uri)
    return parts.netloc or f"{parts.scheme}:"


def is_app(uri: str) -> bool:
    """Return whether an address belongs to an installed app, so that the page stays behind it."""
    return urlsplit(uri).scheme not in {"http", "https"}


def _tells_where() -> bool:
    return "Sec-Fetch-Site" in request.headers


def began_here(environ: Mapping[str, Any]) -> bool:
    """Return whether this navigation of a whole window began on a page of ours, redirects included (Fetch Metadata, section 2)."""
    told = tuple(environ.get(f"HTTP_SEC_FETCH_{name}") for name in ("SITE", "MODE", "DEST"))
    return told == ("same-origin", "navigate", "document")
