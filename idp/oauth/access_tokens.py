"""Access tokens (RFC 9068): JWTs that point to their grant, so that they are refused here as soon as it is revoked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Boolean, Select, exists, or_, select

from idp import keys
from idp.accounts.lookup import Person
from idp.accounts.models import Account
from idp.base import clock, crypto
from idp.base.extensions import settings
from idp.base.statements import parameter, statement
from idp.clients import service as clients
from idp.clients.registered import RegisteredClient
from idp.groups import access
from idp.lifetimes import LIFETIMES
from idp.oauth import opaque, subjects, tokens, validity
from idp.oauth.constraint.confirmation import Confirmation, of_claims
from idp.oauth.models import Grant, RevokedToken
from idp.oauth.tokens import Granted
from idp.resources import known as resources
from idp.resources.definition import Definition

# The claim of an exchanged token with the clients that it came through before its own, that whose grant it is first (`delegation`).
THROUGH = "through"
# The claim of a token that hangs on registrations besides its grant: when each client behind it was registered (microseconds).
REGISTRATIONS = "registrations"
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

    It is for this server; `for_any` takes those for an API or another client, too, and is for who tells of them alone.

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
    """Return the claims of an unexpired access token for this server, a registered API or a client, whatever stands behind it."""
    issuer = settings().issuer
    if token.startswith(opaque.PREFIX):
        claims = opaque.find(token)
    else:
        claims = keys.verify(token, issuer=issuer, typ=ACCESS_TOKEN_TYPE, is_for_anybody=True)
    audience = claims.get("aud") if claims is not None else None
    named = audience if isinstance(audience, str) else ""
    is_known = audience == issuer or any(room.find(named) is not None for room in (resources, clients))
    return claims if is_known else None


def _read(token: str, *, may_be_bound: bool = False, for_any: bool = False) -> dict[str, Any] | None:
    issuer = settings().issuer
    claims = (
        read_of_any(token) if for_any else keys.verify(token, issuer=issuer, typ=ACCESS_TOKEN_TYPE, audience=issuer)
    )
    return claims if claims is not None and (may_be_bound or "cnf" not in claims) else None


def _find(claims: dict[str, Any], client: RegisteredClient | None) -> AccessToken | None:
    """Return the token with these claims, unless something behind it has ended, or its person may not use the client today.

    Without a client every sign-in will do, and everybody may. Of an exchanged token every client that it came through has its say.
    """
    behind = find_behind(claims, client)
    if behind is None:
        return None
    if "gid" not in claims:
        return None if _revoked.first(jti=claims["jti"]) else AccessToken(_narrow(claims, behind), None)
    row = _behind.first(jti=claims["jti"], id=claims["gid"], now=clock.now(), **find_demands(behind))
    if row is None or not _is_about(row.sub, claims):
        return None
    if not all(is_let_in(row.account_id, one) for one in behind[1:]):
        return None
    return AccessToken(_narrow(claims, behind), tokens.read_grant(row), tokens.read_person(row))


def find_behind(claims: dict[str, Any], client: RegisteredClient | None) -> list[RegisteredClient] | None:
    """Return the clients that a token came through, that whose grant it is first, and its own last; None where one of them is gone.

    One that was registered anew under the identifier of a deleted one is another. The older interfaces, which name no client, have none,
    and take no exchanged token.
    """
    if THROUGH not in claims and client is None:
        return []
    found = [*map(clients.find, claims.get(THROUGH, ())), client]
    behind = [one for one in found if one is not None]
    is_whole = len(behind) == len(found)
    return behind if is_whole and claims.get(REGISTRATIONS) in (None, list_registrations(behind)) else None


def list_registrations(behind: Iterable[RegisteredClient | None]) -> list[int]:
    """Return what tells the registrations of clients from every other one: a grant ends with its client, what has none needs this."""
    return [one.registered_at for one in behind if one is not None]


def find_demands(behind: list[RegisteredClient]) -> dict[str, bool]:
    """Return what the clients behind a token demand of its grant, as parameters of the statements."""
    return {
        "is_any": not behind,
        "demanded": any(one.metadata.require_second_factor for one in behind),
        "restricted": bool(behind) and behind[0].is_restricted,
    }


def is_let_in(account_id: int, client: RegisteredClient) -> bool:
    """Return whether a client is for a person: for everybody, or for the members of a group to which that one belongs."""
    if not client.is_restricted:
        return True
    return _let_in.first(account_id=account_id, client_id=client.client_id, now=clock.now()) is not None


@statement
def _let_in(_dialect: str) -> Select[Any]:
    client_id = parameter("client_id", Grant.client_id)
    mine = Account.id == parameter("account_id", Account.id)
    return select(Account.id).where(mine, access.lets_in(Account.id, client_id, validity.NOW))


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


def _narrow(claims: dict[str, Any], behind: list[RegisteredClient]) -> dict[str, Any]:
    """Return a token's claims without the scopes that a client behind it has no more; the older interfaces are no registered clients."""
    found = behind or [one for one in [clients.find(claims["client_id"])] if one is not None]
    if not found or "scope" not in claims:
        return claims
    scope = claims["scope"]
    for one in found:
        scope = one.get_allowed_scope(scope)
    return claims | {"scope": scope}


def _is_about(sub: str, claims: dict[str, Any]) -> bool:
    """Return whether a token names the account with this `sub`, as its client knows it."""
    named: str = claims["sub"]
    return named == sub or named == subjects.of(sub, clients.find(claims["client_id"]))
