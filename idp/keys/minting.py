"""JWTs of ours: signed with the current keys, and verified with all of them.

Each is parsed once. A signature that was good a moment ago is not computed again: its token is remembered by its digest, while its key is
among ours. Whether it is timely, and for whom, is looked at each time.
"""

import hashlib
import json
import threading
from typing import Any

from jwt.algorithms import get_default_algorithms

from idp.base import clock
from idp.keys import ring
from idp.keys.parsing import decode, encode

MOST_REMEMBERED = 500  # tokens of a process, of about three kilobytes each

_ENGINES = {
    name: engine for name, engine in get_default_algorithms().items() if name in ("RS256", "PS256", "ES256", "EdDSA")
}
_encode = json.JSONEncoder(separators=(",", ":")).encode  # made once: `json.dumps` would make one each time
_headers: dict[tuple[str, str, str], str] = {}
_remembered: dict[tuple[int, bytes], tuple[dict[str, Any], dict[str, Any]]] = {}
_lock = threading.Lock()


def sign(claims: dict[str, Any], algorithm: str, typ: str = "JWT") -> str:
    """Return a JWT signed with the current key of `algorithm`, `kid` in its header (RFC 7515)."""
    key = ring.current(algorithm)
    named = (key.kid, algorithm, typ)
    header = _headers.get(named)
    if header is None:
        if len(_headers) >= MOST_REMEMBERED:
            _headers.clear()
        header = _headers[named] = encode(_write({"typ": typ, "alg": algorithm, "kid": key.kid}))
    signed = f"{header}.{encode(_write(claims))}"
    return f"{signed}.{encode(_ENGINES[algorithm].sign(signed.encode(), key.private_key))}"


def verify(
    token: str,
    *,
    issuer: str,
    typ: str | None = None,
    audience: str | None = None,
    is_for_anybody: bool = False,
    can_expire: bool = True,
    needs: frozenset[str] = frozenset(),
) -> dict[str, Any] | None:
    """Return the claims of a JWT of ours, or None for anything else.

    The key is found by `kid` among our own and brings its one algorithm; `jku`, `x5u` and `jwk` headers are never read. A token has one
    spelling: padding, stray bits and foreign characters are refused (RFC 7515, section 2). It is for `audience`, or for nobody where
    none is given, unless `is_for_anybody`; it `needs` these claims. The time is the house's own clock's.
    """
    found = _open(token)
    if found is None:
        return None
    header, claims = found
    if typ is not None and str(header.get("typ", "")).lower() != typ.lower():
        return None
    if claims.get("iss") != issuer or not (is_for_anybody or _is_for(claims.get("aud"), audience)):
        return None
    if any(claims.get(name) is None for name in needs):
        return None
    try:
        return dict(claims) if _is_timely(claims, can_expire) else None
    except (TypeError, ValueError):
        return None


def _open(token: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return header and claims of a token that one of our keys signed."""
    # What is no text of ours may hold half a character.
    named = (ring.place(), hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest())
    found = _remembered.get(named)
    if found is not None and ring.find(found[0]["kid"]) is not None:
        return found
    found = _prove(token)
    if found is not None:
        with _lock:
            while len(_remembered) >= MOST_REMEMBERED:
                del _remembered[next(iter(_remembered))]
            _remembered[named] = found
    return found


def _prove(token: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    signed = token.rpartition(".")[0]
    parts = [decode(part) for part in token.split(".", 3)]
    if len(parts) != 3 or parts[0] is None or parts[1] is None or parts[2] is None:
        return None
    header = _read(parts[0])
    if header is None or not isinstance(header.get("kid"), str) or "crit" in header:
        return None
    key = ring.find(header["kid"])
    if key is None or header.get("alg") != key[0]:
        return None
    if not _ENGINES[key[0]].verify(signed.encode(), key[1], parts[2]):
        return None
    claims = _read(parts[1])
    return (header, claims) if claims is not None else None


def _is_for(named: object, audience: str | None) -> bool:
    """Return whether a token names this audience (RFC 7519, section 4.1.3); without one, whether it names none."""
    if audience is None or not named:
        return audience is None and not named
    return named == audience or (isinstance(named, list) and audience in named)


def _is_timely(claims: dict[str, Any], can_expire: bool) -> bool:
    """Return whether a token is neither too old nor for later (RFC 7519, sections 4.1.4 and 4.1.5)."""
    now = clock.timestamp()
    is_over = can_expire and "exp" in claims and now >= int(claims["exp"])
    return not is_over and now >= int(claims.get("nbf", 0))


def _write(members: dict[str, Any]) -> bytes:
    return _encode(members).encode()


def _read(raw: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
