"""The assertion of a JWT authorization grant: what it says, once it is good for this server, this client and now (RFC 7523, section 3).

An identity assertion of another authorization server (ID-JAG) has a type of its own, names the client that may show it, and may be
shown again while it lasts. A plain one is used once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from idp import replay
from idp.base import clock
from idp.base.extensions import settings
from idp.clients.registered import RegisteredClient
from idp.issuers import known, tokens
from idp.issuers.definition import ID_JAG, PLAIN, Definition
from idp.issuers.tokens import Fault
from idp.keys import jose
from idp.oauth import audiences, refusals, rich_requests
from idp.oauth.assertions import ID_JAG_TYPE, KEPT, PATHS
from idp.oauth.constraint import Confirmation
from idp.oauth.refusals import Cause
from idp.resources.definition import is_identifier

TYPES = {PLAIN: frozenset({"jwt"}), ID_JAG: frozenset({ID_JAG_TYPE})}
LONGEST = timedelta(hours=1)  # that an assertion may be valid for
LONGEST_JTI = 500
CAUSES = {
    Fault.MALFORMED: Cause.ISSUED_MALFORMED,
    Fault.ALGORITHM: Cause.ISSUED_ALGORITHM,
    Fault.UNREACHABLE: Cause.ISSUER_UNREACHABLE,
    Fault.KEY_UNKNOWN: Cause.ISSUED_KEY_UNKNOWN,
    Fault.SIGNATURE: Cause.ISSUED_SIGNATURE,
    Fault.AUDIENCE: Cause.ISSUED_AUDIENCE,
    Fault.TIMES: Cause.ISSUED_UNTIMELY,
}


@dataclass(frozen=True)
class Shown:
    """A good assertion, and the issuer that has signed it."""

    issuer: Definition
    profile: str
    claims: Mapping[str, Any]

    @property
    def auth_time(self) -> datetime:
        """When its person signed in over there, as far as it says so; else when it was made, or shown."""
        now = clock.timestamp()
        said = [self.claims[name] for name in ("auth_time", "iat") if jose.is_date(self.claims.get(name))]
        return datetime.fromtimestamp(min(said[0], now) if said else now, UTC)

    @property
    def resources(self) -> list[str]:
        """The APIs that it names (RFC 8707)."""
        named = self.claims.get("resource")
        return [one for one in (named if isinstance(named, list) else [named]) if isinstance(one, str)]

    @property
    def details(self) -> str | None:
        """What it names in detail (RFC 9396), as JSON."""
        named = self.claims.get(rich_requests.PARAMETER)
        return rich_requests.write(named) if isinstance(named, list) else None


def read(assertion: str, client: RegisteredClient, confirmation: Confirmation | None) -> Shown:
    """Return a good assertion. Fetches its issuer's keys where it must: call it before anything is written.

    Raises:
        Refusal: `invalid_grant`.
    """
    unproven = jose.read_unproven(assertion)
    if unproven is None:
        raise refusals.of_grant(Cause.ISSUED_MALFORMED, client)
    header, said = unproven
    profile = ID_JAG if jose.is_of_type(header, TYPES[ID_JAG]) else PLAIN
    issuer = known.find_of(said)
    if issuer is None or profile not in issuer.grant_profiles or client.client_id not in issuer.clients:
        raise refusals.of_grant(Cause.ISSUER_UNTRUSTED, client)
    claims = tokens.verify(
        issuer, assertion, types=TYPES[profile], audiences=audiences_of(issuer, profile), longest=LONGEST
    )
    if isinstance(claims, Fault):
        raise refusals.of_grant(CAUSES[claims], client)
    fault = _find_fault(claims, profile, client, confirmation)
    if fault is not None:
        raise refusals.of_grant(fault, client)
    return Shown(issuer, profile, claims)


def spend(found: Shown) -> bool:
    """Use a plain assertion up; False when it was used before. Of parallel uses exactly one succeeds."""
    if found.profile == ID_JAG:
        return True
    until = datetime.fromtimestamp(found.claims["exp"], UTC) + KEPT
    return replay.claim("assertion", f"{found.issuer.issuer} {found.claims['jti']}", until)


def audiences_of(issuer: Definition, profile: str) -> set[str]:
    """Return what `aud` may name: of an identity assertion this server's issuer alone, and nothing beside it."""
    own = settings().issuer
    return {own} if profile == ID_JAG else {own, own + PATHS["token"], *issuer.audiences}


def _find_fault(
    claims: dict[str, Any], profile: str, client: RegisteredClient, confirmation: Confirmation | None
) -> Cause | None:
    if not isinstance(claims.get("sub"), str) or not _is_name(claims.get("jti")):
        return Cause.ISSUED_MALFORMED
    if "cnf" in claims and (confirmation is None or claims["cnf"] != confirmation.claim["cnf"]):
        return Cause.KEY_DIFFERS
    if profile == ID_JAG:
        named = claims["aud"]
        if isinstance(named, list) and len(named) != 1:
            return Cause.ISSUED_AUDIENCE
        if "iat" not in claims or not _names_resources(claims.get("resource")):
            return Cause.ISSUED_MALFORMED
        return None if claims.get("client_id") == client.client_id else Cause.ISSUED_FOR_ANOTHER
    return None


def _names_resources(value: Any) -> bool:
    """Return whether a claim is nothing, one identifier of an API, or several (RFC 8707, section 2)."""
    named = value if isinstance(value, list) else [] if value is None else [value]
    return len(named) <= audiences.MOST_NAMED and all(isinstance(one, str) and is_identifier(one) for one in named)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_JTI
