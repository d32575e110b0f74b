"""Signing keys: one `next`, one `current` and some `retired` key for each algorithm, and the only place where JWTs are made.

All three states are published in the JWKS (RFC 7517), so that a token verifies before, during and after a rotation; those of an
algorithm that the operator has switched off (`offered`) are not, and rest. Private
keys are sealed in the database; parsed keys are cached by process until a rotation bumps the shared generation. What others
signed is read by `jose`.
"""

from idp.base.extensions import generation
from idp.keys.minting import sign, verify
from idp.keys.models import SigningKey
from idp.keys.offered import FALLBACK, choose, offered
from idp.keys.ring import hold, is_ours, jwks
from idp.keys.rotation import (
    ALGORITHMS,
    PUBLISHED_FIRST,
    RETIRED_KEPT,
    Pair,
    ensure,
    listing,
    pairs,
    rotate,
    rotate_due,
)

ACCESS_TOKEN_ALGORITHM = "ES256"

__all__ = [
    "ACCESS_TOKEN_ALGORITHM",
    "ALGORITHMS",
    "FALLBACK",
    "PUBLISHED_FIRST",
    "RETIRED_KEPT",
    "Pair",
    "SigningKey",
    "choose",
    "ensure",
    "generation",
    "hold",
    "is_ours",
    "jwks",
    "listing",
    "offered",
    "pairs",
    "rotate",
    "rotate_due",
    "sign",
    "verify",
]
