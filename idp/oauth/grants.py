"""The grants: authorization code (with PKCE), refresh token, client credentials.

Authlib saves tokens first and deletes the code afterwards; here a code or a rotation is claimed in one statement before any token
is made, so that of parallel requests one succeeds.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant as _AuthorizationCodeGrant
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant as _ClientCredentialsGrant
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant as _RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge

from idp import audit
from idp.base import clock
from idp.base.http import source
from idp.clients.metadata import AUTH_METHODS
from idp.clients.registered import RegisteredClient
from idp.lifetimes import LIFETIMES
from idp.oauth import access_tokens, claims, dialects, refresh_tokens, subjects, tokens
from idp.oauth.parameters import AuthorizationParameters
from idp.oauth.scopes import is_understood, listed
from idp.oauth.server import ServerRequest
from idp.oauth.tokens import Granted


def make_tokens(
    grant_type: str,
    client: RegisteredClient,
    user: Granted | None = None,
    scope: str | None = None,
    expires_in: int | None = None,
    include_refresh_token: bool = False,
) -> dict[str, Any]:
    """Return the members of a token response (RFC 6749, section 5.1; OpenID Connect Core, section 3.1.3.3), in the client's dialect.

    Of the scopes those are left that the client is still registered for.
    """
    scope = client.get_allowed_scope(scope)
    dialect, now = dialects.of(client), clock.timestamp()
    answer = make_access_token(client, user, scope, now)
    if user is not None and include_refresh_token and user.offline:
        idle = dialect.refresh_life() if dialect is not None else LIFETIMES.refresh_idle
        answer["refresh_token"] = refresh_tokens.issue(user, life=idle)
    if user is not None and "openid" in scope.split():
        nonce = user.nonce if grant_type == "authorization_code" else None
        answer["id_token"] = claims.sign_id_token(client, user, answer["access_token"], nonce=nonce)
    if dialect is not None and user is not None:
        answer = dialect.write(answer, user.account_id, now + answer["expires_in"])
    return answer


def make_access_token(client: RegisteredClient, user: Granted | None, scope: str, now: int) -> dict[str, Any]:
    """Return an access token that lives from `now` (Unix seconds), with the members that describe it (RFC 6749, section 5.1)."""
    dialect = dialects.of(client)
    life = dialect.access_life() if dialect is not None else LIFETIMES.access_token
    subject = subjects.of(user.sub, client) if user is not None else None
    token = access_tokens.sign_access_token(client.client_id, scope, user, subject=subject, life=life, now=now)
    described = {"access_token": token, "token_type": "Bearer", "expires_in": int(life.total_seconds())}
    return described | ({"scope": scope} if scope else {})


class S256Challenge(CodeChallenge):
    """PKCE with S256 alone (RFC 7636); the authorization endpoint's policy says for whom it is required."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]


class AuthorizationCodeGrant(_AuthorizationCodeGrant):
    """RFC 6749, section 4.1."""

    TOKEN_ENDPOINT_AUTH_METHODS = list(AUTH_METHODS)

    def create_authorization_response(
        self, redirect_uri: str, grant_user: Any
    ) -> tuple[int, dict[str, str], list[Any]]:
        """Record the grant and return its code; `authorize` sends it in the right response mode."""
        parameters = AuthorizationParameters(self.request.payload.data)
        scope, life = parameters.granted_scope(self.client), refresh_life(self.client)
        code = tokens.issue_code(parameters, scope, grant_user.account, grant_user.browser, refresh_life=life)
        return 200, {"code": code}, []

    def query_authorization_code(self, code: str, client: RegisteredClient) -> Granted | None:
        """Return the code's grant, if it is this client's and unused."""
        granted = tokens.find_code(code, client)
        if granted is not None and not self.request.payload.redirect_uri and dialects.of(client) is not None:
            return replace(granted, redirect_uri=None)  # nothing is compared
        return granted

    def authenticate_user(self, authorization_code: Granted) -> Granted:
        """Claim the code, before tokens are made."""
        if not tokens.redeem(authorization_code):
            raise InvalidGrantError("The code was used before, or its session has ended.")
        return authorization_code

    def delete_authorization_code(self, authorization_code: Granted) -> None:
        """Keep the row: it remembers that the code was used."""


