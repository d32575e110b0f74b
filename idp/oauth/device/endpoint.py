"""The device authorization endpoint (RFC 8628, section 3.1): a device tells what it wants, and gets a code for itself and one to show."""

from http import HTTPStatus
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import OAuth2Error, UnauthorizedClientError
from flask import current_app

from idp.base.addresses import block_of
from idp.base.door.answer import Answer
from idp.base.door.asked import Asked
from idp.base.extensions import settings
from idp.base.http import programs_only, unlimited
from idp.clients.metadata import DEVICE_CODE
from idp.clients.registered import RegisteredClient
from idp.lifetimes import LIFETIMES
from idp.oauth import dialects, policy, refusals, sent_requests
from idp.oauth.device import requests, user_codes
from idp.oauth.parameters import DEVICE, AuthorizationParameters
from idp.oauth.server import Server, ServerRequest

PATH, PAGE = "/oauth/device", "/device"
# What belongs to a browser that goes there and comes back; a device has none (section 3.1: ignored).
OF_BROWSERS = (
    "response_type", "redirect_uri", "state", "prompt", "id_token_hint", "code_challenge", "code_challenge_method",
    "response_mode", "display", "request", "request_uri", "registration", "dpop_jkt",
)  # fmt: skip


@unlimited("a client that has proved itself asks for as many devices as it has; of public ones they are counted")
@programs_only("called by devices with their client's credentials; no cookie is read")
def authorize(asked: Asked) -> Answer:
    """Answer a device (section 3.2): its code, the code to show, where to type that, and how often to poll."""
    server: Server = current_app.extensions["idp.authorization_server"]
    try:
        sent, client = sent_requests.admit(server, asked, "device_authorization", PATH)
        if not client.check_grant_type(DEVICE_CODE):
            raise UnauthorizedClientError(f"The client is not authorized to use 'grant_type={DEVICE_CODE}'")
        wanted = _check(sent, client)
    except OAuth2Error as error:
        return server.handle_error_response(None, error)
    begun = requests.begin(wanted, block_of(asked.address or ""))
    shown, page = user_codes.show(begun.user_code), f"{settings().issuer}{PAGE}"
    complete = urlencode({"user_code": shown})
    answer = {
        "device_code": begun.device_code,
        "user_code": shown,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?{complete}",
        "expires_in": int(LIFETIMES.device_code.total_seconds()),
        "interval": requests.INTERVAL,
    }
    return server.handle_response(HTTPStatus.OK, answer, [])


def _check(sent: ServerRequest, client: RegisteredClient) -> AuthorizationParameters:
    """Return what the device asks for, where everything is in order.

    It is an authorization request, for which the person is asked each time: who typed a code may have got it from somebody else.

    Raises:
        OAuth2Error: as at the authorization endpoint.
    """
    asked = sent_requests.read(sent, client, ignored=OF_BROWSERS).amended(**{"prompt": "consent", DEVICE: "0"})
    problem = policy.find_problem(policy.OPENED, asked, client, ())
    completed = dialects.complete(asked, client).complete(client)
    problem = problem or policy.find_problem(policy.AUTHORIZATION, completed, client, ())
    if problem is not None:
        error, description = problem
        raise OAuth2Error(refusals.fit(description), error=error)
    return asked


def members() -> dict[str, object]:
    """Return what discovery says of it (section 4)."""
    return {"device_authorization_endpoint": f"{settings().issuer}{PATH}"}
