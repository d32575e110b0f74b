"""The life of a signing key: made as `next` and published, `current` while it signs, `retired` while it only verifies.

A rotation moves on the keys that it saw when it began, each claimed in one statement by its `kid`: of several at once one moves an
algorithm and the others leave it alone, so that there is always one current key and never a second.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp import audit
from idp.base import clock, crypto
from idp.base.database import after_commit, engine, pause, reading, run, session
from idp.base.extensions import generation, vault
from idp.keys import ring
from idp.keys.jose import SIGNATURES
from idp.keys.models import SigningKey
from idp.keys.offered import offered
from idp.lifetimes import LIFETIMES

ALGORITHMS = SIGNATURES
RETIRED_KEPT = timedelta(days=30)
PUBLISHED_FIRST = timedelta(days=1)  # for which a key is in the JWKS before its age makes it sign


@dataclass(frozen=True)
class Pair:
    """The key of an algorithm that signs, and the one that will."""

    current: SigningKey
    next: SigningKey

    @property
    def due_at(self) -> datetime:
        """When the current key's age asks for a rotation, and the next one has been published for long enough."""
        since = self.current.promoted_at or self.current.created_at
        return max(since + LIFETIMES.signing_key, self.next.created_at + PUBLISHED_FIRST)


def listing() -> list[SigningKey]:
    """Return every key, by algorithm and age."""
    by_age = select(SigningKey).order_by(SigningKey.algorithm, SigningKey.created_at)
    return list(session().scalars(by_age, execution_options={"populate_existing": True}))


def pairs() -> dict[str, Pair]:
    """Return the keys in use by algorithm, of those that are offered, in the order of `ALGORITHMS`."""
    with reading() as own:
        found = {row.slot: row for row in own.scalars(select(SigningKey).where(SigningKey.slot.is_not(None)))}
    return {
        name: Pair(found[f"{name}/current"], found[f"{name}/next"])
        for name in offered()
        if f"{name}/current" in found and f"{name}/next" in found
    }


def rotate(actor: str | None = None, seen: dict[str, Pair] | None = None) -> int:
    """Make each `next` key current, retire the current one and publish a new `next`; return for how many algorithms.

    The new current key has been in the JWKS since the rotation before, so relying parties know it already. What another rotation
    has moved on since `seen` (or since now) is left to it. Commits what the caller did before: making keys takes a while.
    """
    return _move(pairs() if seen is None else seen, actor=actor)


def rotate_due() -> int:
    """Rotate the keys that have signed for `LIFETIMES.signing_key`; return for how many algorithms.

    A next key that was published less than `PUBLISHED_FIRST` ago waits. Any number of nodes may call this at any time.
    """
    now = clock.now()
    due = {name: pair for name, pair in pairs().items() if pair.due_at <= now}
    return _move(due, cause="age") if due else 0


def ensure() -> None:
    """Make the first keys of each algorithm that is offered; safe when several processes start at once.

    Raises:
        Unsealable: those that are there were sealed with another secret, and whatever this process wrote would be of no use to others.
    """
    with reading() as own:
        present = list(own.execute(select(SigningKey.slot, SigningKey.kid, SigningKey.sealed_private_key)))
    slots = {slot for slot, _kid, _sealed in present}
    for _slot, kid, sealed in present[:1]:
        ring.unseal(kid, sealed)
    wanted = [(name, state) for name in offered() for state in ("current", "next") if f"{name}/{state}" not in slots]
    if not wanted:
        return
    for key in _make(wanted):
        try:
            with Session(engine()) as own, own.begin():
                own.add(key)
        except IntegrityError:
            continue  # another process made it in the meantime
    generation("keys").bump()


def _move(seen: dict[str, Pair], *, actor: str | None = None, cause: str | None = None) -> int:
    pause()
    made = _make([(name, "next") for name in seen])
    moved = []
    for (name, pair), key in zip(seen.items(), made, strict=True):
        if _retire(pair.current):
            _promote(pair.next)
            session().add(key)
            session().flush()
            moved.append(name)
    if moved:
        run(delete(SigningKey).where(SigningKey.retired_at < clock.now() - RETIRED_KEPT))
        audit.record("keys.rotated", actor=actor, algorithms=" ".join(moved), cause=cause)
        after_commit(generation("keys").bump)
    return len(moved)


def _retire(key: SigningKey) -> bool:
    """Claim a rotation: of parallel ones a single one finds this key current."""
    retired = {"state": "retired", "slot": None, "retired_at": clock.now()}
    is_current = (SigningKey.kid == key.kid) & (SigningKey.slot == f"{key.algorithm}/current")
    return run(update(SigningKey).where(is_current).values(retired)) == 1


def _promote(key: SigningKey) -> None:
    current = {"state": "current", "slot": f"{key.algorithm}/current", "promoted_at": clock.now()}
    is_next = (SigningKey.kid == key.kid) & (SigningKey.slot == f"{key.algorithm}/next")
    if run(update(SigningKey).where(is_next).values(current)) != 1:
        # Deleted by hand: nothing of this rotation stands.
        raise LookupError(f"the next key of {key.algorithm} has gone")


def _make(wanted: Sequence[tuple[str, str]]) -> Iterable[SigningKey]:
    """Return new keys; RSA takes long, and OpenSSL lets other threads work meanwhile."""
    if not wanted:
        return []
    with ThreadPoolExecutor(max_workers=4) as pool:
        private_keys = list(pool.map(_generate, [algorithm for algorithm, _state in wanted]))
    return [_row(*place, private_key) for place, private_key in zip(wanted, private_keys, strict=True)]


def _row(algorithm: str, state: str, private_key: Any) -> SigningKey:
    kid, now = crypto.new_identifier(), clock.now()
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = get_default_algorithms()[algorithm].to_jwk(private_key.public_key(), as_dict=True)
    public.pop("key_ops", None)
    return SigningKey(
        kid=kid,
        algorithm=algorithm,
        state=state,
        slot=f"{algorithm}/{state}",
        sealed_private_key=vault().seal(pem, f"signing-key/{kid}"),
        public_jwk={**public, "kid": kid, "alg": algorithm, "use": "sig"},
        created_at=now,
        promoted_at=now if state == "current" else None,
    )


def _generate(algorithm: str) -> Any:
    if algorithm in {"RS256", "PS256"}:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()
