"""JWTs that bring the public key that signed them, and prove nothing but that their sender has its private part (RFC 9449, section 4.2).

Nowhere else is a key taken from a token. What such a JWT says of itself is its sender's word; whose key it is, is known by its thumbprint.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from idp.keys import jose
from idp.keys.parsing import encode

REQUIRED = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}


@dataclass(frozen=True)
class Possession:
    """The claims of such a JWT, and the thumbprint of the key that signed it."""

    claims: dict[str, Any]
    thumbprint: str
    algorithm: str


def read(token: str, typ: str) -> Possession | None:
    """Return what a JWT of this type proves; None where its signature is not that of the key in its header, or either is not taken here.

    Times are not looked at. A private or symmetric key, and one that is too weak, proves nothing.
    """
    header = jose.read_header(token)
    if header is None or header.get("typ", "").lower() != typ or not isinstance(header.get("jwk"), dict):
        return None
    member = {**header["jwk"], "kid": header.get("kid")}
    keys = jose.parse_jwks({"keys": [member]})
    if isinstance(keys, str) or len(keys) != 1:
        return None
    claims = jose.verify(token, keys, jose.SIGNATURES)
    return Possession(claims, thumbprint_of(member), header["alg"]) if claims is not None else None


def thumbprint_of(key: dict[str, Any]) -> str:
    """Return the SHA-256 thumbprint of a public key (RFC 7638, section 3) in base64url; the key has been parsed before."""
    members = {name: key[name] for name in REQUIRED[key["kty"]]}
    return encode(hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest())
