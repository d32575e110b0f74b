"""The endpoints that programs call: token, revocation, introspection, userinfo, discovery, JWKS; and a client's logo."""

from http import HTTPStatus

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Blueprint, Flask, Response, abort, current_app

from idp import keys
from idp.base import database
from idp.base.bounds import FORM
from idp.base.door import frame as door
from idp.base.door.answer import Answer, tell
from idp.base.door.asked import Asked
from idp.base.door.frame import Address
from idp.base.door.published import Published
from idp.base.http import limited, programs_only, unlimited
from idp.clients import logos
from idp.clients import service as clients
from idp.oauth import access_tokens, claims, cors, diagnosis, discovery, other_issuers, refusals
from idp.oauth.refusals import Cause
from idp.oauth.server import Server

bp = Blueprint("oauth", __name__)
PROGRAM = "called by relying parties with their own credentials; no cookie is read"
THROTTLED = "wrong client secrets are throttled; a busy relying party must not be"


def init_app(app: Flask) -> None:
    """Answer at these addresses."""
    app.register_blueprint(bp)
    app.register_blueprint(other_issuers.bp)
    metadata = Published("show_metadata", discovery.metadata)
    jwks = Published("show_jwks", keys.jwks, app.extensions["idp.generations"]["keys"])
    for address in (
        Address("/oauth/token", {"POST": token}, cors.share_with_public_clients),
        Address("/oauth/revoke", {"POST": revoke}, cors.share_with_public_clients),
        Address("/oauth/introspect", {"POST": introspect}),
        Address("/oauth/userinfo", {"GET": userinfo, "POST": userinfo_by_post}, cors.share_with_public_clients),
        _published("/.well-known/openid-configuration", metadata),
        _published("/.well-known/oauth-authorization-server", metadata),
        _published("/.well-known/openid-configuration/", metadata),  # a path of nothing (RFC 8414, section 3.1)
        _published("/.well-known/oauth-authorization-server/", metadata),
        _published("/.well-known/jwks.json", jwks),
    ):
        door.add(app, address)


def _published(path: str, document: Published) -> Address:
    return Address(path, {"GET": document.show}, cors.share_with_everybody, document)


@unlimited(THROTTLED)
@programs_only(PROGRAM)
def token(asked: Asked) -> Answer:
    """Answer a token request (RFC 6749, section 3.2)."""
    try:
        answer: Answer = _server().create_token_response(asked)
    except OAuth2Error as error:
        answer = _server().handle_error_response(None, error)
    return answer


@unlimited(THROTTLED)
@programs_only(PROGRAM)
def revoke(asked: Asked) -> Answer:
    """Answer a revocation request (RFC 7009)."""
    return _answer("revocation", asked)


@unlimited(THROTTLED)
@programs_only(PROGRAM)
def introspect(asked: Asked) -> Answer:
    """Answer an introspection request (RFC 7662)."""
    return _answer("introspection", asked)


def userinfo(asked: Asked) -> Answer:
    """Answer a userinfo request (OpenID Connect Core, section 5.3)."""
    scheme, _, credentials = (asked.authorization or "").partition(" ")
    sent = [credentials.strip()] if scheme.lower() == "bearer" else []
    if asked.method == "POST" and asked.media_type == FORM:
        sent += asked.form.get("access_token", [])
    if len(sent) > 1:
        return _challenge(HTTPStatus.BAD_REQUEST, "invalid_request", Cause.ACCESS_TOKEN_TWICE)
    return _tell(sent[0] if sent else None)


@unlimited("a token is needed; guessing one of 256 bits is hopeless")
@programs_only("called with a bearer token; no cookie is read")
def userinfo_by_post(asked: Asked) -> Answer:
    """Answer a userinfo request sent as POST, the token in the header or the body (RFC 6750, section 2.2)."""
    database.writing.set(False)
    return userinfo(asked)


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


def _server() -> Server:
    server: Server = current_app.extensions["idp.authorization_server"]
    return server


def _answer(name: str, asked: Asked) -> Answer:
    try:
        answer: Answer = _server().create_endpoint_response(name, asked)
    except OAuth2Error as error:
        answer = _server().handle_error_response(None, error)
    return answer


def _tell(access_token: str | None) -> Answer:
    if access_token is None:
        return _challenge(HTTPStatus.UNAUTHORIZED, None, Cause.ACCESS_TOKEN_MISSING)
    found = access_tokens.verify_access_token(access_token)
    if found is None:
        return _challenge(HTTPStatus.UNAUTHORIZED, "invalid_token", *diagnosis.of_access_token(access_token))
    client_id, granted = found.claims["client_id"], found.granted
    if granted is None or found.person is None:
        return _challenge(HTTPStatus.UNAUTHORIZED, "invalid_token", Cause.ACCESS_TOKEN_WITHOUT_PERSON, client_id)
    if "openid" not in found.scopes:
        return _challenge(HTTPStatus.FORBIDDEN, "insufficient_scope", Cause.ACCESS_TOKEN_WITHOUT_OPENID, client_id)
    client = clients.find(client_id)
    if client is None:
        return _challenge(HTTPStatus.UNAUTHORIZED, "invalid_token", Cause.CLIENT_GONE, client_id)
    asked = claims.single(granted, client, "userinfo")
    standing = claims.standing_of(client, granted, found.scopes, asked)
    told = claims.userinfo(found.person, client, found.scopes, asked, standing)
    algorithm = client.userinfo_algorithm
    if algorithm is not None:
        signed = claims.sign_userinfo(client, told, algorithm)
        return Answer(HTTPStatus.OK, signed.encode(), {"Content-Type": "application/jwt"})
    return tell(told)


def _challenge(status: HTTPStatus, error: str | None, cause: Cause, client_id: str | None = None) -> Answer:
    """Refuse in the manner of RFC 6750, section 3; a request without any token is told no reason in the header, and is not recorded."""
    sentence = refusals.tell(cause, is_proved=False)
    challenge = 'Bearer realm="userinfo"'
    if error is not None:
        challenge += f', error="{error}", error_description="{sentence}"'
        refusals.record("request.refused", cause, client_id=client_id, endpoint="userinfo", error=error)
    answer = tell({"error": error or "invalid_request", "error_description": sentence}, status)
    answer.headers["WWW-Authenticate"] = challenge
    return answer
