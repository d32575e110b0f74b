"""Signing keys: one `next`, one `current` and some `retired` key for each algorithm, and the only place where JWTs are made.

All three states are published in the JWKS (RFC 7517), so that a token verifies before, during and after a rotation. Private
keys are sealed in the database; parsed keys are cached by process until `idp keys rotate` bumps the shared generation.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from jwt.algorithms import Algorithm, get_default_algorithms
from sqlalchemy import JSON, LargeBinary, String, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from idp import audit
from idp.base import clock, crypto
from idp.base.database import Instant, Model, after_commit, engine, reading, session
from idp.base.extensions import generation, vault

ALGORITHMS = ("RS256", "ES256", "EdDSA")
ACCESS_TOKEN_ALGORITHM = "ES256"  # noqa: S105 - an algorithm's name
RETIRED_KEPT = timedelta(days=30)


class SigningKey(Model):
    """One key pair."""

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    algorithm: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    sealed_private_key: Mapped[bytes] = mapped_column(LargeBinary)
    public_jwk: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Holds "RS256/current" for the two states that only one key of an algorithm may have, so that two processes that
    # start or rotate at once cannot make two of them.
    slot: Mapped[str | None] = mapped_column(String(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)


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

    The key is found by `kid` among our own and brings its one algorithm; `jku`, `x5u` and `jwk` headers are never read.
    `options` are PyJWT's, such as `audience` or `options={"verify_exp": False}`. The time is the house's own clock's.
    """
    checks = {"verify_exp": True} | options.pop("options", {})
    try:
        header = jwt.get_unverified_header(token)
        if typ is not None and str(header.get("typ", "")).lower() != typ.lower():
            return None
        algorithm, key = _ring().public[str(header.get("kid"))]
        timeless = checks | dict.fromkeys(("verify_exp", "verify_nbf", "verify_iat"), False)
        claims = jwt.decode(token, key, algorithms=[algorithm], issuer=issuer, options=timeless, **options)
        return claims if _is_timely(claims, checks["verify_exp"]) else None
    except (jwt.PyJWTError, KeyError, ValueError, TypeError):
        return None


def _is_timely(claims: dict[str, Any], can_expire: bool) -> bool:
    """Return whether a token is neither too old nor for later (RFC 7519, sections 4.1.4 and 4.1.5)."""
    now = clock.timestamp()
    is_over = can_expire and "exp" in claims and now >= int(claims["exp"])
    return not is_over and now >= int(claims.get("nbf", 0))


def jwks() -> dict[str, Any]:
    """Return the public key set (RFC 7517, section 5)."""
    return _ring().jwks


def listing() -> list[SigningKey]:
    """Return every key, by algorithm and age."""
    return list(session().scalars(select(SigningKey).order_by(SigningKey.algorithm, SigningKey.created_at)))


def rotate(actor: str | None = None) -> list[SigningKey]:
    """Make each `next` key current, retire the current one and publish a new `next`.

    The new current key has been in the JWKS since the rotation before, so relying parties know it already.
    """
    for algorithm in ALGORITHMS:
        _set_state(algorithm, "current", "retired", retired_at=clock.now())
        _set_state(algorithm, "next", "current")
        session().add(_new_key(algorithm, "next"))
    session().execute(delete(SigningKey).where(SigningKey.retired_at < clock.now() - RETIRED_KEPT))
    audit.record("keys.rotated", actor=actor)
    session().flush()
    after_commit(generation("keys").bump)
    return listing()


def ensure() -> None:
    """Make the first keys where there are none; safe when several processes start at once."""
    with reading() as own:
        slots = set(own.scalars(select(SigningKey.slot)))
    for algorithm in ALGORITHMS:
        for state in ("current", "next"):
            if f"{algorithm}/{state}" in slots:
                continue
            key = _new_key(algorithm, state)
            try:
                with Session(engine()) as own, own.begin():
                    own.add(key)
            except IntegrityError:
                continue  # another process made it in the meantime
    generation("keys").bump()


def _set_state(algorithm: str, old: str, new: str, retired_at: datetime | None = None) -> None:
    slot = None if new == "retired" else f"{algorithm}/{new}"
    session().execute(
        update(SigningKey)
        .where(SigningKey.slot == f"{algorithm}/{old}")
        .values(state=new, slot=slot, retired_at=retired_at)
    )


def _new_key(algorithm: str, state: str) -> SigningKey:
    private_key = _generate(algorithm)
    kid = crypto.new_identifier()
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = _algorithm(algorithm).to_jwk(private_key.public_key(), as_dict=True)
    public.pop("key_ops", None)
    return SigningKey(
        kid=kid,
        algorithm=algorithm,
        state=state,
        slot=f"{algorithm}/{state}",
        sealed_private_key=vault().seal(pem, f"signing-key/{kid}"),
        public_jwk={**public, "kid": kid, "alg": algorithm, "use": "sig"},
        created_at=clock.now(),
    )


def _generate(algorithm: str) -> Any:
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()


def _algorithm(name: str) -> Algorithm:
    return get_default_algorithms()[name]


def _ring() -> _Ring:
    """Return the parsed keys, loading them when they changed."""
    shared = generation("keys")
    place = id(shared)
    ring = _rings.get(place)
    if ring is not None and ring.generation == shared.value():
        return ring
    with _lock:
        value = shared.value()
        ring = _rings.get(place)
        if ring is None or ring.generation != value:
            ring = _load(value)
            _rings[place] = ring
    return ring


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
