"""The answers of the registration endpoints (RFC 7591, section 3.2; RFC 7592, section 3)."""

from http import HTTPStatus
from typing import Any

from flask import Response, jsonify, request

from idp.base.extensions import settings
from idp.clients import service
from idp.clients.models import Client
from idp.oauth import refusals
from idp.oauth.registration.reading import OURS, Failure

PATH = "/oauth/register"
LONGEST = 500  # characters of a description


def tell(
    row: Client, registration_token: str, *, secret: str | None = None, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    """Return the client information response: the members as they count now, the defaults among them."""
    members = service.describe(row.client_id, service.to_metadata(row), secret)
    document: dict[str, Any] = {name: value for name, value in members.items() if name not in OURS}
    if not members["claims_in_id_token"]:  # a member of our own: told to whoever asks for it
        del document["claims_in_id_token"]
    client = service.parse(row)  # as it is served, should an algorithm have been switched off since
    document["id_token_signed_response_alg"] = client.id_token_algorithm
    if client.userinfo_algorithm is not None:
        document["userinfo_signed_response_alg"] = client.userinfo_algorithm
    document["client_id_issued_at"] = int(row.created_at.timestamp())
    document["registration_client_uri"] = f"{settings().issuer}{PATH}/{row.client_id}"
    document["registration_access_token"] = registration_token
    return _uncached(document, status)


def refuse(failure: Failure, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> Response:
    """Return an error; of what the client sent, its description repeats printable ASCII only."""
    description = refusals.shorten(failure.description)
    refusals.record("request.refused", description or failure.error, endpoint="register", error=failure.error)
    return _write(failure, status)


def _write(failure: Failure, status: HTTPStatus) -> Response:
    description = refusals.fit(failure.description)[:LONGEST]
    return _uncached({"error": failure.error, "error_description": description}, status)


def challenge(description: str, *, was_sent: bool) -> Response:
    """Return 401 in the manner of RFC 6750, section 3; a request without any token is told no reason in the header."""
    answer = _write(Failure("invalid_token", description), HTTPStatus.UNAUTHORIZED)
    value = 'Bearer realm="registration"'
    if was_sent:
        value += f', error="invalid_token", error_description="{description}"'
    answer.headers["WWW-Authenticate"] = value
    return answer


def shape(status: int, message: str, reference: str | None) -> Response | None:
    """Write what fails under these paths, such as a limit that is reached, as the errors of the protocol are written."""
    if request.path != PATH and not request.path.startswith(f"{PATH}/"):
        return None
    is_ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    document = {"error": "server_error" if is_ours else "invalid_request", "error_description": message}
    return _uncached(document | ({"reference": reference} if reference else {}), HTTPStatus(status))


def _uncached(document: dict[str, Any], status: HTTPStatus) -> Response:
    answer = jsonify(document)
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    return answer
