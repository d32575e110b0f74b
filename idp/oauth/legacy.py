"""Implicit and hybrid flows (OpenID Connect Core, sections 3.2 and 3.3), for old relying parties that know no other.

Only with `IDP_LEGACY_RESPONSE_TYPES`: RFC 9700, section 2.1.2, advises against tokens that travel through the browser. `token` alone is
never offered. The checks of a request are those of `policy`, for every response type; what is issued here hangs on one grant, and ends
with it. A refresh token never takes this way.
"""

from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oidc.core.grants import OpenIDHybridGrant as _OpenIDHybridGrant
from authlib.oidc.core.grants import OpenIDImplicitGrant as _OpenIDImplicitGrant
from flask import Flask

from idp.base import crypto
from idp.clients.registered import RegisteredClient
from idp.oauth import audiences, claims, grants, rich_requests, server, tokens
from idp.oauth.parameters import AuthorizationParameters
from idp.signin.login import SignedIn

Answer = tuple[int, dict[str, str], list[Any]]


class _FrontChannel:
    """What both grants do; Authlib's, beneath them, tell the response types apart."""

    request: OAuth2Request
    client: RegisteredClient

    def create_authorization_response(self, redirect_uri: str, grant_user: SignedIn) -> Answer:
        """Record the grant and return what is issued at once, and a code for the rest; `authorize` sends it in the right response mode."""
        return 200, _issue(AuthorizationParameters(self.request.payload.data), self.client, grant_user), []


class ImplicitGrant(_FrontChannel, _OpenIDImplicitGrant):
    """OpenID Connect Core, section 3.2: `id_token` and `id_token token`."""


class HybridGrant(_FrontChannel, _OpenIDHybridGrant):
    """OpenID Connect Core, section 3.3: `code id_token`, `code token` and `code id_token token`."""


def init_app(app: Flask) -> None:
    """Let the authorization server answer these response types; `clients.metadata` names them to everybody else."""
    authorization_server: server.Server = app.extensions["idp.authorization_server"]
    for grant in (ImplicitGrant, HybridGrant):
        authorization_server.register_grant(grant)


def _issue(parameters: AuthorizationParameters, client: RegisteredClient, present: SignedIn) -> dict[str, str]:
    """Return the members that the response type asks for (sections 3.2.2.5 and 3.3.2.5)."""
    words = (parameters.response_type or "").split()
    scope = parameters.granted_scope(client)
    code = crypto.new_secret() if "code" in words else None
    granted = tokens.record(
        parameters,
        scope,
        present.account,
        present.browser,
        code=code,
        is_used=True,
        refresh_life=grants.refresh_life(client) if code is not None else None,
    )
    mapped: list[str] = []
    answer: dict[str, Any] = {"code": code} if code is not None else {}
    if "token" in words:
        right = audiences.narrow(grants.Entitlement(scope, granted), None, client)
        right = rich_requests.narrow(right, None, client)
        answer |= grants.make_access_token(client, right)
    if "id_token" in words:
        more: dict[str, Any] = {}
        if code is not None:
            more["c_hash"] = claims.token_hash(code, client.id_token_algorithm)
        if words == ["id_token"]:  # no other way to tell the claims of the scopes (section 5.4)
            mapped = scope.split()
            standing = claims.standing_of(client, granted, mapped)
            more |= claims.userinfo(present.account, client, frozenset(mapped), (), standing)
        access_token = answer.get("access_token")
        answer["id_token"] = claims.sign_id_token(
            client, granted, access_token, nonce=granted.nonce, scopes=mapped, **more
        )
    return {name: str(value) for name, value in answer.items()}
