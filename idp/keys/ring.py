"""The keys: parsed once by each process, and anew when they have changed."""

import threading
from dataclasses import dataclass
from typing import Any, cast

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from flask import g
from sqlalchemy import select

from idp.base.database import reading
from idp.base.extensions import generation, vault
from idp.keys.models import SigningKey
from idp.keys.offered import offered

HELD = "idp_keys"
LONGEST_KID = 64  # characters of ours


@dataclass(frozen=True)
class Loaded:
    """One key pair, parsed."""

    kid: str
    private_key: Any
    public_key: Any


@dataclass(frozen=True)
class _Ring:
    generation: tuple[int, int]
    current: dict[str, Loaded]
    public: dict[str, tuple[str, Any]]
    jwks: dict[str, Any]


_lock = threading.Lock()
_rings: dict[int, _Ring] = {}


def current(algorithm: str) -> Loaded:
    """Return the key that signs now.

    Raises:
        KeyError: there is none of this algorithm.
    """
    held: _Ring | None = g.get(HELD)
    return (held or _ring()).current[algorithm]


def hold() -> None:
    """Look at the keys now, and sign with these until the request is over: whoever claims something first need not ask for them then."""
    setattr(g, HELD, _ring())


def place() -> int:
    """Return whose keys these are: several applications may stand in one process."""
    return id(generation("keys"))


def find(kid: str) -> tuple[str, Any] | None:
    """Return the algorithm and public key of one of ours; None where there is no such key.

    A node that has not heard yet of keys that another one made looks for this one in the database: one row read by its name, whoever
    may have made it up.
    """
    ring = _ring()
    if kid not in ring.public and len(kid) <= LONGEST_KID and kid.isalnum() and kid.isascii() and _exists(kid):
        ring = _ring(with_kid=kid)
    return ring.public.get(kid)


def is_ours(kid: str) -> bool:
    """Return whether one of our keys has this name, published or not."""
    return find(kid) is not None


def jwks() -> dict[str, Any]:
    """Return the public key set (RFC 7517, section 5): the keys of every algorithm that is offered."""
    return _ring().jwks


def unseal(kid: str, sealed: bytes) -> bytes:
    """Return a private key as PEM.

    Raises:
        Unsealable: it was sealed with another secret.
    """
    return vault().unseal(sealed, f"signing-key/{kid}")


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
    current: dict[str, Loaded] = {}
    public: dict[str, tuple[str, Any]] = {}
    for row in rows:
        key = _parse(row)
        public[row.kid] = (row.algorithm, key.public_key)
        if row.state == "current":
            current[row.algorithm] = key
    published = [row.public_jwk for row in rows if row.algorithm in offered()]
    return _Ring(value, current, public, {"keys": published})


def _parse(row: SigningKey) -> Loaded:
    pem = unseal(row.kid, row.sealed_private_key)
    # The seal has vouched for the bytes already, and proving an RSA key's primes anew costs 40 ms of each reload.
    private_key: PrivateKeyTypes = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    return Loaded(row.kid, private_key, cast(Any, private_key).public_key())
