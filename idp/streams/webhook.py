"""Events as webhooks, one a message, signed as Standard Webhooks says: whoever has the secret knows from whom it is and that it is new."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from typing import Any

from idp.base import clock, crypto, fetch
from idp.streams import addresses
from idp.trail import exporting

PREFIX = "whsec_"
SECRET_BYTES = 32  # of 24 to 64
LARGEST_REPLY = 4096  # bytes that are read of an answer, and dropped


def new_secret() -> str:
    """Return a new secret, as receivers' libraries take it."""
    return PREFIX + base64.b64encode(crypto.digest(crypto.new_secret())).decode()


def send(address: str, events: Sequence[Any], secrets: Sequence[str]) -> Iterator[int]:
    """Send each event and yield its number once the receiver has taken it.

    Raises:
        FetchError: it was not taken.
    """
    for event in events:
        post(address, f"evt_{event.id}", make_body(event), secrets)
        yield event.id


def post(address: str, identifier: str, body: bytes, secrets: Sequence[str]) -> int:
    """Send one message and return the status of the answer, one from 200 to 299; the identifier stays the same for each try.

    Raises:
        FetchError: it was not taken.
    """
    stamp = clock.timestamp()
    headers = {
        "webhook-id": identifier,
        "webhook-timestamp": str(stamp),
        "webhook-signature": " ".join(sign(secret, identifier, stamp, body) for secret in secrets),
    }
    return fetch.post(
        address,
        body,
        media_type="application/json",
        largest=LARGEST_REPLY,
        headers=headers,
        networks=addresses.networks(),
    )


def make_body(event: Any) -> bytes:
    """Return an event as the body of a message: its type, its time and itself."""
    told = exporting.describe(event)
    return json.dumps({"type": told["event"], "timestamp": told["at"], "data": told}, separators=(",", ":")).encode()


def sign(secret: str, identifier: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message: version 1, HMAC-SHA256 over identifier, timestamp and body."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{identifier}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
