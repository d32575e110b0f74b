"""Claims: what a scope tells of a person (OpenID Connect Core, section 5.4), and the ID token (section 2)."""

import base64
import hashlib
from typing import Any
from urllib.parse import urlsplit

from idp import keys
from idp.accounts.models import Account
from idp.base import clock
from idp.base.extensions import settings
from idp.clients.service import RegisteredClient
from idp.lifetimes import LIFETIMES
from idp.oauth.tokens import Granted

CLAIMS_BY_SCOPE = {
    "openid": ("sub",),
    "profile": ("name", "given_name", "family_name", "preferred_username", "picture", "updated_at"),
    "email": ("email", "email_verified"),
}
HASHES = {"RS256": hashlib.sha256, "ES256": hashlib.sha256, "EdDSA": hashlib.sha512}


def userinfo(account: Account, scopes: frozenset[str]) -> dict[str, Any]:
    """Return the claims that these scopes allow; what a person has not said is left out."""
    known: dict[str, Any] = {
        "sub": account.sub,
        "name": account.name or account.username,
        "given_name": account.given_name,
        "family_name": account.family_name,
        "preferred_username": account.username,
        # An address (OpenID Connect Core, section 5.1): a relative reference means nothing to a relying party.
        "picture": account.picture if urlsplit(account.picture or "").scheme else None,
        "updated_at": int(account.updated_at.timestamp()),
        "email": account.email,
        "email_verified": account.is_verified,
    }
    wanted = [claim for scope, claims in CLAIMS_BY_SCOPE.items() if scope in scopes for claim in claims]
    return {claim: known[claim] for claim in wanted if known[claim] not in (None, "")}


def sign_id_token(client: RegisteredClient, granted: Granted, access_token: str, *, nonce: str | None) -> str:
    """Return the ID token of a grant, in the client's algorithm. `auth_time` is that of the sign-in, also after a refresh."""
    algorithm = client.metadata.id_token_signed_response_alg
    now = clock.timestamp()
    claims: dict[str, Any] = {
        "iss": settings().issuer,
        "sub": granted.sub,
        "aud": client.client_id,
        "iat": now,
        "exp": now + int(LIFETIMES.id_token.total_seconds()),
        "auth_time": granted.auth_time,
        "amr": granted.amr,
        "at_hash": token_hash(access_token, algorithm),
    }
    if granted.acr is not None:
        claims["acr"] = granted.acr
    if granted.session_id is not None:
        claims["sid"] = granted.session_id
    if nonce is not None:
        claims["nonce"] = nonce
    return keys.sign(claims, algorithm)


def token_hash(token: str, algorithm: str) -> str:
    """Return `at_hash` (OpenID Connect Core, section 3.1.3.6): the left half of the token's digest."""
    digest = HASHES[algorithm](token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
