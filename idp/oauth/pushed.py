"""Pushed authorization requests (RFC 9126): a client sends its request here first, and the browser brings only a reference to it.

Such a request is a row of those that wait for their person (`waiting`), checked when it is pushed and once more when it is taken up. The
reference is good for a minute, for the client that pushed; of several answers to it there is one. Until that it may be opened again, as
people do who reload a page.
"""

from datetime import timedelta
from http import HTTPStatus

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Flask, current_app

from idp.base import clock
from idp.base.door import frame as door
from idp.base.door.answer import Answer
from idp.base.door.asked import Asked
from idp.base.door.frame import Address
from idp.base.extensions import settings
from idp.base.http import programs_only, unlimited
from idp.clients.registered import RegisteredClient
from idp.oauth import constraint, cors, discovery, parameters, policy, refusals, sent_requests, waiting
from idp.oauth.authorize import reading
from idp.oauth.authorize.reading import Unanswerable, Wrong
from idp.oauth.constraint import JKT
from idp.oauth.parameters import AuthorizationParameters
from idp.oauth.refusals import Cause, Refusal
from idp.oauth.server import Server, ServerRequest

PATH = "/oauth/par"
LIFE = timedelta(seconds=60)


def init_app(app: Flask) -> None:
    """Take pushed requests."""
    door.add(app, Address(PATH, {"POST": push}, cors.share_with_public_clients))
    discovery.add(app, _members)


@unlimited("a client that has proved itself pushes as many requests as it has people; of public ones they are counted")
@programs_only("called by relying parties with their own credentials; no cookie is read")
def push(asked: Asked) -> Answer:
    """Answer a pushed request (section 2): 201 with its reference and the seconds that it is good for."""
    server: Server = current_app.extensions["idp.authorization_server"]
    try:
        sent, client = sent_requests.admit(server, asked, "pushed_authorization_request", PATH)
        wanted = _check(sent, client)
    except OAuth2Error as error:
        return server.handle_error_response(None, error)
    secret = waiting.push(wanted, clock.now(), LIFE)
    answer = {"request_uri": f"{parameters.PUSHED_URI}{secret}", "expires_in": int(LIFE.total_seconds())}
    return server.handle_response(HTTPStatus.CREATED, answer, constraint.headers(asked, client))


def _check(sent: ServerRequest, client: RegisteredClient) -> AuthorizationParameters:
    """Return the request in which everything is in order, with the key of a proof that came along (RFC 9449, section 10.1).

    Raises:
        Refusal: the proof is wrong, or its key is not that of `dpop_jkt`.
        OAuth2Error: as at the authorization endpoint (section 2.3).
    """
    shown = constraint.find(sent.asked, client)
    found = reading.examine(sent_requests.read(sent, client), client, (), before=policy.PUSHING)
    match found:
        case Unanswerable():
            error, description = found.problem or ("invalid_request", found.message)
            raise OAuth2Error(refusals.fit(description), error=error)
        case Wrong(_asked, (error, description)):
            raise OAuth2Error(refusals.fit(description), error=error)
    wanted = found.parameters
    if shown is None or shown.method != JKT:
        return wanted
    if wanted.get("dpop_jkt") not in (None, shown.thumbprint):
        raise Refusal("invalid_dpop_proof", Cause.KEY_DIFFERS)
    return wanted.amended(dpop_jkt=shown.thumbprint)


def _members() -> dict[str, object]:
    return {
        "pushed_authorization_request_endpoint": f"{settings().issuer}{PATH}",
        "require_pushed_authorization_requests": policy.must_all_push(),
    }
