"""The client credentials grant (RFC 6749, section 4.4): a token of the client's own, without any person."""

from authlib.oauth2.rfc6749 import InvalidScopeError

from idp import audit
from idp.base.http import source
from idp.clients.metadata import SCOPES, STANDING_SCOPES
from idp.oauth import access_tokens
from idp.oauth.grants.entitlement import Entitlement
from idp.oauth.grants.narrowing import narrow_scope
from idp.oauth.grants.phases import Grant
from idp.oauth.scopes import listed


class ClientCredentialsGrant(Grant):
    """RFC 6749, section 4.4."""

    GRANT_TYPE = "client_credentials"

    def claim(self) -> Entitlement:
        """Return the asked scopes; without `scope` every one of the client's that is not about a person (RFC 6749, section 3.3).

        Raises:
            InvalidScopeError: the client is not registered for a scope of the server; any other unknown one is ignored.
        """
        left_out = narrow_scope(self.request, self.client)
        asked = (self.request.payload.scope or "").split()
        foreign = [scope for scope in asked if scope not in self.client.scopes]
        if foreign:
            raise InvalidScopeError(f"The client is not registered for the scope {listed(foreign)}.")
        if left_out:
            self._note_left_out(left_out)
        own = [scope for scope in self.client.metadata.scope.split() if scope not in (*SCOPES, *STANDING_SCOPES)]
        claims = {access_tokens.REGISTRATIONS: access_tokens.list_registrations([self.client])}
        return Entitlement(self.request.payload.scope or " ".join(own), claims=claims)

    def _note_left_out(self, left_out: list[str]) -> None:
        audit.record(
            "scope.narrowed",
            client_id=self.client.client_id,
            source=source(),
            granted=self.request.payload.scope,
            left_out=listed(left_out),
        )
