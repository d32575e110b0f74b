"""The authorization request that needs no page, answered in front of Flask: somebody who is signed in and has nothing to show or allow.

Such a request is a redirect with a code. Whatever else is the matter with it, Flask gets it as it came, and nothing was written but when
the session was seen.
"""

from collections.abc import Mapping
from http import HTTPStatus

from idp.base import leaving
from idp.base.door.answer import Answer
from idp.base.door.asked import Asked
from idp.base.http import is_ahead, is_used_up
from idp.clients import documents
from idp.oauth import addresses, response_modes
from idp.oauth.authorize import answering, reading
from idp.oauth.authorize.deciding import decide, meet
from idp.oauth.authorize.endpoint import LIMIT
from idp.oauth.authorize.pages import Request
from idp.oauth.interaction import Issue
from idp.oauth.parameters import PUSHED_URI
from idp.signin import login

PATH, ENDPOINT = "/oauth/authorize", "authorize.authorize"
# `Vary` as of every answer for which a session was looked at.
PAGE = {"Content-Type": "text/html; charset=utf-8", "Vary": "Cookie"}


def answer(asked: Asked) -> Answer | None:
    """Return the redirect with a code, or None where more than that is needed."""
    if is_ahead(asked.environ) or leaving.began_here(asked.environ):
        return None
    token = login.token_in(asked.environ)
    if token is None or _may_fetch(asked.query) or is_used_up(LIMIT, ENDPOINT, asked.address or ""):
        return None
    found = reading.check(asked.query)
    uri = _issue(found, token) if isinstance(found, Request) else None
    return Answer(HTTPStatus.SEE_OTHER, b"", PAGE | leaving.redirection(uri)) if uri is not None else None


def _may_fetch(query: Mapping[str, list[str]]) -> bool:
    """Return whether a request may have to be fetched, or its client, or that one's keys; a pushed one is here already."""
    if any(documents.is_url(client_id) for client_id in query.get("client_id", ())):
        return True
    return "request" in query or any(not uri.startswith(PUSHED_URI) for uri in query.get("request_uri", ()))


def _issue(asked: Request, token: str) -> str | None:
    """Return where the browser is sent with a code; None where somebody has to be asked, or a page sends them."""
    if answering.mode_of(asked) != response_modes.QUERY:
        return None
    seen = meet(token, asked)
    if seen is None or not isinstance(decide(asked, seen), Issue):
        return None
    code = answering.issue_at_once(asked, seen)
    if code is None:
        return None
    return addresses.with_query(asked.parameters.redirect_uri, answering.complete(asked, {"code": code}))
