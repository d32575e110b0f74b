"""The forms in which foreign hashes are kept: PHC strings, and the modular ones of bcrypt. What one may cost is bounded here.

A hash whose verification would take longer than `LONGEST`, or more memory than `MOST_MEMORY`, is never taken and never computed:
anybody who knows the name of its account could make the server work for nothing.
"""

import base64
import binascii
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

import bcrypt
from argon2 import low_level
from argon2.exceptions import Argon2Error

LONGEST = 2.0  # seconds of an ordinary processor
UNTOLD = 1000  # seconds from which nobody asks how many
MOST_MEMORY = 256 * 1024  # KiB
LONGEST_KEPT = 300  # characters, as the column holds them
SHORTEST_DIGEST, LONGEST_DIGEST, LONGEST_SALT = 16, 128, 128  # bytes
BCRYPT_LIMIT = 72  # bytes of a password of which bcrypt knows
BCRYPT_SHA256 = "$bcrypt-sha256$"
AS_TYPED = "$as-typed"  # stands before an Argon2 hash of others: ours are of a password in NFKC

# What one unit takes an ordinary processor, in seconds: an iteration for a block, a round, a block of 128 bytes, a KiB for a pass.
PBKDF2_UNITS = {"sha1": 0.3e-6, "sha256": 0.3e-6, "sha512": 0.65e-6}
BCRYPT_UNIT, SCRYPT_UNIT, ARGON2_UNIT = 65e-6, 0.7e-6, 1.4e-6

_B64 = "[A-Za-z0-9+/]"
PBKDF2 = re.compile(rf"\$pbkdf2-(sha1|sha256|sha512)\$i=([0-9]{{1,10}})\$({_B64}*)\$({_B64}+)")
SCRYPT = re.compile(rf"\$scrypt\$ln=([0-9]{{1,2}}),r=([0-9]{{1,4}}),p=([0-9]{{1,4}})\$({_B64}*)\$({_B64}+)")
BCRYPT = re.compile(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}")
ARGON2 = re.compile(
    rf"\$as-typed\$argon2(i|d|id)\$v=(16|19)\$m=([0-9]{{1,10}}),t=([0-9]{{1,10}}),p=([0-9]{{1,8}})\$({_B64}+)\$({_B64}+)"
)
ARGON2_TYPES = {"i": low_level.Type.I, "d": low_level.Type.D, "id": low_level.Type.ID}


@dataclass(frozen=True)
class Unfit:
    """Why a hash is not taken, in a sentence for operators that never holds any of it."""

    why: str

    def __bool__(self) -> bool:
        """Return False: it is a refusal."""
        return False


@dataclass(frozen=True)
class Kept:
    """A hash in the form that is kept: how long it takes about, its memory in KiB, and what compares the bytes of a password."""

    text: str
    seconds: float
    memory: int
    matches: Callable[[bytes], bool] = field(repr=False, compare=False)


def parse(text: str) -> Kept | Unfit:
    """Return a kept hash, or why it is none, whatever the text is."""
    if len(text) > LONGEST_KEPT:
        return Unfit("The hash is longer than any that is known here.")
    for pattern, read in READERS:
        found = pattern.fullmatch(text)
        if found is not None:
            made = read(text, *found.groups())
            return made if isinstance(made, Unfit) else _bounded(made)
    return Unfit("The hash is of no form that is known here.")


def is_foreign(stored: str) -> bool:
    """Return whether a stored hash is to be compared here."""
    return stored.startswith(("$pbkdf2-", "$scrypt$", "$2", BCRYPT_SHA256, AS_TYPED))


def compare(password: str, stored: str) -> bool:
    """Return whether a password is that of a kept hash, as it was typed or in NFKC; False for what is no kept hash.

    Other software hashes what it gets, and browsers send the same letters in one form or the other.
    """
    kept = parse(stored)
    if isinstance(kept, Unfit):
        return False
    forms = dict.fromkeys([password, unicodedata.normalize("NFKC", password)])
    return any(kept.matches(form.encode("utf-8", "surrogatepass")) for form in forms)


def decode(text: str) -> bytes | None:
    """Return the bytes of Base64 with or without its padding; None for what is none."""
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def encode(content: bytes) -> str:
    """Return Base64 without padding, as PHC strings have it."""
    return base64.b64encode(content).decode().rstrip("=")


def pbkdf2(digest: str, iterations: int, salt: bytes, key: bytes) -> str:
    """Return the kept form of a PBKDF2 hash."""
    return f"$pbkdf2-{digest}$i={iterations}${encode(salt)}${encode(key)}"


def scrypt(cost: int, block_size: int, parallelism: int, salt: bytes, key: bytes) -> str | Unfit:
    """Return the kept form of a scrypt hash; `cost` is N, which has to be a power of two (RFC 7914, section 6)."""
    if cost < 2 or cost & (cost - 1):
        return Unfit("The cost of scrypt is not a power of two.")
    return f"$scrypt$ln={cost.bit_length() - 1},r={block_size},p={parallelism}${encode(salt)}${encode(key)}"


