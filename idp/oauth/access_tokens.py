"""Access tokens (RFC 9068): JWTs that point to their grant, so that they are refused here as soon as it is revoked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Boolean, Select, exists, or_, select

from idp import keys
from idp.accounts.lookup import Person
from idp.base import clock, crypto
from idp.base.extensions import settings
from idp.base.statements import parameter, statement
from idp.clients import service as clients
from idp.clients.registered import RegisteredClient
from idp.lifetimes import LIFETIMES
from idp.oauth import opaque, subjects, tokens, validity
from idp.oauth.constraint.confirmation import Confirmation, of_claims
from idp.oauth.models import Grant, RevokedToken
from idp.oauth.tokens import Granted
from idp.resources import known as resources
from idp.resources.definition import Definition

ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068, section 2.1


@dataclass(frozen=True)
class AccessToken:
    """A verified access token; one without a grant is a client's own. Of its scopes only those count that its client still has."""

    claims: dict[str, Any]
    granted: Granted | None
    person: Person | None = None

    @property
    def confirmation(self) -> Confirmation | None:
        """The key that it is bound to; None for one that is good in anybody's hands."""
        return of_claims(self.claims)

    @property
    def account_id(self) -> int | None:
        """Whose token it is."""
        return self.granted.account_id if self.granted is not None else None

    @property
    def scopes(self) -> frozenset[str]:
        """The token's scopes."""
        return frozenset(str(self.claims.get("scope", "")).split())


def sign_access_token(
    client_id: str,
    scope: str,
    granted: Granted | None,
    *,
    subject: str | None = None,
    life: timedelta = LIFETIMES.access_token,
    now: int | None = None,
    told: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
    audience: Definition | None = None,
) -> str:
    """Return an access token (RFC 9068) that lives from `now` (Unix seconds); without a grant it is the client's own.

    `subject` is what the client knows the person by, the account's own `sub` unless given. `told` is what is said of the person besides
    (section 2.2.3), and never in the place of a claim of the protocol; `more` are claims of the protocol that this token has besides.
    `audience` is the API that it is for, as that wants it; without one it is for this server.
    """
    described = describe(client_id, scope, granted, subject=subject, life=life, now=now, told=told, audience=audience)
    claims = described | dict(more or {})
    if audience is None:
        return keys.sign(claims, keys.ACCESS_TOKEN_ALGORITHM, ACCESS_TOKEN_TYPE)
    if audience.is_opaque:
        return opaque.keep(claims)
    return keys.sign(claims, keys.choose(audience.access_token_signing_alg), ACCESS_TOKEN_TYPE)


def describe(
    client_id: str,
    scope: str,
    granted: Granted | None,
    *,
    subject: str | None = None,
    life: timedelta = LIFETIMES.access_token,
    now: int | None = None,
    told: Mapping[str, Any] | None = None,
    audience: Definition | None = None,
) -> dict[str, Any]:
    """Return the claims of such an access token."""
    now = now or clock.timestamp()
    issuer = settings().issuer
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": subject or (granted.sub if granted else client_id),
        "aud": audience.resource if audience is not None else issuer,
        "client_id": client_id,
        "iat": now,
        "exp": now + int(life.total_seconds()),
        "jti": crypto.new_identifier(),
    }
    if scope:
        claims["scope"] = scope
    if granted is not None:
        claims |= {"gid": granted.id, "auth_time": granted.auth_time, "amr": granted.amr}
        claims |= {"acr": granted.acr} if granted.acr else {}
    return {**(told or {}), **claims}


def verify_access_token(token: str, *, may_be_bound: bool = False, for_any: bool = False) -> AccessToken | None:
    """Return a good access token of a registered client that is enabled, whose person has shown what is demanded today.

    It is for this server; `for_any` takes those for a registered API, too, and is for whoever tells of them and never for who acts by them.

    One that is bound to a key (`cnf`) is good only for a caller that has `constraint.show` look at that, or leaves it to somebody else.
    """
    claims = _read(token, may_be_bound=may_be_bound, for_any=for_any)
    client = clients.find(claims["client_id"]) if claims is not None else None
    if claims is None or client is None:
        return None
    return _find(claims, client)


def verify(token: str) -> AccessToken | None:
    """Return a good access token of this server: signature, type, audience, lifetime, bound to no key, and nothing behind it revoked."""
    claims = _read(token)
    return _find(claims, None) if claims is not None else None


def read_of_any(token: str) -> dict[str, Any] | None:
    """Return the claims of an unexpired access token for this server or a registered API, whatever stands behind it."""
    issuer = settings().issuer
    if token.startswith(opaque.PREFIX):
        claims = opaque.find(token)
    else:
        claims = keys.verify(token, issuer=issuer, typ=ACCESS_TOKEN_TYPE, is_for_anybody=True)
    audience = claims.get("aud") if claims is not None else None
    is_known = audience == issuer or (isinstance(audience, str) and resources.find(audience) is not None)
    return claims if is_known else None


def _read(token: str, *, may_be_bound: bool = False, for_any: bool = False) -> dict[str, Any] | None:
    issuer = settings().issuer
    claims = (
        read_of_any(token) if for_any else keys.verify(token, issuer=issuer, typ=ACCESS_TOKEN_TYPE, audience=issuer)
    )
    return claims if claims is not None and (may_be_bound or "cnf" not in claims) else None


def _find(claims: dict[str, Any], client: RegisteredClient | None) -> AccessToken | None:
    """Return the token with these claims, unless something behind it has ended, or its person may not use the client today.

    Without a client every sign-in will do, and everybody may.
    """
    if "gid" not in claims:
        return None if _revoked.first(jti=claims["jti"]) else AccessToken(_narrow(claims), None)
    demanded = client is not None and client.metadata.require_second_factor
    asked = {"is_any": client is None, "demanded": demanded, "restricted": client is not None and client.is_restricted}
    row = _behind.first(jti=claims["jti"], id=claims["gid"], now=clock.now(), **asked)
    if row is None or not _is_about(row.sub, claims):
        return None
    return AccessToken(_narrow(claims), tokens.read_grant(row), tokens.read_person(row))


@statement
def _revoked(_dialect: str) -> Select[Any]:
    return select(RevokedToken.jti).where(RevokedToken.jti == parameter("jti", RevokedToken.jti))


@statement
def _behind(_dialect: str) -> Select[Any]:
    return validity.valid_grants(*tokens.PERSON).where(
        Grant.id == parameter("id", Grant.id),
        ~exists().where(RevokedToken.jti == parameter("jti", RevokedToken.jti)),
        or_(parameter("is_any", Boolean()), validity.demands_are_met()),
        *validity.ADMITTED.values(),
    )


def _narrow(claims: dict[str, Any]) -> dict[str, Any]:
    """Return a token's claims without the scopes that were taken from its client; the older interfaces are no registered clients."""
    client = clients.find(claims["client_id"])
    if client is None or "scope" not in claims:
        return claims
    return claims | {"scope": client.get_allowed_scope(claims["scope"])}


def _is_about(sub: str, claims: dict[str, Any]) -> bool:
    """Return whether a token names the account with this `sub`, as its client knows it."""
    named: str = claims["sub"]
    return named == sub or named == subjects.of(sub, clients.find(claims["client_id"]))
