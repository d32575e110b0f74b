"""The answer to an authorization request: what its grant issues, or an error, with `state` and `iss`, in the response mode."""

from flask import current_app

from idp import audit, keys
from idp.base import clock
from idp.base.extensions import settings
from idp.base.http import source
from idp.lifetimes import LIFETIMES
from idp.oauth import grants, issuing, refusals, response_modes, server, waiting
from idp.oauth.authorize import elsewhere
from idp.oauth.authorize.pages import Answer, Request, show_over
from idp.oauth.scopes import listed
from idp.oauth.sight import Sight
from idp.signin import login

# What clients ask with prompt=none to hear; and a person's own decision.
ORDINARY = {"login_required", "interaction_required", "consent_required", "account_selection_required", "access_denied"}


def issue_at_once(asked: Request, seen: Sight) -> str | None:
    """Record the grant of somebody who was just looked at and return its code; None where more is asked for, or anything has moved."""
    parameters, client = asked.parameters, asked.client
    if parameters.response_type != "code" or parameters.left_out:
        return None
    scope, life = parameters.granted_scope(client), grants.refresh_life(client)
    restricted = client.is_restricted
    return issuing.issue_code(parameters, scope, seen, restricted=restricted, refresh_life=life, secret=asked.secret)


def issue(asked: Request, present: login.SignedIn) -> Answer:
    """Record the grant and send what the response type asks for; a page says it where the request was answered meanwhile."""
    if not _claim(asked):
        return show_over(asked.client)
    if asked.parameters.left_out:
        _note_left_out(asked)
    way = elsewhere.find(asked)
    if way is not None:
        return way.allow(asked, present)
    authorization_server: server.Server = current_app.extensions["idp.authorization_server"]
    wanted = server.authorization_request(asked.parameters)
    grant = authorization_server.get_authorization_grant(wanted)
    wanted.client = asked.client
    _status, values, _headers = grant.create_authorization_response(asked.parameters.redirect_uri, present)
    return send(asked, values)


def refuse(asked: Request, error: str, description: str) -> Answer:
    """Send an error (RFC 6749, section 4.1.2.1; OpenID Connect Core, section 3.1.2.6), or show the page as `issue` does."""
    if not _claim(asked):
        return show_over(asked.client)
    if error not in ORDINARY:
        refusals.record(
            "request.refused", description, client_id=asked.client.client_id, endpoint="authorize", error=error
        )
    way = elsewhere.find(asked)
    if way is not None:
        return way.refuse(asked)
    return send(asked, {"error": error, "error_description": description})


def _claim(asked: Request) -> bool:
    """Return whether this is the one answer to the request; one that never waited has no other."""
    return asked.secret is None or waiting.claim(asked.secret)


def _note_left_out(asked: Request) -> None:
    """Record which of the asked scopes are not granted: the client is told by no error. It is nothing that the person did."""
    audit.record(
        "scope.narrowed",
        client_id=asked.client.client_id,
        source=source(),
        granted=asked.parameters.get("scope"),
        left_out=listed(asked.parameters.left_out),
    )


def send(asked: Request, values: dict[str, str]) -> Answer:
    """Send an answer's members, with `state` and `iss`, in the response mode."""
    mode, members = mode_of(asked), complete(asked, values)
    if response_modes.is_signed(mode):
        members = {"response": _sign(asked, members)}
    return response_modes.send(mode, asked.parameters.redirect_uri, members, asked.client.name)


def _sign(asked: Request, members: dict[str, str]) -> str:
    """Return an answer as a JWT of its members (JARM, section 2.1)."""
    until = clock.timestamp() + int(LIFETIMES.signed_answer.total_seconds())
    claims = {**members, "iss": settings().issuer, "aud": asked.client.client_id, "exp": until}
    return keys.sign(claims, asked.client.authorization_algorithm)


def mode_of(asked: Request) -> str:
    """Return the response mode of a request."""
    return response_modes.of(asked.parameters.get("response_mode"), asked.parameters.response_type)


def complete(asked: Request, values: dict[str, str]) -> dict[str, str]:
    """Return an answer's members with what every answer has (RFC 6749, section 4.1.2; RFC 9207)."""
    state = asked.parameters.get("state")
    return values | ({"state": state} if state is not None else {}) | {"iss": settings().issuer}
