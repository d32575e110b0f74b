"""The answer to an authorization request: what its grant issues, or an error, with `state` and `iss`, in the response mode."""

from flask import current_app

from idp.base.extensions import settings
from idp.oauth import interaction, response_modes, server
from idp.oauth.authorize.pages import Answer, Request
from idp.signin import login


def issue(asked: Request, present: login.SignedIn | None) -> Answer:
    """Record the grant and send what the response type asks for."""
    authorization_server: server.Server = current_app.extensions["idp.authorization_server"]
    wanted = server.authorization_request(asked.parameters)
    grant = authorization_server.get_authorization_grant(wanted)
    wanted.client = asked.client
    grant.redirect_uri = asked.parameters.redirect_uri
    _status, values, _headers = grant.create_authorization_response(asked.parameters.redirect_uri, present)
    if asked.secret is not None:
        interaction.forget(asked.secret)
    return _answer(asked, values)


def refuse(asked: Request, error: str, description: str) -> Answer:
    """Send an error (RFC 6749, section 4.1.2.1; OpenID Connect Core, section 3.1.2.6)."""
    return _answer(asked, {"error": error, "error_description": description})


def _answer(asked: Request, values: dict[str, str]) -> Answer:
    state = asked.parameters.get("state")
    members = values | ({"state": state} if state is not None else {}) | {"iss": settings().issuer}
    mode = response_modes.of(asked.parameters.get("response_mode"), asked.parameters.response_type)
    return response_modes.send(mode, asked.parameters.redirect_uri, members, asked.client.name)
