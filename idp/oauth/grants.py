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
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oauth2.rfc7636.challenge import CODE_VERIFIER_PATTERN

from idp import audit
from idp.base import clock
from idp.base.http import source
from idp.clients import uses
from idp.clients.metadata import AUTH_METHODS, SCOPES, STANDING_SCOPES
from idp.clients.registered import RegisteredClient
from idp.lifetimes import LIFETIMES
from idp.oauth import (
    access_tokens,
    claims,
    demands,
    diagnosis,
    dialects,
    ending,
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
    if user is not None and user.successor is not None:
        answer["refresh_token"] = user.successor
    if user is not None and "openid" in scope.split():
        nonce = user.nonce if grant_type == "authorization_code" else None
        scopes = scope.split()
        answer["id_token"] = claims.sign_id_token(client, user, answer["access_token"], nonce=nonce, scopes=scopes)
    if dialect is not None and user is not None and user.person is not None:
        answer = dialect.write(answer, user.person, now + answer["expires_in"])
    return answer


def make_access_token(client: RegisteredClient, user: Granted | None, scope: str, now: int) -> dict[str, Any]:
    """Return an access token that lives from `now` (Unix seconds), with the members that describe it (RFC 6749, section 5.1)."""
    dialect = dialects.of(client)
    life = dialect.access_life() if dialect is not None else LIFETIMES.access_token
    subject = subjects.of(user.sub, client) if user is not None else None
    told = claims.of_access_token(client, user, scope.split()) if user is not None else {}
    token = access_tokens.sign_access_token(
        client.client_id, scope, user, subject=subject, life=life, now=now, told=told
    )
    uses.note(client.client_id)
    described = {"access_token": token, "token_type": "Bearer", "expires_in": int(life.total_seconds())}
    return described | ({"scope": scope} if scope else {})


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
        """Claim a code for this request alone, before tokens are made, if everything about it is right.

        Raises:
            Refusal: `invalid_grant`, with its cause. A code that is used twice ends what it had issued (RFC 9700, section 4.5).
        """
        sent, verifier = self.request.payload.redirect_uri, self.request.form.get("code_verifier")
        may_leave_out = not sent and dialects.of(client) is not None
        address = redeeming.find_address(code) if may_leave_out else sent
        challenge = _challenge_of(verifier)
        fault = None
        for _once_more in range(2):
            granted = redeeming.redeem(code, client, address, challenge, idle_life(client))
            if granted is not None:
                return replace(granted, redirect_uri=None) if may_leave_out else granted
            fault = diagnosis.of_code(code, client, address, challenge)
            if fault is not None:
                break
        if fault is not None and fault.replayed is not None:
            ending.revoke_grant(fault.replayed, "code.replayed", client.client_id, fault.sub)
        raise _refuse_code(fault, client, sent, verifier)

    def authenticate_user(self, authorization_code: Granted) -> Granted:
        """Nothing is left to look at: the code was claimed."""
        return authorization_code

    def delete_authorization_code(self, authorization_code: Granted) -> None:
        """Keep the row: it remembers that the code was used."""


class RefreshTokenGrant(_RefreshTokenGrant):
    """RFC 6749, section 6. Tokens of public clients rotate, those of confidential ones stay (RFC 9700, section 2.2.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = list(AUTH_METHODS)

    def authenticate_refresh_token(self, refresh_token: str) -> Granted:
        """Return the token's grant, if it is good and this client's; claimed, unless the asked scope has to be compared first.

        Raises:
            Refusal: `invalid_grant`, with its cause.
        """
        if not self.request.payload.scope:
            return self._claim(refresh_token)
        granted = refresh_tokens.find(refresh_token)
        if granted is None or not granted.check_client(self.client) or not demands.are_met(granted, self.client):
            fault = self._diagnose(refresh_token)
            raise refusals.of_grant(fault.cause if fault is not None else Cause.GRANT_REVOKED, self.client)
        return granted

    def _claim(self, refresh_token: str) -> Granted:
        """Claim a token for this request; one that was rotated and comes again ends its family (RFC 9700, section 4.14.2)."""
        client, fault = self.client, None
        for _once_more in range(2):
            granted = (
                redeeming.rotate(refresh_token, client, idle_life(client))
                if client.metadata.is_public
                else redeeming.extend(refresh_token, client)
            )
            if granted is not None:
                return granted
            fault = self._diagnose(refresh_token)
            if fault is not None:
                break
        if fault is not None and fault.replayed is not None and client.metadata.is_public:
            ending.revoke_grant(fault.replayed, "refresh_token.replayed", client.client_id, fault.sub)
        raise refusals.of_grant(fault.cause if fault is not None else Cause.GRANT_REVOKED, client)

    def _diagnose(self, refresh_token: str) -> diagnosis.Fault | None:
        members = self.client.metadata
        return diagnosis.of_refresh_token(
            refresh_token,
            self.client.client_id,
            is_public=members.is_public,
            demanded=members.require_second_factor,
            restricted=self.client.is_restricted,
        )

    def _validate_token_scope(self, token: Granted) -> None:
        """Leave out what nobody understands, as it was left out of the grant, and refuse what was not granted (RFC 6749, section 6)."""
        narrow_scope(self.request, self.client)
        foreign = [scope for scope in (self.request.payload.scope or "").split() if scope not in token.scope.split()]
        if foreign:
            raise InvalidScopeError(f"The scope {listed(foreign)} was not granted.")

    def authenticate_user(self, refresh_token: Granted) -> Granted:
        """Claim the token, before others are made, where that was left for after the look at the scope."""
        if self.request.payload.scope:
            return self._claim(self.request.form["refresh_token"])
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
        own = [scope for scope in self.client.metadata.scope.split() if scope not in (*SCOPES, *STANDING_SCOPES)]
        scope = self.request.payload.scope or " ".join(own)
        return 200, self.generate_token(scope=scope, include_refresh_token=False), self.TOKEN_RESPONSE_HEADER


def _challenge_of(verifier: str | None) -> str | None:
    """Return the S256 challenge of a verifier (RFC 7636, section 4.6), of a malformed one what is no challenge of anything."""
    if verifier is None:
        return None
    return create_s256_code_challenge(verifier) if CODE_VERIFIER_PATTERN.match(verifier) else ""


def _refuse_code(
    fault: diagnosis.Fault | None, client: RegisteredClient, redirect_uri: str | None, verifier: str | None
) -> Refusal:
    """Return the refusal of a code; a fault of the verifier is the request's where its form alone shows it (RFC 9700, section 4.8.2)."""
    if fault is None:
        return refusals.of_grant(Cause.CODE_USED, client)
    if fault.cause is Cause.REDIRECT_URI_DIFFERS:
        return Refusal("invalid_grant", fault.cause if redirect_uri else Cause.REDIRECT_URI_MISSING)
    if fault.cause is not Cause.VERIFIER_WRONG:
        return refusals.of_grant(fault.cause, client)
    if not fault.is_challenged:
        return Refusal("invalid_request", Cause.VERIFIER_UNASKED)
    if verifier is None:
        return Refusal("invalid_request", Cause.VERIFIER_MISSING)
    if not CODE_VERIFIER_PATTERN.match(verifier):
        return Refusal("invalid_request", Cause.VERIFIER_MALFORMED)
    return Refusal("invalid_grant", Cause.VERIFIER_WRONG)


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
