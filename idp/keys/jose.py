"""What others signed (JOSE): the algorithms that are allowed, the public keys of clients, and JWTs verified with these alone.

`TABLE` is the whole allow-list. Keys come from a registration and never from a token: `jku`, `x5u`, `jwk` and `x5c` in a header
(RFC 7515, section 4.1) are not read, and `crit` (section 4.1.11) is refused, since no extension is understood here. No function
of this module raises, whatever it is given. What the house itself signs is the affair of the modules beside.
"""

import hashlib
import hmac
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from jwt.algorithms import get_default_algorithms

from idp.base import clock
from idp.keys.parsing import decode, read_object

LONGEST_TOKEN = 32_768  # characters
MOST_KEYS = 50  # in one set
MOST_MEMBERS = 100  # that are looked at in a published set, usable or not
MOST_TRIES = 5  # keys that are tried for a token that names none
LARGEST_RSA = 8192  # bits: a larger modulus only costs time
LARGEST_EXPONENT = 2**32
LONGEST_NUMBER = 2000  # characters of base64url: the largest modulus has 1366
LEEWAY = timedelta(seconds=10)  # by which a client's clock may differ from ours
LATEST = 253_402_300_799  # seconds since 1970: the end of the year 9999
LONGEST_KID = 255
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})  # RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1


@dataclass(frozen=True)
class Algorithm:
    """One signature algorithm (RFC 7518, section 3.1; RFC 8037), and the key that it takes."""

    name: str
    key_type: str
    curve: str | None
    smallest: int  # bits of its key
    digest: Callable[[bytes], Any]  # of `at_hash` and `c_hash` (OpenID Connect Core, section 3.1.3.6)
    is_secret: bool = False


TABLE = {
    algorithm.name: algorithm
    for algorithm in (
        Algorithm("RS256", "RSA", None, 2048, hashlib.sha256),
        Algorithm("PS256", "RSA", None, 2048, hashlib.sha256),
        Algorithm("ES256", "EC", "P-256", 256, hashlib.sha256),
        Algorithm("EdDSA", "OKP", "Ed25519", 256, hashlib.sha512),
        # With a client's secret, and for its assertions alone (RFC 7523); a shorter secret than the digest is not allowed.
        Algorithm("HS256", "oct", None, 256, hashlib.sha256, is_secret=True),
    )
}
SIGNATURES = tuple(name for name, algorithm in TABLE.items() if not algorithm.is_secret)
HASHES = {name: TABLE[name].digest for name in SIGNATURES}

NO_SET = 'A key set is a JSON object with "keys", a list of objects (RFC 7517, section 5).'
_MEMBERS = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y"), "OKP": ("kty", "crv", "x")}
_ENGINES = {name: engine for name, engine in get_default_algorithms().items() if name in TABLE}


@dataclass(frozen=True)
class PublicKey:
    """A client's public key, and the algorithms that it may be used with."""

    kid: str | None
    key_type: str
    algorithms: frozenset[str]
    key: Any


@dataclass(frozen=True)
class _Parts:
    header: dict[str, Any]
    payload: bytes
    signature: bytes
    signed: bytes


def read_header(token: str) -> dict[str, Any] | None:
    """Return the header of a JWS in compact form (RFC 7515, section 7.1), not verified; None where it is not one that we could take.

    It is an object with `alg`; `kid` and `typ` are strings where they are there; `crit` and `b64` (RFC 7797) are not.
    """
    parts = _split(token)
    return parts.header if parts else None


