"""The endpoints that programs call: token, revocation, introspection, userinfo, discovery, JWKS; and a client's logo."""

import json
from http import HTTPStatus
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Blueprint, Response, abort, current_app, jsonify, request

from idp import keys
from idp.accounts import lookup
from idp.base import database
from idp.base.http import limited, programs_only, unlimited
from idp.clients import logos
from idp.clients import service as clients
from idp.oauth import access_tokens, claims, client_authentication, cors, diagnosis, dialects, discovery, refusals
from idp.oauth.refusals import Cause
from idp.oauth.server import Server

bp = Blueprint("oauth", __name__)
EXCESS = {413, 414, 431}  # of requests that bring more than this server reads
PROGRAM = "called by relying parties with their own credentials; no cookie is read"
THROTTLED = "wrong client secrets are throttled; a busy relying party must not be"


@bp.post("/oauth/token", provide_automatic_options=False)
@unlimited(THROTTLED)
@programs_only(PROGRAM)
def token() -> Response:
    """Answer a token request (RFC 6749, section 3.2)."""
    try:
        response: Response = _server().create_token_response()
    except OAuth2Error as error:
        response = _server().handle_error_response(None, error)
    return cors.allow_public_clients(_word_error(response))


@bp.post("/oauth/revoke", provide_automatic_options=False)
@unlimited(THROTTLED)
@programs_only(PROGRAM)
def revoke() -> Response:
    """Answer a revocation request (RFC 7009)."""
    return cors.allow_public_clients(_answer("revocation"))


@bp.post("/oauth/introspect")
@unlimited(THROTTLED)
@programs_only(PROGRAM)
def introspect() -> Response:
    """Answer an introspection request (RFC 7662)."""
    return _answer("introspection")


@bp.get("/oauth/userinfo", provide_automatic_options=False)
def userinfo() -> Response:
    """Answer a userinfo request (OpenID Connect Core, section 5.3)."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    sent = [credentials.strip()] if scheme.lower() == "bearer" else []
    if request.method == "POST" and request.mimetype == "application/x-www-form-urlencoded":
        sent += request.form.getlist("access_token")
    if len(sent) > 1:
        return cors.allow_public_clients(
            _challenge(HTTPStatus.BAD_REQUEST, "invalid_request", Cause.ACCESS_TOKEN_TWICE)
        )
    return cors.allow_public_clients(_tell(sent[0] if sent else None))


@bp.post("/oauth/userinfo", provide_automatic_options=False)
@unlimited("a token is needed; guessing one of 256 bits is hopeless")
@programs_only("called with a bearer token; no cookie is read")
def userinfo_by_post() -> Response:
    """Answer a userinfo request sent as POST, the token in the header or the body (RFC 6750, section 2.2)."""
    database.writing.set(False)
    return userinfo()


@bp.get("/.well-known/openid-configuration", provide_automatic_options=False)
@bp.get("/.well-known/oauth-authorization-server", provide_automatic_options=False)
def show_metadata() -> Response:
    """Publish the provider's metadata."""
    return _publish(discovery.metadata())


@bp.get("/.well-known/jwks.json", provide_automatic_options=False)
def show_jwks() -> Response:
    """Publish the key set."""
    return _publish(keys.jwks())


@bp.get("/oauth/clients/<client_id>/logo")
@limited("600 per minute", methods=("GET", "HEAD"))
def show_logo(client_id: str) -> Response:
    """Show a client's logo from this server, so that entrance pages load nothing from elsewhere."""
    client = clients.find(client_id)
    logo = logos.find(client) if client else None
    if logo is None:
        abort(HTTPStatus.NOT_FOUND)
    headers = {"Cache-Control": "public, max-age=3600", "Content-Security-Policy": "default-src 'none'; sandbox"}
    return Response(logo.content, mimetype=logo.media_type, headers=headers)


@bp.route("/oauth/token", methods=["OPTIONS"])
@bp.route("/oauth/revoke", methods=["OPTIONS"])
@bp.route("/oauth/userinfo", methods=["OPTIONS"])
def preflight() -> Response:
    """Answer a browser's preflight (Fetch, section 3.2.2); Flask's own answer, which knows no CORS, is switched off above."""
    return cors.allow_public_clients(Response(status=HTTPStatus.NO_CONTENT))


