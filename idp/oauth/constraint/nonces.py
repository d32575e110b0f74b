"""Nonces of proofs (RFC 9449, section 8): what this server has said lately, so that a proof cannot have been made long before.

A nonce is a stretch of time and its HMAC: every node knows those of the others, and none is kept.
"""

from idp.base import clock, crypto
from idp.base.extensions import vault
from idp.keys.parsing import encode

STRETCH = 150  # seconds; a nonce is good for the one in which it was given, and for the next


def current() -> str:
    """Return the nonce that is given now."""
    return _of(_stretch())


def is_good(nonce: object) -> bool:
    """Return whether a nonce was given by this server of late."""
    if not isinstance(nonce, str):
        return False
    now, sent = _stretch(), nonce.encode("utf-8", "surrogatepass")
    # Also that of the next stretch, which a node whose clock is ahead has given; each is compared, whichever is right.
    compared = [crypto.equal(sent, _of(at).encode()) for at in (now - 1, now, now + 1)]
    return any(compared)


def _stretch() -> int:
    return clock.timestamp() // STRETCH


def _of(stretch: int) -> str:
    return encode(vault().keyed_digest(str(stretch), "dpop-nonce")[:24])
