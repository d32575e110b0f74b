"""The grants: authorization code (with PKCE), refresh token, client credentials.

Authlib saves tokens first and deletes the code afterwards; here a code or a rotation is claimed in one statement before any token
is made, so that of parallel requests one succeeds.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant as _AuthorizationCodeGrant
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant as _ClientCredentialsGrant
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant as _RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge, create_s256_code_challenge
from authlib.oauth2.rfc7636.challenge import CODE_VERIFIER_PATTERN

from idp import audit
from idp.base import clock
from idp.base.http import source
from idp.clients.metadata import AUTH_METHODS, SCOPES
from idp.clients.registered import RegisteredClient
from idp.lifetimes import LIFETIMES
from idp.oauth import (
    access_tokens,
    claims,
    demands,
    diagnosis,
    dialects,
    redeeming,
    refresh_tokens,
    refusals,
    subjects,
    tokens,
)
from idp.oauth.parameters import AuthorizationParameters
from idp.oauth.refusals import Cause, Refusal
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
        answer["refresh_token"] = user.successor or refresh_tokens.issue(user, life=idle_life(client))
    if user is not None and "openid" in scope.split():
        nonce = user.nonce if grant_type == "authorization_code" else None
        scopes = scope.split()
        answer["id_token"] = claims.sign_id_token(client, user, answer["access_token"], nonce=nonce, scopes=scopes)
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

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        """Compare the verifier with the challenge of the authorization request; a verifier without one is refused (RFC 9700, 4.8.2).

        Raises:
            Refusal: `invalid_grant` for another verifier (section 4.6), `invalid_request` for a missing, needless or malformed one.
        """
        challenge, verifier = grant.request.authorization_code.code_challenge, grant.request.form.get("code_verifier")
        if challenge is None and verifier is None:
            return
        if challenge is None:
            raise Refusal("invalid_request", Cause.VERIFIER_UNASKED)
        if verifier is None:
            raise Refusal("invalid_request", Cause.VERIFIER_MISSING)
        if not CODE_VERIFIER_PATTERN.match(verifier):
            raise Refusal("invalid_request", Cause.VERIFIER_MALFORMED)
        if not self.CODE_CHALLENGE_METHODS["S256"](verifier, challenge):
            raise Refusal("invalid_grant", Cause.VERIFIER_WRONG)


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

    def query_authorization_code(self, code: str, client: RegisteredClient) -> Granted:
        """Return the code's grant, if it is this client's, unused, and the redirect URI is that of the authorization request.

        Raises:
            Refusal: `invalid_grant`, with its cause.
        """
        claimed = self._claim(code, client)
        if claimed is not None:
            return claimed
        granted = tokens.find_code(code, client)
        if granted is None:
            raise refusals.of_grant(diagnosis.of_code(code, client), client)
        if not demands.are_met(granted, client):
            raise refusals.of_grant(Cause.SECOND_FACTOR_MISSING, client)
        sent = self.request.payload.redirect_uri
        if not sent and dialects.of(client) is not None:
            return replace(granted, redirect_uri=None)  # nothing is compared
        if sent != granted.redirect_uri:
            raise Refusal("invalid_grant", Cause.REDIRECT_URI_DIFFERS if sent else Cause.REDIRECT_URI_MISSING)
        return granted

    def _claim(self, code: str, client: RegisteredClient) -> Granted | None:
        """Claim a code about which everything is right, at once; None where anything is not, and that has to be found out."""
        sent, verifier = self.request.payload.redirect_uri, self.request.form.get("code_verifier")
        if not sent or not client.check_redirect_uri(sent):
            return None
        if verifier is not None and not CODE_VERIFIER_PATTERN.match(verifier):
            return None
        challenge = create_s256_code_challenge(verifier) if verifier is not None else None
        return redeeming.redeem(code, client, sent, challenge, idle_life(client))

    def authenticate_user(self, authorization_code: Granted) -> Granted:
        """Claim the code, before tokens are made."""
        if authorization_code.is_claimed:
            return authorization_code
        if not tokens.redeem(authorization_code):
            raise refusals.of_grant(diagnosis.of_code(self.request.form["code"], self.client), self.client)
        return authorization_code

    def delete_authorization_code(self, authorization_code: Granted) -> None:
        """Keep the row: it remembers that the code was used."""


class RefreshTokenGrant(_RefreshTokenGrant):
    """RFC 6749, section 6. Tokens of public clients rotate, those of confidential ones stay (RFC 9700, section 2.2.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = list(AUTH_METHODS)

    def authenticate_refresh_token(self, refresh_token: str) -> Granted:
        """Return the token's grant, if it is this client's.

        Raises:
            Refusal: `invalid_grant`, with its cause.
        """
        client = self.client
        claimed = None
        if not self.request.payload.scope:  # else what was granted has to be looked at first
            is_public = client.metadata.is_public
            claimed = (
                redeeming.rotate(refresh_token, client, idle_life(client))
                if is_public
                else redeeming.extend(refresh_token, client)
            )
        if claimed is not None:
            return claimed
        granted = refresh_tokens.find(refresh_token)
        if granted is None or not granted.check_client(client):
            raise refusals.of_grant(diagnosis.of_refresh_token(refresh_token, client.client_id), client)
        if not demands.are_met(granted, client):
            raise refusals.of_grant(Cause.SECOND_FACTOR_MISSING, client)
        return granted

    def _validate_token_scope(self, token: Granted) -> None:
        """Leave out what nobody understands, as it was left out of the grant, and refuse what was not granted (RFC 6749, section 6)."""
        narrow_scope(self.request, self.client)
        foreign = [scope for scope in (self.request.payload.scope or "").split() if scope not in token.scope.split()]
        if foreign:
            raise InvalidScopeError(f"The scope {listed(foreign)} was not granted.")

    def authenticate_user(self, refresh_token: Granted) -> Granted:
        """Claim the rotation, before tokens are made."""
        if refresh_token.is_claimed:
            return refresh_token
        if not tokens.hold(refresh_token):
            cause = diagnosis.of_refresh_token(self.request.form["refresh_token"], self.client.client_id)
            raise refusals.of_grant(cause, self.client)
        if self.client.metadata.is_public:
            if not refresh_tokens.rotate(refresh_token):
                raise Refusal("invalid_grant", Cause.REFRESH_TOKEN_USED)
        elif refresh_token.refresh_rotated:
            raise Refusal("invalid_grant", Cause.REFRESH_TOKEN_USED)
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
        """Refuse the server's scopes that the client is not registered for, and ignore any other."""
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

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Issue the token; without `scope` it has every scope of the client that is not about a person (RFC 6749, section 3.3)."""
        own = [scope for scope in self.client.metadata.scope.split() if scope not in SCOPES]
        scope = self.request.payload.scope or " ".join(own)
        return 200, self.generate_token(scope=scope, include_refresh_token=False), self.TOKEN_RESPONSE_HEADER


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


def idle_life(client: RegisteredClient) -> timedelta:
    """Return how long a refresh token of a client lives without use, as its dialect has it."""
    dialect = dialects.of(client)
    return dialect.refresh_life() if dialect is not None else LIFETIMES.refresh_idle


def refresh_life(client: RegisteredClient) -> timedelta | None:
    """Return how long a code's grant lasts beyond the browser session, as the client's dialect has it."""
    dialect = dialects.of(client)
    return dialect.refresh_life() if dialect is not None else None
