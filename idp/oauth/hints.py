"""ID token hints (OpenID Connect Core, section 3.1.2.1; RP-Initiated Logout, section 2): an ID token of ours that a client sends back."""

from enum import Enum, auto
from typing import Any

from idp import keys
from idp.base import clock
from idp.base.extensions import settings
from idp.keys import jose

NEEDED = frozenset({"aud", "exp", "sub"})


class Flaw(Enum):
    """Why a hint proves nothing."""

    NOT_OURS = auto()  # no ID token of this server for this client
    KEY_UNKNOWN = auto()  # perhaps one, but the key that it names is deleted, so that nobody can tell


def read(hint: str, audience: str | None = None) -> dict[str, Any] | Flaw:
    """Return the claims of a hint for `audience`, or for any client without one; an expired ID token is still a hint.

    What its `kid` says it was signed with, and was not, is NOT_OURS; so is what no key of ours could have signed, and a token of an
    unknown key that says that it is still good: a key is kept for longer than any token that it signs.
    """
    # A signed userinfo answer has the same type, issuer and audience, and says nothing of when anybody signed in.
    anybody, issuer = audience is None, settings().issuer
    claims = keys.verify(
        hint, issuer=issuer, typ="JWT", audience=audience, is_for_anybody=anybody, can_expire=False, needs=NEEDED
    )
    if claims is not None:
        return claims
    return Flaw.KEY_UNKNOWN if _may_outlive_its_key(hint) else Flaw.NOT_OURS


def _may_outlive_its_key(hint: str) -> bool:
    """Return whether a hint says, truly or not, what an old ID token of ours would say whose key is gone."""
    unproven = jose.read_unproven(hint)
    if unproven is None:
        return False
    header, claims = unproven
    if header["alg"] not in keys.ALGORITHMS or header.get("typ", "").lower() != "jwt":
        return False
    if claims.get("iss") != settings().issuer or not claims.keys() >= NEEDED or not jose.is_date(claims["exp"]):
        return False
    kid = header.get("kid", "")
    return claims["exp"] < clock.timestamp() and bool(kid) and not keys.is_ours(kid)
