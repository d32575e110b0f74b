"""The refresh token grant (RFC 6749, section 6): tokens of public clients rotate, others stay (RFC 9700, section 2.2.2)."""

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError

from idp.oauth import demands, diagnosis, ending, redeeming, refresh_tokens, refusals, rich_requests
from idp.oauth.grants.entitlement import Entitlement
from idp.oauth.grants.lives import idle_life
from idp.oauth.grants.narrowing import narrow_scope
from idp.oauth.grants.phases import Grant
from idp.oauth.refusals import Cause
from idp.oauth.scopes import listed
from idp.oauth.tokens import Granted


class RefreshTokenGrant(Grant):
    """RFC 6749, section 6."""

    GRANT_TYPE = "refresh_token"

    def claim(self) -> Entitlement:
        """Claim the token for this request, and return the asked scope, at most the granted one; that is compared before.

        Raises:
            Refusal: `invalid_grant`, with its cause.
            InvalidScopeError: a scope was not granted.
        """
        token = self.request.form.get("refresh_token")
        if token is None:
            raise InvalidRequestError("Missing 'refresh_token' in request.")
        asked = self._compare_scope(token) if self.request.payload.scope else None
        if self.details is not None:
            rich_requests.compare(self._find(token).authorization_details or [], self.details)
        granted = self._claim(token)
        return Entitlement(asked or granted.scope, granted)

    def _compare_scope(self, token: str) -> str:
        """Return the asked scopes: without what nobody understands, as it was left out of the grant, and nothing that was not granted."""
        granted = self._find(token)
        narrow_scope(self.request, self.client)
        asked: str = self.request.payload.scope
        foreign = [scope for scope in asked.split() if scope not in granted.scope.split()]
        if foreign:
            raise InvalidScopeError(f"The scope {listed(foreign)} was not granted.")
        return asked

    def _find(self, token: str) -> Granted:
        """Return the grant behind a token, still unclaimed, for what is compared before."""
        granted = refresh_tokens.find(token)
        if granted is None or not granted.check_client(self.client) or not demands.are_met(granted, self.client):
            fault = self._diagnose(token)
            raise refusals.of_grant(fault.cause if fault is not None else Cause.GRANT_REVOKED, self.client)
        return granted

    def _claim(self, token: str) -> Granted:
        """Claim a token; one that was rotated and comes again ends its family (RFC 9700, section 4.14.2)."""
        client, fault = self.client, None
        for _once_more in range(2):
            granted = (
                redeeming.rotate(token, client, self.confirmation, idle_life(client), self.resource)
                if client.metadata.is_public
                else redeeming.extend(token, client, self.resource)
            )
            if granted is not None:
                return granted
            fault = self._diagnose(token)
            if fault is not None:
                break
        if fault is not None and fault.replayed is not None and client.metadata.is_public:
            ending.revoke_grant(fault.replayed, "refresh_token.replayed", client.client_id, fault.sub)
        raise refusals.of_grant(fault.cause if fault is not None else Cause.GRANT_REVOKED, client)

    def _diagnose(self, token: str) -> diagnosis.Fault | None:
        members = self.client.metadata
        return diagnosis.of_refresh_token(
            token,
            self.client.client_id,
            is_public=members.is_public,
            demanded=members.require_second_factor,
            restricted=self.client.is_restricted,
            confirmation=self.confirmation,
            resource=self.resource,
        )
