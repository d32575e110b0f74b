"""Passwords: one policy, one hasher. Argon2id at OWASP's settings; what else verifies (bcrypt, `foreign_hashes`) is upgraded at the next
sign-in.

The policy is what can be said without asking anybody; `accounts.breaches` asks. Passwords are measured, compared and hashed in NFKC.

Hashing is done by few threads of its own (`hashing`), so that a burst of sign-ins queues, for neither memory nor processors that others
need; the queue is bounded, too. Callers end their transaction first (`database.pause`), so that nothing is locked while a hash is computed.
"""

import base64
import hashlib
import mmap
import re
import string
import unicodedata
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import bcrypt
from argon2.exceptions import Argon2Error, InvalidHashError

from idp.accounts import argon2id, foreign_hashes, hashing
from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.base.places import Places

R = TypeVar("R")

SHORTEST, LONGEST = 8, 128  # code points after NFKC
SHORTEST_WORD = 3  # code points of a name that counts as one
SERVICE_WORDS = ("Gatehouse", "idp", "localhost")
NO_LETTERS = dict.fromkeys(map(ord, string.digits + string.punctuation + string.whitespace))
BCRYPT_ROUNDS = 12
BCRYPT_SHA384 = "$bcrypt-sha384$"
MOST_QUEUED = 48  # requests of a process that hash or wait for it
LONGEST_QUEUE = 5.0  # seconds

_argon2 = argon2id.Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_queue = Places(MOST_QUEUED)


@dataclass(frozen=True)
class Rules:
    """What a policy asks for beside a length of eight, a password that is not common, and nothing of the person."""

    longest: int = LONGEST
    mixed: bool = False  # a capital letter, a digit and a special character


DEFAULT = Rules()
STRICT = Rules(longest=50, mixed=True)  # what an older interface promises its callers


def normalize(password: str) -> str:
    """Return the NFKC form (NIST SP 800-63B-4, section 3.1.1.2), in which passwords are measured and hashed."""
    return unicodedata.normalize("NFKC", password)


def folded(password: str) -> str:
    """Return the form without case, in which passwords are compared with the list and with names, and never hashed."""
    return normalize(normalize(password).casefold())


def encoded(password: str) -> bytes:
    """Return the bytes that are hashed (NFKC, UTF-8); half a surrogate pair, which JSON can hold, is no reason to fail."""
    return normalize(password).encode("utf-8", "surrogatepass")


def check_policy(password: str, *, personal: list[str], rules: Rules = DEFAULT) -> Refused | None:
    """Refuse a new password that is too short, too long, common, or built on the name or address of the person or the service.

    Refusals, of the field `password`: PASSWORD_TOO_SHORT, _TOO_LONG, _COMMON, _PERSONAL, _SERVICE, and _RULES where `rules` ask for more.
    """
    reason = _find_fault(password, personal, rules)
    return Refused(reason, "password") if reason else None


def hash_password(password: str) -> str:
    """Return the hash to store, in the algorithm that the settings name."""
    if settings().password_hash == "bcrypt":
        shortened = _shortened(password)
        hashed = _in_turn(lambda: bcrypt.hashpw(shortened, bcrypt.gensalt(BCRYPT_ROUNDS)))
        return BCRYPT_SHA384 + hashed.decode()
    return _in_turn(lambda: _argon2.hash(encoded(password)))


def verify(password: str, stored: str | None) -> bool:
    """Compare; without a stored hash spend the same time and return False, so that timing tells nothing."""
    if len(password) > 4 * LONGEST:
        password, stored = "", None
    against = _decoy() if stored is None else stored
    return _in_turn(lambda: _compare(password, against)) and stored is not None


def needs_rehash(stored: str) -> bool:
    """Return whether a hash is of an algorithm or of parameters that are not today's."""
    if settings().password_hash == "bcrypt":
        return not stored.startswith(BCRYPT_SHA384)
    try:
        return _argon2.check_needs_rehash(stored)
    except InvalidHashError:
        return True


