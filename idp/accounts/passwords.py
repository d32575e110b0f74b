"""Passwords: one policy, one hasher. Argon2id at OWASP's settings; bcrypt verifies too and is upgraded at the next sign-in.

Hashing is bounded, so that a burst of sign-ins queues instead of exhausting memory. Callers end their transaction first
(`database.pause`), so that nothing is locked while a hash is computed.
"""

import base64
import hashlib
import os
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from idp.base.extensions import settings
from idp.base.outcome import Busy, Reason, Refused

SHORTEST, LONGEST = 8, 128  # code points after NFKC
BCRYPT_ROUNDS = 12
BCRYPT_SHA384 = "$bcrypt-sha384$"
LONGEST_QUEUE = 10.0  # seconds

_argon2 = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
PLACES = max(2, os.cpu_count() or 2)  # passwords hashed at once; each takes 19 MiB

_places = threading.BoundedSemaphore(PLACES)


def normalize(password: str) -> str:
    """Return the NFKC form (NIST SP 800-63B-4, section 3.1.1.2), in which passwords are measured and hashed."""
    return unicodedata.normalize("NFKC", password)


def check_policy(password: str, *, personal: list[str]) -> Refused | None:
    """Refuse a new password that is too short, too long, common, or built on the person's own name or address."""
    if len(password) > 4 * LONGEST:  # before it is normalised, which takes quadratic time on combining marks
        return Refused(Reason.PASSWORD_TOO_LONG, "password")
    password = normalize(password)
    if len(password) < SHORTEST:
        return Refused(Reason.PASSWORD_TOO_SHORT, "password")
    if len(password) > LONGEST:
        return Refused(Reason.PASSWORD_TOO_LONG, "password")
    folded = password.casefold()
    if folded in _common():
        return Refused(Reason.PASSWORD_COMMON, "password")
    if any(word == folded or word == _stem(folded) for word in _personal_words(personal)):
        return Refused(Reason.PASSWORD_PERSONAL, "password")
    return None


def hash_password(password: str) -> str:
    """Return the hash to store, in the algorithm that the settings name."""
    with _one_place():
        if settings().password_hash == "bcrypt":
            hashed = bcrypt.hashpw(_shortened(password), bcrypt.gensalt(BCRYPT_ROUNDS))
            return BCRYPT_SHA384 + hashed.decode()
        return _argon2.hash(normalize(password))


def verify(password: str, stored: str | None) -> bool:
    """Compare; without a stored hash spend the same time and return False, so that timing tells nothing."""
    if len(password) > 4 * LONGEST:
        password, stored = "", None
    with _one_place():
        if stored is None:
            _verify_decoy(password)
            return False
        if stored.startswith(BCRYPT_SHA384):
            return _verify_bcrypt(_shortened(password), stored.removeprefix(BCRYPT_SHA384))
        if stored.startswith("$2"):
            return _verify_bcrypt(password.encode(), stored)
        return _verify_argon2(normalize(password), stored)


def needs_rehash(stored: str) -> bool:
    """Return whether a hash is of an algorithm or of parameters that are not today's."""
    if settings().password_hash == "bcrypt":
        return not stored.startswith(BCRYPT_SHA384)
    try:
        return _argon2.check_needs_rehash(stored)
    except InvalidHashError:
        return True


def _verify_argon2(password: str, stored: str) -> bool:
    try:
        return _argon2.verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False


def _verify_bcrypt(password: bytes, stored: str) -> bool:
    try:
        return bcrypt.checkpw(password, stored.encode())
    except ValueError:  # longer than 72 bytes, or no bcrypt hash: no match
        return False


def _shortened(password: str) -> bytes:
    """Bring a password of any length under bcrypt's 72 bytes without losing any of it."""
    return base64.b64encode(hashlib.sha384(normalize(password).encode()).digest())


@contextmanager
def _one_place() -> Iterator[None]:
    if not _places.acquire(timeout=LONGEST_QUEUE):
        raise Busy
    try:
        yield
    finally:
        _places.release()


def _verify_decoy(password: str) -> None:
    """Spend the time of a comparison in the algorithm that new passwords get."""
    if settings().password_hash == "bcrypt":
        _verify_bcrypt(_shortened(password), _bcrypt_decoy())
    else:
        _verify_argon2(normalize(password), _argon2_decoy())


@cache
def _argon2_decoy() -> str:
    return _argon2.hash("nobody has this password")


@cache
def _bcrypt_decoy() -> str:
    return bcrypt.hashpw(b"nobody has this password", bcrypt.gensalt(BCRYPT_ROUNDS)).decode()


@cache
def _common() -> frozenset[str]:
    text = (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split("\n"))


def _personal_words(personal: list[str]) -> Iterator[str]:
    for value in personal:
        folded = normalize(value[:320]).casefold()
        for word in (folded, folded.partition("@")[0]):
            if len(word) >= 4:
                yield word


def _stem(folded: str) -> str:
    """Strip the digits and signs that people put before or behind a name."""
    return folded.strip("0123456789!?.,-_*#$@+ ")
