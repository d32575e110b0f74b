"""The JWT bearer grant: an access token for somebody whom a trusted issuer's assertion names, as administrators allow it.

Nobody has signed in here. So there is no ID token and no refresh token; a client or policy that demands a second factor is refused; and the
grant hangs on no browser session. The person sees it among the apps at /account, and ends it there.
"""

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError
from sqlalchemy import insert

from idp import audit
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import connection
from idp.base.http import source
from idp.clients.metadata import JWT_BEARER
from idp.factors import policy
from idp.oauth import access_tokens, audiences, refusals, rich_requests, tokens
from idp.oauth.grants.entitlement import Entitlement
from idp.oauth.grants.narrowing import narrow_scope
from idp.oauth.grants.phases import Grant
from idp.oauth.jwt_bearer import people, shown
from idp.oauth.jwt_bearer.shown import Shown
from idp.oauth.models import Grant as Row
from idp.oauth.refusals import Cause
from idp.oauth.scopes import listed
from idp.oauth.tokens import Granted


@dataclass(frozen=True)
class Allowed:
    """What becomes of an assertion: the scopes, APIs and details that the grant is for."""

    scope: str
    resources: str | None
    details: list[dict[str, Any]] | None


class JwtBearerGrant(Grant):
    """RFC 7523, section 2.1."""

    GRANT_TYPE = JWT_BEARER

    def claim(self) -> Entitlement:
        """Return what an assertion brings: of its scopes those that the issuer may give and the client may have.

        Raises:
            Refusal: `invalid_grant` for an assertion that is no good, or that names nobody who may have a token (section 3.1).
            InvalidScopeError: a scope that cannot be had by it.
        """
        assertion = self.request.form.get("assertion")
        if assertion is None:
            raise InvalidRequestError("Missing 'assertion' in request.")
        found = shown.read(assertion, self.client, self.confirmation)
        allowed = Allowed(self._read_scope(found), self._choose_resources(found), self._choose_details(found))
        account = people.take(found)
        if account is None:
            raise refusals.of_grant(Cause.ISSUED_FOR_NOBODY, self.client)
        self._check_demands(account)
        if not shown.spend(found):
            raise refusals.of_grant(Cause.ISSUED_USED, self.client)
        granted = _record(self.client.client_id, account, found, allowed)
        _note(self.client.client_id, account, found, allowed.scope)
        return Entitlement(allowed.scope, granted, is_sign_in=False)

    def _read_scope(self, found: Shown) -> str:
        """Return the asked scopes, or without `scope` all that the assertion names, or the issuer may give."""
        own = found.claims.get("scope")
        named = own.split() if isinstance(own, str) else sorted(found.issuer.scopes)
        possible = [scope for scope in named if scope in found.issuer.scopes and scope in self.client.scopes]
        narrow_scope(self.request, self.client)
        asked = (self.request.payload.scope or "").split()
        foreign = [scope for scope in asked if scope not in possible]
        if foreign:
            raise InvalidScopeError(f"The scope {listed(foreign)} cannot be had by this assertion.")
        return " ".join(asked or possible)

    def _choose_resources(self, found: Shown) -> str | None:
        """Return the APIs of the grant: of those that the assertion names the ones that the client may use; else the one of the request.

        Raises:
            OAuth2Error: `invalid_target`: it may use none of them, or the request names another one.
        """
        if not found.resources:
            return self.resource
        usable = [one for one in found.resources if audiences.find_problem([one], self.client) is None]
        if usable and self.resource is not None and self.resource not in usable:
            raise refusals.of_grant(Cause.RESOURCE_NOT_GRANTED, self.client)
        return " ".join(usable or [str(audiences.read(found.resources[0], self.client))])

    def _choose_details(self, found: Shown) -> list[dict[str, Any]] | None:
        """Return the objects of the grant: of those that the assertion names the ones that the client may have (RFC 9396)."""
        named = rich_requests.parse(found.details)
        if named is None:
            return self.details
        kept = [one for one in named if rich_requests.find_problem(rich_requests.write([one]), self.client) is None]
        return kept or None

    def _check_demands(self, account: Account) -> None:
        """Look at what the client and the policy demand of people: who comes so has shown no factor here."""
        if self.client.metadata.require_second_factor or policy.is_required(account):
            raise refusals.of_grant(Cause.SECOND_FACTOR_MISSING, self.client)
        if not access_tokens.is_let_in(account.id, self.client):
            raise refusals.of_grant(Cause.NOT_ADMITTED, self.client)


def _record(client_id: str, account: Account, found: Shown, allowed: Allowed) -> Granted:
    """Record the grant of an account that is held."""
    now = clock.now()
    row = insert(Row).values(
        client_id=client_id,
        account_id=account.id,
        epoch=account.token_epoch,
        scope=allowed.scope,
        resources=allowed.resources,
        authorization_details=allowed.details,
        auth_time=found.auth_time,
        amr=[],
        offline=True,  # no session here ends it
        redeemed_at=now,
        last_used_at=now,
        created_at=now,
        expires_at=now + tokens.LONGEST_TOKEN,
    )
    granted = tokens.get(connection().execute(row.returning(Row.id)).scalar_one())
    assert granted is not None  # noqa: S101 - it was made above, of an account that is held
    return granted


def _note(client_id: str, account: Account, found: Shown, scope: str) -> None:
    audit.record(
        "assertion.accepted",
        subject=account.sub,
        client_id=client_id,
        source=source(),
        issuer=found.issuer.issuer,
        profile=found.profile,
        scope=scope,
    )
