"""The authorization code grant (RFC 6749, section 4.1), with PKCE (RFC 7636).

Authlib saves tokens first and deletes the code afterwards; here a code is claimed in one statement before any token is made, so that of
parallel requests one succeeds.
"""

from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationEndpointMixin, InvalidRequestError
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oauth2.rfc7636.challenge import CODE_VERIFIER_PATTERN

from idp.clients.registered import RegisteredClient
from idp.oauth import diagnosis, dialects, ending, redeeming, refusals, tokens
from idp.oauth.grants.entitlement import Entitlement
from idp.oauth.grants.lives import idle_life, refresh_life
from idp.oauth.grants.phases import Grant
from idp.oauth.parameters import AuthorizationParameters
from idp.oauth.refusals import Cause, Refusal
from idp.oauth.tokens import Granted
from idp.oauth.validity import ShownCode


class AuthorizationCodeGrant(Grant, AuthorizationEndpointMixin):
    """RFC 6749, section 4.1."""

    GRANT_TYPE = "authorization_code"
    RESPONSE_TYPES = frozenset({"code"})

    def create_authorization_response(
        self, redirect_uri: str, grant_user: Any
    ) -> tuple[int, dict[str, str], list[Any]]:
        """Record the grant and return its code; `authorize` sends it in the right response mode."""
        parameters = AuthorizationParameters(self.request.payload.data)
        scope, life = parameters.granted_scope(self.client), refresh_life(self.client)
        code = tokens.issue_code(parameters, scope, grant_user.account, grant_user.browser, refresh_life=life)
        return 200, {"code": code}, []

    def claim(self) -> Entitlement:
        """Claim the code for this request alone, if everything about it is right.

        Raises:
            Refusal: `invalid_grant`, with its cause. A code that is used twice ends what it had issued (RFC 9700, section 4.5).
        """
        code = self.request.form.get("code")
        if code is None:
            raise InvalidRequestError("Missing 'code' in request.")
        granted = self._redeem(code)
        return Entitlement(granted.scope, granted, nonce=granted.nonce)

    def _redeem(self, code: str) -> Granted:
        client = self.client
        sent, verifier = self.request.payload.redirect_uri, self.request.form.get("code_verifier")
        address = redeeming.find_address(code) if not sent and dialects.of(client) is not None else sent
        shown = ShownCode(code, address, _challenge_of(verifier), self.confirmation, self.resource)
        fault = None
        for _once_more in range(2):
            granted = redeeming.redeem(shown, client, idle_life(client))
            if granted is not None:
                return granted
            fault = diagnosis.of_code(shown, client)
            if fault is not None:
                break
        if fault is not None and fault.replayed is not None:
            ending.revoke_grant(fault.replayed, "code.replayed", client.client_id, fault.sub)
        raise _refuse_code(fault, client, sent, verifier)


def _challenge_of(verifier: str | None) -> str | None:
    """Return the S256 challenge of a verifier (RFC 7636, section 4.6), of a malformed one what is no challenge of anything."""
    if verifier is None:
        return None
    return create_s256_code_challenge(verifier) if CODE_VERIFIER_PATTERN.match(verifier) else ""


def _refuse_code(
    fault: diagnosis.Fault | None, client: RegisteredClient, redirect_uri: str | None, verifier: str | None
) -> Refusal:
    """Return the refusal of a code; a fault of the verifier is the request's where its form alone shows it (RFC 9700, section 4.8.2).

    Of a client with a profile a missing one is a wrong one (RFC 7636, section 4.6): so the certification of FAPI 2.0 has it.
    """
    if fault is None:
        return refusals.of_grant(Cause.CODE_USED, client)
    if fault.cause is Cause.REDIRECT_URI_DIFFERS:
        return Refusal("invalid_grant", fault.cause if redirect_uri else Cause.REDIRECT_URI_MISSING)
    if fault.cause is not Cause.VERIFIER_WRONG:
        return refusals.of_grant(fault.cause, client)
    if not fault.is_challenged:
        return Refusal("invalid_request", Cause.VERIFIER_UNASKED)
    if verifier is None:
        error = "invalid_request" if client.metadata.profile is None else "invalid_grant"
        return Refusal(error, Cause.VERIFIER_MISSING)
    if not CODE_VERIFIER_PATTERN.match(verifier):
        return Refusal("invalid_request", Cause.VERIFIER_MALFORMED)
    return Refusal("invalid_grant", Cause.VERIFIER_WRONG)
