"""Response modes (OAuth 2.0 Multiple Response Types, section 2.1; OAuth 2.0 Form Post Response Mode): how an answer travels, and whether
it is signed (JWT Secured Authorization Response Mode, section 2.3).

Own code: state must arrive as it was sent, and no page of ours runs inline script.
"""

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Response, render_template
from werkzeug.wrappers import Response as BaseResponse

from idp.base import leaving
from idp.base.leaving import leave_for
from idp.clients.metadata import response_types
from idp.oauth import addresses

QUERY, FRAGMENT, FORM_POST = PLAIN = ("query", "fragment", "form_post")
JWT = "jwt"  # the usual way, signed
SIGNED = ".jwt"
MODES = (*PLAIN, JWT, *(f"{mode}{SIGNED}" for mode in PLAIN))


def usual(response_type: str | None) -> str:
    """Return the mode of a request that names none: no token ever travels in a query, and an error of an unknown type does."""
    return FRAGMENT if response_type != "code" and response_type in response_types() else QUERY


def is_allowed(mode: str, response_type: str | None) -> bool:
    """Return whether a mode is known, and safe for what will travel by it (Multiple Response Types, section 3)."""
    return mode in MODES and (mode.removesuffix(SIGNED) != QUERY or usual(response_type) == QUERY)


def is_signed(mode: str | None) -> bool:
    """Return whether a mode asks for a signed answer (JARM, section 2.3)."""
    return mode is not None and mode in MODES and mode not in PLAIN


def of(mode: str | None, response_type: str | None) -> str:
    """Return the mode by which to answer; one that is not allowed gives way to the usual one."""
    if mode is None or not is_allowed(mode, response_type):
        return usual(response_type)
    return f"{usual(response_type)}{SIGNED}" if mode == JWT else mode


def send(mode: str, redirect_uri: str, members: dict[str, str], client_name: str) -> BaseResponse | tuple[str, int]:
    """Send the members of an answer to a redirect URI; they are signed before, where the mode asks for that."""
    mode = mode.removesuffix(SIGNED)
    if mode == FORM_POST:
        leaving.post_elsewhere()
        page = render_template(
            "oauth/form_post.html",
            action=redirect_uri,
            members=members,
            client_name=client_name,
            host=leaving.host(redirect_uri),
        )
        return Response(page, HTTPStatus.OK)
    if mode == FRAGMENT:
        return leave_for(f"{redirect_uri}#{urlencode(members)}", client_name)
    return leave_for(addresses.with_query(redirect_uri, members), client_name)
