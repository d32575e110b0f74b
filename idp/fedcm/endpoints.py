"""The addresses that browsers call themselves (W3C Federated Credential Management): no script of a page can call them.

A browser says so with `Sec-Fetch-Dest: webidentity`, which no script can send; whoever does not gets an empty 403. The answers are readable
for the page of the client alone that the request names, at the origin of one of its redirect URIs.
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast

from flask import Blueprint, Response, abort, jsonify, request

from idp.base.extensions import settings
from idp.base.http import limited, programs_only, source
from idp.clients.registered import RegisteredClient
from idp.fedcm import accounts, assertion, cookie, origin, published, reading, switch
from idp.fedcm.assertion import Continue, Token, Wrong
from idp.fedcm.reading import Malformed
from idp.oauth import refusals
from idp.oauth.refusals import Cause

bp = Blueprint("fedcm", __name__)
View = TypeVar("View", bound=Callable[..., Any])

LIMIT = "600 per minute"
READING = ("GET", "HEAD")
DESTINATION = "webidentity"
BROWSER = "sent by the browser itself, which says so in a header that no script and no form can send"


def _for_browsers(view: View) -> View:
    """Answer nobody while no client is switched to FedCM, and nobody but browsers."""

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        if not switch.is_on():
            abort(HTTPStatus.NOT_FOUND)
        if request.headers.get("Sec-Fetch-Dest") != DESTINATION:
            return Response(status=HTTPStatus.FORBIDDEN)
        return view(*args, **values)

    return cast(View, guarded)


@bp.get("/.well-known/web-identity")
@limited(LIMIT, methods=READING)
@_for_browsers
def show_well_known() -> Response:
    """Tell which configuration is ours (3.1)."""
    return jsonify(published.well_known())


@bp.get(published.CONFIG)
@limited(LIMIT, methods=READING)
@_for_browsers
def show_config() -> Response:
    """Tell where everything is (3.2)."""
    return jsonify(published.config())


@bp.get(published.ACCOUNTS)
@limited(LIMIT, methods=READING)
@_for_browsers
def show_accounts() -> Response:
    """Tell who is signed in (3.3): to the browser, which asks in nobody's name, so that a request in a page's name is answered nothing."""
    if request.headers.get("Origin", "null") != "null":
        return Response(status=HTTPStatus.FORBIDDEN)
    digest = cookie.read()
    account = cookie.find_account(digest) if digest is not None else None
    if account is None:
        return _no_longer()
    return jsonify(accounts.describe(account))


@bp.get(published.CLIENT)
@limited(LIMIT, methods=READING)
@_for_browsers
def show_client() -> Response:
    """Tell what an app says of itself (3.4); no cookie is looked at."""
    client = origin.find_client(request.args.get("client_id"))
    asking = request.headers.get("Origin")
    if client is None or (asking is not None and origin.find_uri(client, asking) is None):
        abort(HTTPStatus.NOT_FOUND)
    answer = jsonify(published.describe_client(client, request.args.get("top_frame_origin")))
    return _shared(answer) if asking is not None else answer


@bp.post(published.ASSERTION)
@limited(LIMIT)
@programs_only(BROWSER)
@_for_browsers
def assert_identity() -> Response:
    """Give an ID token, or say what comes before it (3.5)."""
    try:
        wish = reading.read_wish(_form())
    except Malformed as error:
        return _fail("invalid_request", str(error))
    client, uri = _asking(wish.client_id)
    if client is None or uri is None:
        return Response(status=HTTPStatus.FORBIDDEN)
    digest = cookie.read()
    found = assertion.answer(wish, client, uri, digest, source=source()) if digest is not None else assertion.OVER
    match found:
        case Token(value):
            return _shared(jsonify({"token": value}))
        case Continue(path):
            return _shared(jsonify({"continue_on": f"{settings().issuer}{path}"}))
        case Wrong() as wrong:
            status = HTTPStatus.UNAUTHORIZED if wrong.is_over else HTTPStatus.BAD_REQUEST
            return _shared(_fail(wrong.error, wrong.description, client, status))


@bp.post(published.DISCONNECT)
@limited("60 per minute")
@programs_only(BROWSER)
@_for_browsers
def disconnect() -> Response:
    """Forget what the person allowed an app, at its wish (3.6); whatever hinders that is answered alike."""
    try:
        client_id, hint = reading.read_disconnection(_form())
    except Malformed as error:
        return _fail("invalid_request", str(error))
    client, uri = _asking(client_id)
    if client is None or uri is None:
        return Response(status=HTTPStatus.FORBIDDEN)
    digest = cookie.read()
    done = assertion.disconnect(client, hint, digest, source=source()) if digest is not None else None
    if done is None:
        return _shared(_fail("access_denied", "There is nothing to disconnect.", client))
    return _shared(jsonify({"account_id": done}))


def _form() -> dict[str, list[str]]:
    return {name: request.form.getlist(name) for name in request.form}


def _asking(client_id: str) -> tuple[RegisteredClient | None, str | None]:
    """Return the client whose page asks, and its redirect URI there; where it is not at home, that is recorded."""
    client = origin.find_client(client_id)
    uri = origin.find_uri(client, request.headers.get("Origin")) if client is not None else None
    if uri is None:
        cause = Cause.UNKNOWN_CLIENT if client is None else Cause.ORIGIN_NOT_REGISTERED
        refusals.record("request.refused", cause, client_id=client_id, endpoint="fedcm", error="unauthorized_client")
    return client, uri


def _shared(answer: Response) -> Response:
    """Let the page that asked read an answer, whose origin is its client's."""
    answer.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
    answer.headers["Access-Control-Allow-Credentials"] = "true"
    answer.headers["Vary"] = "Origin, Cookie"
    return answer


def _no_longer() -> Response:
    """Say that nobody is signed in, by which the browser stops offering this provider."""
    answer = jsonify({"error": {"code": "login_required"}})
    answer.status_code = HTTPStatus.UNAUTHORIZED
    return answer


def _fail(
    error: str, description: str, client: RegisteredClient | None = None, status: HTTPStatus = HTTPStatus.BAD_REQUEST
) -> Response:
    """Return an error (3.5.3), and record it; what is wrong is told to administrators, who look it up."""
    client_id = client.client_id if client is not None else None
    if status == HTTPStatus.BAD_REQUEST:
        refusals.record("request.refused", description, client_id=client_id, endpoint="fedcm", error=error)
    answer = jsonify({"error": {"code": error}})
    answer.status_code = status
    return answer
