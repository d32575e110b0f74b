"""The secrets of authenticator apps as exports write them. None of these raises."""

import base64
import binascii
import re

HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")


def read_base32(text: str) -> bytes | None:
    """Return the bytes of Base32, in groups and of either case as people write it; None for what is none."""
    bare = re.sub(r"[\s-]", "", text).upper().rstrip("=")
    try:
        return base64.b32decode(bare + "=" * (-len(bare) % 8)) if bare else None
    except (binascii.Error, ValueError):
        return None


def read_hex(text: str) -> bytes | None:
    """Return the bytes of hexadecimal digits, as django-otp keeps them; None for what are none."""
    return bytes.fromhex(text) if HEX.fullmatch(text) else None
