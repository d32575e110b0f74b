"""base64url (RFC 7515, section 2) and JSON objects (RFC 8259); what others wrote is read strictly. Nothing here raises."""

import base64
import json
import math
import re
from typing import Any, NoReturn

ALPHABET = re.compile(r"[A-Za-z0-9_-]*")


def decode(text: str) -> bytes | None:
    """Return what base64url without padding stands for; None for any other text, and for stray bits at the end."""
    if ALPHABET.fullmatch(text) is None or len(text) % 4 == 1:
        return None
    found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return found if encode(found) == text else None


def encode(raw: bytes) -> str:
    """Return bytes in base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read_object(raw: bytes | str) -> dict[str, Any] | None:
    """Return a JSON object; None for anything else.

    Also None where a member is there twice (RFC 7515, section 4), a number is none or endless, or a text holds half a character.
    """
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        found = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_read_float, strict=True
        )
        # Half of a surrogate pair, which JSON can spell, is a text that can neither be stored nor sent.
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError, TypeError):
        return None
    return found if isinstance(found, dict) else None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member is there twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _read_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number without end")
    return number
