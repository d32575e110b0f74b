"""Signing with the current keys and verifying with all of them: parsed once by each process, and anew when they have changed."""

import threading
from dataclasses import dataclass
from typing import Any, cast

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from sqlalchemy import select

from idp.base import clock
from idp.base.database import reading
from idp.base.extensions import generation, vault
from idp.keys.models import SigningKey
from idp.keys.parsing import decode

LONGEST_KID = 64  # characters of ours


@dataclass(frozen=True)
class _Loaded:
    kid: str
    private_key: Any
    public_key: Any


@dataclass(frozen=True)
class _Ring:
    generation: tuple[int, int]
    current: dict[str, _Loaded]
    public: dict[str, tuple[str, Any]]
    jwks: dict[str, Any]


_lock = threading.Lock()
_rings: dict[int, _Ring] = {}


def sign(claims: dict[str, Any], algorithm: str, typ: str = "JWT") -> str:
    """Return a JWT signed with the current key of `algorithm`, `kid` in its header (RFC 7515)."""
    key = _ring().current[algorithm]
    return jwt.encode(claims, key.private_key, algorithm=algorithm, headers={"kid": key.kid, "typ": typ})


def verify(token: str, *, issuer: str, typ: str | None = None, **options: Any) -> dict[str, Any] | None:
    """Return the claims of a JWT of ours, or None for anything else.

    The key is found by `kid` among our own and brings its one algorithm; `jku`, `x5u` and `jwk` headers are never read. A token has one
    spelling: padding, stray bits and foreign characters, which PyJWT overlooks in a signature, are refused (RFC 7515, section 2).
    `options` are PyJWT's, such as `audience` or `options={"verify_exp": False}`. The time is the house's own clock's.
    """
    checks = {"verify_exp": True} | options.pop("options", {})
    if any(decode(part) is None for part in token.split(".")):
        return None
    try:
        header = jwt.get_unverified_header(token)
        if typ is not None and str(header.get("typ", "")).lower() != typ.lower():
            return None
        algorithm, key = _find(str(header.get("kid")))
        timeless = checks | dict.fromkeys(("verify_exp", "verify_nbf", "verify_iat"), False)
        claims = jwt.decode(token, key, algorithms=[algorithm], issuer=issuer, options=timeless, **options)
        return claims if _is_timely(claims, checks["verify_exp"]) else None
    except (jwt.PyJWTError, KeyError, ValueError, TypeError):
        return None


def jwks() -> dict[str, Any]:
    """Return the public key set (RFC 7517, section 5)."""
    return _ring().jwks


def _is_timely(claims: dict[str, Any], can_expire: bool) -> bool:
    """Return whether a token is neither too old nor for later (RFC 7519, sections 4.1.4 and 4.1.5)."""
    now = clock.timestamp()
    is_over = can_expire and "exp" in claims and now >= int(claims["exp"])
    return not is_over and now >= int(claims.get("nbf", 0))


def _find(kid: str) -> tuple[str, Any]:
    """Return the algorithm and public key of one of ours.

    A node that has not heard yet of keys that another one made looks for this one in the database: one row read by its name, whoever
    may have made it up.

    Raises:
        KeyError: there is no such key.
    """
    ring = _ring()
    if kid not in ring.public and len(kid) <= LONGEST_KID and kid.isalnum() and kid.isascii() and _exists(kid):
        ring = _ring(with_kid=kid)
    return ring.public[kid]


def _exists(kid: str) -> bool:
    with reading() as own:
        return own.scalar(select(SigningKey.kid).where(SigningKey.kid == kid)) is not None


def _ring(with_kid: str | None = None) -> _Ring:
    """Return the parsed keys, loading them when they changed, or when `with_kid` is not among them."""
    shared = generation("keys")
    place = id(shared)
    ring = _rings.get(place)
    if ring is not None and _is_good(ring, shared.value(), with_kid):
        return ring
    with _lock:
        value = shared.value()
        ring = _rings.get(place)
        if ring is None or not _is_good(ring, value, with_kid):
            ring = _load(value)
            _rings[place] = ring
    return ring


def _is_good(ring: _Ring, value: tuple[int, int], with_kid: str | None) -> bool:
    return ring.generation == value and (with_kid is None or with_kid in ring.public)


def _load(value: tuple[int, int]) -> _Ring:
    with reading() as own:
        rows = list(own.scalars(select(SigningKey).order_by(SigningKey.created_at)))
    current: dict[str, _Loaded] = {}
    public: dict[str, tuple[str, Any]] = {}
    for row in rows:
        key = _parse(row)
        public[row.kid] = (row.algorithm, key.public_key)
        if row.state == "current":
            current[row.algorithm] = key
    return _Ring(value, current, public, {"keys": [row.public_jwk for row in rows]})


def _parse(row: SigningKey) -> _Loaded:
    pem = vault().unseal(row.sealed_private_key, f"signing-key/{row.kid}")
    # The seal has vouched for the bytes already, and proving an RSA key's primes anew costs 40 ms of each reload.
    private_key: PrivateKeyTypes = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    return _Loaded(row.kid, private_key, cast(Any, private_key).public_key())
