"""Random secrets, digests, and sealing (AES-256-GCM) under keys derived from the server's secret.

A secret of 256 random bits is stored as its SHA-256 digest; a short code or a chosen secret as an HMAC, so that a stolen
database alone does not allow guessing.
"""

import hashlib
import hmac
import os
import secrets
import string

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ALPHANUMERIC = string.ascii_letters + string.digits
# A letter or digit for each byte, each as often as any other: the bytes that are too many for that are left out.
_EVEN = 256 // len(ALPHANUMERIC) * len(ALPHANUMERIC)
_LETTERS = (ALPHANUMERIC * 5)[:256].encode()
_LEFT_OUT = bytes(range(_EVEN, 256))


class Unsealable(Exception):
    """Sealed bytes were damaged, or sealed under another secret."""


class Vault:
    """Derives one key per purpose from the server's secret, and seals with it."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._seal = AESGCM(self.derive("seal"))
        self._digest_key = self.derive("digest")

    def derive(self, purpose: str) -> bytes:
        """Return the 32-byte key for `purpose` (HKDF, RFC 5869)."""
        return HKDF(hashes.SHA256(), 32, salt=None, info=f"gatehouse/{purpose}".encode()).derive(self._secret)

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt; `context` must be named again to open."""
        nonce = secrets.token_bytes(12)
        return nonce + self._seal.encrypt(nonce, plain, context.encode())

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what `seal` made.

        Raises:
            Unsealable: the bytes, the context or the secret differ.
        """
        try:
            return self._seal.decrypt(sealed[:12], sealed[12:], context.encode())
        except (InvalidTag, ValueError):
            raise Unsealable(context) from None

    def keyed_digest(self, secret: str, context: str) -> bytes:
        """Return the HMAC-SHA-256 of a short or chosen secret."""
        return hmac.digest(self._digest_key, f"{context}\0{secret}".encode(), "sha256")


def sha256(raw: bytes) -> bytes:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(raw).digest()


def new_secret() -> str:
    """Return 256 random bits as 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def new_identifier() -> str:
    """Return 130 random bits as 22 letters and digits: an identifier that a shell or a URL never has to quote."""
    text = ""
    while len(text) < 22:  # of 32 bytes one is left out on average, so that this is done once
        text += os.urandom(32).translate(_LETTERS, _LEFT_OUT).decode()
    return text[:22]


def new_code() -> str:
    """Return a code of six random digits."""
    return f"{secrets.randbelow(1_000_000):06}"


def new_mixed_code() -> str:
    """Return a code of six random capitals and digits."""
    return "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(6))


def digest(secret: str) -> bytes:
    """Return the SHA-256 digest of a secret of 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()


def equal(left: bytes, right: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left, right)


def new_link_secret() -> str:
    """Return 258 random bits as 55 small letters, so that a mail holds no run of digits or capitals but its code."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(55))