def read_unproven(token: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return header and claims of a JWT that nobody has verified; None for anything else. What they say proves nothing."""
    parts = _split(token)
    claims = read_object(parts.payload) if parts is not None else None
    return (parts.header, claims) if parts is not None and claims is not None else None


def is_of_type(header: dict[str, Any], types: Collection[str]) -> bool:
    """Return whether a header's `typ` (RFC 7515, section 4.1.9) is one of these small words, or `JWT` where there is none.

    Any other type names a JWT that was made for something else (RFC 8725, section 3.11).
    """
    return header.get("typ", "JWT").lower().removeprefix("application/") in types


def verify(token: str, keys: Sequence[PublicKey], algorithms: Collection[str]) -> dict[str, Any] | None:
    """Return the claims of a JWT that one of `keys` signed with one of `algorithms`, or None; times are not looked at.

    The header's `kid` chooses the key; without one every key that fits is tried, up to `MOST_TRIES`.
    """
    parts = _split(token)
    if parts is None:
        return None
    name = parts.header["alg"]
    if name not in SIGNATURES or name not in algorithms:
        return None
    if any(_is_signed_by(parts, name, key) for key in fitting(parts.header, keys)[:MOST_TRIES]):
        return read_object(parts.payload)
    return None


def fitting(header: dict[str, Any], keys: Sequence[PublicKey]) -> list[PublicKey]:
    """Return the keys that may have signed a token with this header: of its algorithm, and of its `kid` where it names one."""
    return [key for key in keys if header["alg"] in key.algorithms and header.get("kid") in (None, key.kid)]


def verify_hmac(token: str, secret: bytes, algorithms: Collection[str]) -> dict[str, Any] | None:
    """Return the claims of a JWT that was made with `secret` (HS256), or None; times are not looked at.

    A secret of less than 32 bytes proves nothing (RFC 7518, section 3.2).
    """
    parts = _split(token)
    if parts is None or len(secret) * 8 < TABLE["HS256"].smallest:
        return None
    if parts.header["alg"] != "HS256" or "HS256" not in algorithms:
        return None
    if not hmac.compare_digest(hmac.digest(secret, parts.signed, "sha256"), parts.signature):
        return None
    return read_object(parts.payload)


def read_unsigned(token: str) -> dict[str, Any] | None:
    """Return the claims of a JWT with `alg` none and no signature (RFC 7519, section 6), else None.

    For the request objects of the older flows alone, which prove nothing and need not.
    """
    parts = _split(token)
    if parts is None or parts.header["alg"] != "none" or parts.signature:
        return None
    return read_object(parts.payload)


def is_timely(
    claims: dict[str, Any], *, leeway: timedelta = LEEWAY, longest: timedelta | None = None, needs_exp: bool = True
) -> bool:
    """Return whether `exp`, `nbf` and `iat` (RFC 7519, section 4.1) are numbers and include the present, give or take `leeway`.

    `longest` is how far ahead `exp` may lie. Without `needs_exp` it may be missing.
    """
    times = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
    if not all(is_date(value) for value in times.values()) or (needs_exp and "exp" not in times):
        return False
    now, slack = clock.now().timestamp(), leeway.total_seconds()
    is_over = "exp" in times and times["exp"] <= now - slack
    is_too_long = "exp" in times and longest is not None and times["exp"] > now + longest.total_seconds() + slack
    is_for_later = any(times.get(name, now) > now + slack for name in ("nbf", "iat"))
    return not (is_over or is_too_long or is_for_later)


def parse_jwks(document: object) -> list[PublicKey] | str:
    """Return the keys of a set (RFC 7517, section 5) that verify signatures, or what is wrong with the set, as a sentence.

    For a set that is registered. Keys of unknown types, curves or algorithms and those for something else are left out. A private or
    symmetric key, a broken or weak one, two of a type with the same `kid`, and more than 50 are wrong.
    """
    members = _members_of(document)
    if isinstance(members, str):
        return members
    if not all(isinstance(member, dict) for member in members):
        return NO_SET
    if any(PRIVATE_MEMBERS & member.keys() for member in members):
        return "A key set must hold public keys only: one of these is private or symmetric."
    found: list[PublicKey] = []
    for member in members:
        key = _parse_key(member)
        if isinstance(key, str):
            return key
        if key is not None:
            found.append(key)
    names = [(key.key_type, key.kid) for key in found if key.kid is not None]
    return "Two keys of one type have the same kid." if len(set(names)) < len(names) else found


def read_jwks(document: object) -> list[PublicKey]:
    """Return those keys of a set that verify signatures, at most 50 of them, and none where it is no set.

    For a set that is fetched: keys that are not understood, lack something or are out of range are ignored (RFC 7517, section 5). A key
    whose private part was published with it counts nowhere in the set.
    """
    members = document["keys"] if isinstance(document, dict) and is_key_set(document) else []
    objects = [member for member in members[:MOST_MEMBERS] if isinstance(member, dict)]
    given_away = [_parse_key(_bare(member)) for member in objects if PRIVATE_MEMBERS & member.keys()]
    lost = [key.key for key in given_away if isinstance(key, PublicKey)]
    found = [_parse_key(member) for member in objects if PRIVATE_MEMBERS.isdisjoint(member)]
    return [key for key in found if isinstance(key, PublicKey) and key.key not in lost][:MOST_KEYS]


def is_key_set(document: object) -> bool:
    """Return whether a document is a key set (RFC 7517, section 5), whatever its keys are."""
    return isinstance(document, dict) and isinstance(document.get("keys"), list)


def is_known(header: dict[str, Any], keys: Sequence[PublicKey]) -> bool:
    """Return whether a token's key is among these. Keys of different types may share a `kid` (RFC 7517, section 4.5)."""
    kid = header.get("kid")
    return kid is not None and any(key.kid == kid and header["alg"] in key.algorithms for key in keys)


def _members_of(document: object) -> list[Any] | str:
    members = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(members, list):
        return NO_SET
    return members if len(members) <= MOST_KEYS else f"A key set has at most {MOST_KEYS} keys."


def _bare(member: dict[str, Any]) -> dict[str, Any]:
    """Return the public numbers of a key, whatever it is called and meant for."""
    kty = member.get("kty")
    names = _MEMBERS.get(kty, ()) if isinstance(kty, str) else ()
    return {name: member.get(name) for name in names}


def _parse_key(member: dict[str, Any]) -> PublicKey | str | None:
    names = _algorithms_of(member)
    if not names:
        return None
    kid = member.get("kid")
    if kid is not None and not (isinstance(kid, str) and 0 < len(kid) <= LONGEST_KID and kid.isprintable()):
        return f"A kid is a text of 1 to {LONGEST_KID} characters."
    values = {name: member.get(name) for name in _MEMBERS[member["kty"]]}
    if not all(isinstance(value, str) and len(value) <= LONGEST_NUMBER for value in values.values()):
        return f"A key of the type {member['kty']} lacks one of {', '.join(values)}, or has one that is too long."
    if any(decode(str(values[name])) is None for name in values.keys() - {"kty", "crv"}):
        return f"A key of the type {member['kty']} is not written in base64url."
    try:
        key = _ENGINES[names[0]].from_jwk(values)
    except Exception:  # the numbers are anybody's: whatever the libraries make of them, it is no key
        return f"A key of the type {member['kty']} is broken."
    if member["kty"] == "RSA" and not _is_good_rsa(key):
        return f"An RSA key has {TABLE['RS256'].smallest} to {LARGEST_RSA} bits and a small exponent."
    return PublicKey(kid, member["kty"], frozenset(names), key)


def _algorithms_of(member: dict[str, Any]) -> list[str]:
    """Return the allowed algorithms that a key may verify: by its type and curve, its `use`, `key_ops` and `alg` (RFC 7517, section 4)."""
    operations = ["verify"] if member.get("key_ops") is None else member["key_ops"]
    if member.get("use") not in (None, "sig") or not isinstance(operations, list) or "verify" not in operations:
        return []
    return [
        name
        for name in SIGNATURES
        if TABLE[name].key_type == member.get("kty")
        and TABLE[name].curve in (None, member.get("crv"))
        and member.get("alg") in (None, name)
    ]


def _is_good_rsa(key: Any) -> bool:
    size: int = key.key_size
    exponent: int = key.public_numbers().e
    return TABLE["RS256"].smallest <= size <= LARGEST_RSA and exponent % 2 == 1 and exponent < LARGEST_EXPONENT


def _is_signed_by(parts: _Parts, name: str, key: PublicKey) -> bool:
    try:
        return bool(_ENGINES[name].verify(parts.signed, key.key, parts.signature))
    except Exception:  # as in _parse_key: key and signature are anybody's
        return False


def _split(token: object) -> _Parts | None:
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN or token.count(".") != 2:
        return None
    first, second, third = token.split(".")
    header, payload, signature = decode(first), decode(second), decode(third)
    if header is None or payload is None or signature is None:
        return None
    members = read_object(header)
    if members is None or not isinstance(members.get("alg"), str) or not {"crit", "b64"}.isdisjoint(members):
        return None
    if not all(isinstance(members.get(name, ""), str) for name in ("kid", "typ")):
        return None
    return _Parts(members, payload, signature, f"{first}.{second}".encode("ascii"))


def is_date(value: object) -> bool:
    """Return whether a value is a NumericDate (RFC 7519, section 2) before the year 10000: no boolean, no text, no infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= LATEST
