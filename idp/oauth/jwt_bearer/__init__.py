"""JWT authorization grants (RFC 7523, section 2.1) of trusted issuers, identity assertions of other authorization servers among them
(draft-ietf-oauth-identity-assertion-authz-grant)."""

from typing import Any

from flask import Flask

from idp.clients import service as clients
from idp.issuers import service as issuers
from idp.oauth import discovery
from idp.oauth.jwt_bearer.grant import JwtBearerGrant
from idp.oauth.server import Server

PROFILE = "urn:ietf:params:oauth:grant-profile:id-jag"


def init_app(app: Flask) -> None:
    """Take assertions, and say so; never whose (the draft, section 6.2)."""
    server: Server = app.extensions["idp.authorization_server"]
    server.register_grant(JwtBearerGrant)
    clients.removed.connect(issuers.forget_client)
    discovery.add(app, _members)


def _members() -> dict[str, Any]:
    return {"authorization_grant_profiles_supported": [PROFILE]}