class RefreshTokenGrant(_RefreshTokenGrant):
    """RFC 6749, section 6. Tokens of public clients rotate, those of confidential ones stay (RFC 9700, section 2.2.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = list(AUTH_METHODS)

    def authenticate_refresh_token(self, refresh_token: str) -> Granted | None:
        """Return the token's grant."""
        return refresh_tokens.find(refresh_token)

    def _validate_token_scope(self, token: Granted) -> None:
        """Leave out what nobody understands, as it was left out of the grant, and refuse what was not granted (RFC 6749, section 6)."""
        narrow_scope(self.request, self.client)
        foreign = [scope for scope in (self.request.payload.scope or "").split() if scope not in token.scope.split()]
        if foreign:
            raise InvalidScopeError(f"The scope {listed(foreign)} was not granted.")

    def authenticate_user(self, refresh_token: Granted) -> Granted:
        """Claim the rotation, before tokens are made."""
        if self.client.metadata.is_public:
            if not refresh_tokens.rotate(refresh_token):
                raise InvalidGrantError("The refresh token was used before.")
        elif refresh_token.refresh_rotated:
            raise InvalidGrantError("The refresh token was used before.")
        else:
            refresh_tokens.extend(refresh_token)
        return refresh_token

    def issue_token(self, user: Granted, refresh_token: Granted) -> dict[str, Any]:
        """Return new tokens in the asked scope, at most the granted one."""
        scope = self.request.payload.scope or refresh_token.scope
        return make_tokens(self.GRANT_TYPE, self.client, user, scope, None, self.client.metadata.is_public)

    def revoke_old_credential(self, refresh_token: Granted) -> None:
        """Nothing is left to do: the rotation was claimed before."""


class ClientCredentialsGrant(_ClientCredentialsGrant):
    """RFC 6749, section 4.4: a token of the client's own, without any person."""

    TOKEN_ENDPOINT_AUTH_METHODS = list(AUTH_METHODS)

    def validate_requested_scope(self) -> None:
        """Refuse the server's scopes that the client is not registered for, and ignore any other; without a scope, none is given."""
        left_out = narrow_scope(self.request, self.client)
        foreign = [scope for scope in (self.request.payload.scope or "").split() if scope not in self.client.scopes]
        if foreign:
            raise InvalidScopeError(f"The client is not registered for the scope {listed(foreign)}.")
        if left_out:
            audit.record(
                "scope.narrowed",
                client_id=self.client.client_id,
                source=source(),
                granted=self.request.payload.scope,
                left_out=listed(left_out),
            )


def narrow_scope(request: ServerRequest, client: RegisteredClient) -> list[str]:
    """Take out of a token request the scopes that nobody here understands, and return them (RFC 6749, section 3.3).

    Raises:
        InvalidScopeError: nothing is left of what was asked for.
    """
    asked = list(dict.fromkeys((request.payload.scope or "").split()))
    left_out = [scope for scope in asked if not is_understood(scope, client)]
    if left_out and len(left_out) == len(asked):
        raise InvalidScopeError(
            f"The parameter scope holds nothing that this client can be granted: {listed(left_out)}."
        )
    if left_out:
        request.reword({**request.form, "scope": " ".join(scope for scope in asked if scope not in left_out)})
    return left_out


def refresh_life(client: RegisteredClient) -> timedelta | None:
    """Return how long a code's grant lasts beyond the browser session, as the client's dialect has it."""
    dialect = dialects.of(client)
    return dialect.refresh_life() if dialect is not None else None