def _find_fault(password: str, personal: list[str], rules: Rules) -> Reason | None:
    if len(password) > 4 * LONGEST:  # before it is normalised, which takes quadratic time on combining marks
        return Reason.PASSWORD_TOO_LONG
    password = normalize(password)
    if len(password) < SHORTEST:
        return Reason.PASSWORD_TOO_SHORT
    if len(password) > LONGEST:
        return Reason.PASSWORD_TOO_LONG
    if len(password) > rules.longest or (rules.mixed and not _is_mixed(password)):
        return Reason.PASSWORD_RULES
    if _is_common(folded(password)):
        return Reason.PASSWORD_COMMON
    if _is_built_on(folded(password), personal):
        return Reason.PASSWORD_PERSONAL
    if _is_built_on(folded(password), [*personal, *_service_words()]):
        return Reason.PASSWORD_SERVICE
    return None


def _is_mixed(password: str) -> bool:
    return (
        any(character.isupper() for character in password)
        and any(character.isdigit() for character in password)
        and any(not character.isalnum() and not character.isspace() for character in password)
    )


def _is_common(password: str) -> bool:
    """Look a folded password up in the sorted list, which stays in a file that all processes map."""
    lines, wanted = _common(), encoded(password)

    def line_at(offset: int) -> bytes:
        return lines[lines.rfind(b"\n", 0, offset) + 1 : lines.find(b"\n", offset)]

    found = bisect_left(range(len(lines)), wanted, key=line_at)
    return found < len(lines) and line_at(found) == wanted


def _service_words() -> list[str]:
    """Return what the service is called: the product, and the host under which people know it (NIST SP 800-63B-4, 3.1.1.2)."""
    host = urlsplit(settings().issuer).hostname or ""
    # Of numbers, such as those of an IP address, nothing: whoever likes digits would be told of a name.
    return [*SERVICE_WORDS, *re.findall(r"[^\W\d_]+", folded(host))]


def _is_built_on(password: str, texts: list[str]) -> bool:
    """Return whether nothing but digits and signs is left of a folded password without the words of some texts."""
    rest = password
    for word in sorted(_words(texts), key=len, reverse=True):
        rest = rest.replace(word, " ")
    return rest != password and not rest.translate(NO_LETTERS)


def _words(personal: list[str]) -> set[str]:
    """Return names and addresses whole, an address without its host, and the words in them, with and without digits."""
    texts = {folded(text[:320]) for text in personal}
    texts |= {text.partition("@")[0] for text in texts}
    words = texts | {word for text in texts for word in re.split(r"[\W_]+|(?<=\D)(?=\d)|(?<=\d)(?=\D)", text)}
    return {word for word in words if len(word) >= SHORTEST_WORD}


def _compare(password: str, stored: str) -> bool:
    if stored.startswith(BCRYPT_SHA384):
        return _compare_bcrypt(_shortened(password), stored.removeprefix(BCRYPT_SHA384))
    if foreign_hashes.is_foreign(stored):
        return foreign_hashes.compare(password, stored)
    try:
        return _argon2.verify(stored, encoded(password))
    except (Argon2Error, InvalidHashError):
        return False


def _compare_bcrypt(password: bytes, stored: str) -> bool:
    try:
        return bcrypt.checkpw(password, stored.encode())
    except ValueError:  # longer than 72 bytes, or no bcrypt hash: no match
        return False


def _decoy() -> str:
    """Return a hash of nobody's password, at the cost of new ones."""
    if settings().password_hash == "bcrypt":
        return f"{BCRYPT_SHA384}$2b${BCRYPT_ROUNDS:02}${'.' * 53}"
    return f"$argon2id$v=19$m={_argon2.memory_cost},t={_argon2.time_cost},p={_argon2.parallelism}${'A' * 22}${'A' * 43}"


def _shortened(password: str) -> bytes:
    """Bring a password of any length under bcrypt's 72 bytes without losing any of it."""
    return base64.b64encode(hashlib.sha384(encoded(password)).digest())


def _in_turn(work: Callable[[], R]) -> R:
    """Have a hash computed by the threads for it, and lend the caller's seat meanwhile."""
    with _queue.taken():
        return hashing.run(work, threads=settings().processors, patience=LONGEST_QUEUE)


@cache
def _common() -> mmap.mmap:
    with (Path(__file__).parent / "common_passwords.txt").open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