def shape(status: int, message: str, reference: str | None) -> Response | None:
    """Write what no view answers here, such as an outage, as the protocol's errors are written, whatever the caller would rather have."""
    if request.blueprint != bp.name or (status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in EXCESS):
        return None
    is_busy = status == HTTPStatus.SERVICE_UNAVAILABLE
    error = "invalid_request" if status in EXCESS else "temporarily_unavailable" if is_busy else "server_error"
    response = jsonify(error=error, error_description=message, **({"reference": reference} if reference else {}))
    response.status_code = status
    return response


@bp.route("/.well-known/openid-configuration", methods=["OPTIONS"])
@bp.route("/.well-known/oauth-authorization-server", methods=["OPTIONS"])
@bp.route("/.well-known/jwks.json", methods=["OPTIONS"])
def preflight_published() -> Response:
    """Answer the preflight for what is published: agents in browsers send a header of their own along with it."""
    return cors.allow_everybody(Response(status=HTTPStatus.NO_CONTENT))


def _server() -> Server:
    server: Server = current_app.extensions["idp.authorization_server"]
    return server


def _word_error(response: Response) -> Response:
    """Write a failed token request in the dialect of the client that it names, whether or not that proved itself."""
    if response.status_code < HTTPStatus.BAD_REQUEST:
        return response
    client_id = client_authentication.claimed(request.headers.get("Authorization"), request.form)
    dialect = dialects.of(clients.find(client_id))
    if dialect is not None:
        response.set_data(json.dumps(dialect.write_error(response.get_json())))
    return response


def _answer(name: str) -> Response:
    try:
        response: Response = _server().create_endpoint_response(name)
    except OAuth2Error as error:
        response = _server().handle_error_response(None, error)
    return response


def _publish(document: dict[str, Any]) -> Response:
    response = jsonify(document)
    response.headers["Cache-Control"] = "public, max-age=300"
    return cors.allow_everybody(response)


def _tell(access_token: str | None) -> Response:
    if access_token is None:
        return _challenge(HTTPStatus.UNAUTHORIZED, None, Cause.ACCESS_TOKEN_MISSING)
    found = access_tokens.verify_access_token(access_token)
    if found is None:
        return _challenge(HTTPStatus.UNAUTHORIZED, "invalid_token", *diagnosis.of_access_token(access_token))
    client_id, granted = found.claims["client_id"], found.granted
    account = lookup.find(granted.account_id) if granted is not None else None
    if granted is None or account is None:
        return _challenge(HTTPStatus.UNAUTHORIZED, "invalid_token", Cause.ACCESS_TOKEN_WITHOUT_PERSON, client_id)
    if "openid" not in found.scopes:
        return _challenge(HTTPStatus.FORBIDDEN, "insufficient_scope", Cause.ACCESS_TOKEN_WITHOUT_OPENID, client_id)
    client = clients.find(client_id)
    if client is None:
        return _challenge(HTTPStatus.UNAUTHORIZED, "invalid_token", Cause.CLIENT_GONE, client_id)
    told = claims.userinfo(account, client, found.scopes, claims.single(granted, client, "userinfo"))
    algorithm = client.metadata.userinfo_signed_response_alg
    if algorithm is not None:
        response = Response(claims.sign_userinfo(client, told, algorithm), mimetype="application/jwt")
    else:
        response = jsonify(told)
    response.headers["Cache-Control"] = "no-store"
    return response


def _challenge(status: HTTPStatus, error: str | None, cause: Cause, client_id: str | None = None) -> Response:
    """Refuse in the manner of RFC 6750, section 3; a request without any token is told no reason in the header, and is not recorded."""
    sentence = refusals.tell(cause, is_proved=False)
    challenge = 'Bearer realm="userinfo"'
    if error is not None:
        challenge += f', error="{error}", error_description="{sentence}"'
        refusals.record("request.refused", cause, client_id=client_id, endpoint="userinfo", error=error)
    response = jsonify(error=error or "invalid_request", error_description=sentence)
    response.status_code = status
    response.headers["WWW-Authenticate"] = challenge
    return response
