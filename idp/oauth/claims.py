"""Claims: what a scope tells of a person (OpenID Connect Core, section 5.4), and the ID token (section 2)."""

from collections.abc import Iterable, Mapping
from typing import Any

from idp import keys
from idp.accounts import lookup
from idp.accounts.lookup import Person
from idp.accounts.models import Account
from idp.base import clock
from idp.base.extensions import settings
from idp.clients.registered import RegisteredClient
from idp.keys.jose import HASHES
from idp.keys.parsing import encode
from idp.lifetimes import LIFETIMES
from idp.oauth import subjects, telling
from idp.oauth.claims_request import SCOPE_OF
from idp.oauth.tokens import Granted
from idp.roles import standing
from idp.roles.standing import Standing


def userinfo(
    account: Account | Person,
    client: RegisteredClient,
    scopes: frozenset[str],
    asked: Iterable[str],
    standing: Standing,
) -> dict[str, Any]:
    """Return the claims that these scopes allow, and those that were asked for by name; what a person has not said is left out."""
    asked = list(asked)
    told = telling.tell(telling.USERINFO, client, in_order(scopes, client), account, standing, asked)
    standard = telling.of_account(account, [*telling.of_scopes(scopes), *asked])
    sub = {"sub": subjects.of(account.sub, client)}
    return {**sub, **told, **standard, **sub}


def of_access_token(client: RegisteredClient, granted: Granted, scopes: Iterable[str]) -> dict[str, Any]:
    """Return what an access token tells of a person (RFC 9068, section 2.2.3); next to nothing unless a mapper says so."""
    scopes = list(scopes)
    if not any(mapper.is_told(telling.ACCESS_TOKEN) for mapper in telling.mappers(client, scopes)):
        return {}
    person = _person_of(granted)
    stands = standing_of(client, granted, scopes)
    return telling.tell(telling.ACCESS_TOKEN, client, scopes, person, stands) if person is not None else {}


def standing_of(
    client: RegisteredClient, granted: Granted, scopes: Iterable[str], asked: Iterable[str] = ()
) -> Standing:
    """Return where the person of a grant stands, as far as something of these scopes, or asked for by name, says so."""
    if granted.standing is not None:
        return granted.standing
    needed = telling.needs_standing(client, scopes, asked)
    return standing.of(granted.account_id, client.client_id) if needed else Standing()


def in_order(scopes: Iterable[str], client: RegisteredClient) -> list[str]:
    """Return granted scopes in the order of the registration, so that of two that tell the same claim the same one counts always."""
    granted = set(scopes)
    return [scope for scope in client.metadata.scope.split() if scope in granted]


def single(granted: Granted, client: RegisteredClient, place: str) -> list[str]:
    """Return the claims that were asked for by name at a place (section 5.5), of the scopes that the client still has."""
    return [name for name in (granted.claims or {}).get(place, ()) if SCOPE_OF.get(name) in client.scopes]


def sign_userinfo(client: RegisteredClient, claims: dict[str, Any], algorithm: str) -> str:
    """Return a userinfo answer as a JWT (OpenID Connect Core, section 5.3.2)."""
    return keys.sign({**claims, "iss": settings().issuer, "aud": client.client_id}, algorithm)


def sign_id_token(
    client: RegisteredClient,
    granted: Granted,
    access_token: str | None,
    *,
    nonce: str | None,
    scopes: Iterable[str] = (),
    **more: Any,
) -> str:
    """Return the ID token of a grant, in the client's algorithm. `auth_time` is that of the sign-in, also after a refresh.

    Of `scopes` it tells the claims as well, where the client is registered for that (Core, section 5.4, leaves it to userinfo).
    """
    claims = describe_id_token(client, granted, access_token, nonce=nonce, scopes=scopes, more=more)
    return keys.sign(claims, client.id_token_algorithm)


def describe_id_token(
    client: RegisteredClient,
    granted: Granted,
    access_token: str | None,
    *,
    nonce: str | None,
    scopes: Iterable[str] = (),
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the claims of such an ID token; whatever is told of the person never stands in the place of one of the protocol."""
    algorithm, now = client.id_token_algorithm, clock.timestamp()
    claims: dict[str, Any] = {
        "iss": settings().issuer,
        "sub": subjects.of(granted.sub, client),
        "aud": client.client_id,
        "iat": now,
        "exp": now + int(LIFETIMES.id_token.total_seconds()),
        "auth_time": granted.auth_time,
        "amr": granted.amr,
        "acr": granted.acr,
        "sid": granted.session_id,
        "nonce": nonce,
        "at_hash": token_hash(access_token, algorithm) if access_token is not None else None,
    }
    own = {name: value for name, value in claims.items() if value is not None}
    return {**_told_in_id_token(client, granted, list(scopes)), **(more or {}), **own}


def _told_in_id_token(client: RegisteredClient, granted: Granted, scopes: list[str]) -> dict[str, Any]:
    told_here = scopes if client.metadata.claims_in_id_token else ()
    by_name = single(granted, client, "id_token")
    asked = [*telling.of_scopes(told_here), *by_name]
    if not asked and not telling.mappers(client, scopes):
        return {}
    person = _person_of(granted)
    if person is None:
        return {}
    stands = standing_of(client, granted, scopes, by_name)
    mapped = telling.tell(telling.ID_TOKEN, client, scopes, person, stands, by_name)
    return mapped | telling.of_account(person, asked)


def _person_of(granted: Granted) -> Account | Person | None:
    """Return whom a grant is about; with a claimed code or token the person came along, and nothing is asked after its commit."""
    return granted.person or lookup.find(granted.account_id)


def token_hash(token: str, algorithm: str) -> str:
    """Return `at_hash` or `c_hash` (OpenID Connect Core, sections 3.1.3.6 and 3.3.2.11): the left half of the digest."""
    digest = HASHES[algorithm](token.encode("ascii")).digest()
    return encode(digest[: len(digest) // 2])
