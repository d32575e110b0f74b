"""Metadata of issuers that are not here (RFC 8414, section 3.1): asked for with the path of an issuer behind the well-known name.

The issuer of this server has no path, so whatever stands there names another one. Agents of the Model Context Protocol try the paths of
the servers that they talk to, read no pages, and go on by what is said here.
"""

from http import HTTPStatus

from flask import Blueprint, Response, jsonify

from idp.base.extensions import settings
from idp.base.http import limited
from idp.oauth import cors

bp = Blueprint("other_issuers", __name__)
bp.after_request(cors.allow_everybody)

LIMIT = "600 per minute"


@bp.get("/.well-known/oauth-authorization-server/<path:issuer>")
@bp.get("/.well-known/openid-configuration/<path:issuer>")
@bp.get("/<path:issuer>/.well-known/openid-configuration")
@bp.get("/<path:issuer>/.well-known/oauth-authorization-server")
@limited(LIMIT, methods=("GET", "HEAD"))
def tell_issuer(issuer: str) -> Response:  # noqa: ARG001 - whatever it is, it is not here
    """Say that no such issuer is here, and which one is (RFC 8414, section 3.3: a client takes no metadata of another one)."""
    own = settings().issuer
    told = f"The issuer here is {own}, whose metadata are at {own}/.well-known/oauth-authorization-server."
    answer = jsonify({"error": "not_found", "error_description": told})
    answer.status_code = HTTPStatus.NOT_FOUND
    return answer