def _bounded(kept: Kept) -> Kept | Unfit:
    if kept.seconds > LONGEST:
        taken = f"about {kept.seconds:.1f}" if kept.seconds < UNTOLD else f"more than {UNTOLD}"
        return Unfit(f"To verify the hash would take {taken} s; {LONGEST:.0f} s are the most.")
    if kept.memory > MOST_MEMORY:
        return Unfit(f"To verify the hash would take more than {MOST_MEMORY // 1024} MiB of memory.")
    return kept


def _read_pbkdf2(text: str, digest: str, count: str, salt_text: str, key_text: str) -> Kept | Unfit:
    parts = _read_parts(salt_text, key_text)
    iterations = int(count)
    if isinstance(parts, Unfit):
        return parts
    if not iterations:
        return Unfit("PBKDF2 has no iterations.")
    salt, key = parts
    blocks = -(-len(key) // hashlib.new(digest).digest_size)
    seconds = iterations * blocks * PBKDF2_UNITS[digest]

    def matches(password: bytes) -> bool:
        return hmac.compare_digest(hashlib.pbkdf2_hmac(digest, password, salt, iterations, len(key)), key)

    return Kept(text, seconds, 0, matches)


def _read_scrypt(text: str, exponent: str, size: str, lanes: str, salt_text: str, key_text: str) -> Kept | Unfit:
    parts = _read_parts(salt_text, key_text)
    if isinstance(parts, Unfit):
        return parts
    salt, key = parts
    cost, block_size, parallelism = 2 ** int(exponent), int(size), int(lanes)
    # RFC 7914, section 2: N is less than 2^(128 r / 8).
    if cost < 2 or not block_size or not parallelism or int(exponent) >= 16 * block_size:
        return Unfit("The parameters of scrypt are none.")
    memory = 128 * cost * block_size

    def matches(password: bytes) -> bool:
        made = hashlib.scrypt(
            password, salt=salt, n=cost, r=block_size, p=parallelism, maxmem=2 * memory + 2**20, dklen=len(key)
        )
        return hmac.compare_digest(made, key)

    return Kept(text, cost * block_size * parallelism * SCRYPT_UNIT, memory // 1024, matches)


def _read_argon2(
    text: str, kind: str, _version: str, kib: str, passes: str, lanes: str, salt_text: str, key_text: str
) -> Kept | Unfit:
    parts = _read_parts(salt_text, key_text)
    if isinstance(parts, Unfit):
        return parts
    memory, time, parallelism = int(kib), int(passes), int(lanes)
    # RFC 9106, section 3.1; the library asks for a salt of eight bytes, too.
    if not time or not parallelism or memory < 8 * parallelism or len(parts[0]) < 8:
        return Unfit("The parameters of Argon2 are none.")
    written = text.removeprefix(AS_TYPED).encode()

    def matches(password: bytes) -> bool:
        try:
            return low_level.verify_secret(written, password, ARGON2_TYPES[kind])
        except Argon2Error:
            return False

    return Kept(text, memory * time * ARGON2_UNIT, memory, matches)


def _read_bcrypt(text: str, rounds: str) -> Kept | Unfit:
    if not 4 <= int(rounds) <= 31:
        return Unfit("The cost of bcrypt is none.")

    def matches(password: bytes) -> bool:
        try:
            # Software that hashes with bcrypt alone leaves out what is behind, and this library refuses it.
            return bcrypt.checkpw(password[:BCRYPT_LIMIT], text.encode())
        except ValueError:
            return False

    return Kept(text, 2 ** int(rounds) * BCRYPT_UNIT, 0, matches)


def _read_bcrypt_sha256(text: str, rounds: str) -> Kept | Unfit:
    inner = _read_bcrypt(text.removeprefix(BCRYPT_SHA256), rounds)
    if isinstance(inner, Unfit):
        return inner
    return Kept(text, inner.seconds, 0, lambda password: inner.matches(hashlib.sha256(password).hexdigest().encode()))


def _read_parts(salt_text: str, key_text: str) -> tuple[bytes, bytes] | Unfit:
    salt, key = decode(salt_text), decode(key_text)
    if salt is None or key is None:
        return Unfit("The salt or the digest is no Base64.")
    if len(salt) > LONGEST_SALT or not SHORTEST_DIGEST <= len(key) <= LONGEST_DIGEST:
        return Unfit("The salt or the digest has a length that no software uses.")
    return salt, key


READERS: tuple[tuple[re.Pattern[str], Callable[..., Kept | Unfit]], ...] = (
    (PBKDF2, _read_pbkdf2),
    (SCRYPT, _read_scrypt),
    (ARGON2, _read_argon2),
    (BCRYPT, _read_bcrypt),
    (re.compile(re.escape(BCRYPT_SHA256) + BCRYPT.pattern), _read_bcrypt_sha256),
)
