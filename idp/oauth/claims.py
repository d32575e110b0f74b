"""Claims: what a scope tells of a person (OpenID Connect Core, section 5.4), and the ID token (section 2)."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from idp import keys
from idp.accounts import claiming, details, lookup
from idp.accounts.lookup import Person
from idp.accounts.models import Account
from idp.base import clock
from idp.base.extensions import settings
from idp.clients.registered import RegisteredClient
from idp.keys.jose import HASHES
from idp.keys.parsing import encode
from idp.lifetimes import LIFETIMES
from idp.oauth import subjects
from idp.oauth.claims_request import CLAIMS_BY_SCOPE, SCOPE_OF
from idp.oauth.tokens import Granted


def userinfo(
    account: Account | Person, client: RegisteredClient, scopes: frozenset[str], asked: Iterable[str]
) -> dict[str, Any]:
    """Return the claims that these scopes allow, and those that were asked for by name; what a person has not said is left out."""
    return {"sub": subjects.of(account.sub, client)} | _tell(account, [*_claims_of(scopes), *asked])


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
    algorithm = client.metadata.id_token_signed_response_alg
    now = clock.timestamp()
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
    told_here = scopes if client.metadata.claims_in_id_token else ()
    asked = [*_claims_of(told_here), *single(granted, client, "id_token")]
    # With a claimed code or token the person came along: nothing is asked after its commit.
    person = granted.person or (lookup.find(granted.account_id) if asked else None)
    told = _tell(person, asked) if asked and person is not None else {}
    return keys.sign(told | {name: value for name, value in claims.items() if value is not None} | more, algorithm)


def _claims_of(scopes: Iterable[str]) -> list[str]:
    asked = set(scopes)
    return [claim for scope, claims in CLAIMS_BY_SCOPE.items() if scope in asked for claim in claims]


def _tell(account: Account | Person, names: Iterable[str]) -> dict[str, Any]:
    known: dict[str, Any] = {
        **details.tell(account.details),
        "name": account.name or account.username,
        "given_name": account.given_name,
        "family_name": account.family_name,
        "preferred_username": account.username,
        # An address (OpenID Connect Core, section 5.1): a relative reference means nothing to a relying party.
        "picture": account.picture if urlsplit(account.picture or "").scheme else None,
        "updated_at": int(account.updated_at.timestamp()),
        "email": account.email,
        # Not before its owner is known: applications may join accounts by it.
        "email_verified": claiming.is_settled(account),
        # Nobody here proves a number.
        "phone_number_verified": False if account.details.get("phone_number") else None,
    }
    return {name: known[name] for name in names if known.get(name) not in (None, "")}


def token_hash(token: str, algorithm: str) -> str:
    """Return `at_hash` or `c_hash` (OpenID Connect Core, sections 3.1.3.6 and 3.3.2.11): the left half of the digest."""
    digest = HASHES[algorithm](token.encode("ascii")).digest()
    return encode(digest[: len(digest) // 2])
