"""Keys and tokens of somebody else: what a client registers and signs, and generated rubbish in their place."""

import base64
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import strategies as st
from jwt.algorithms import get_default_algorithms

from idp.keys import jose
from idp.keys.jose import PublicKey

SECRET = b"s" * 32
PRIVATE: dict[str, Any] = {
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
PRIVATE["PS256"] = PRIVATE["RS256"]
ALL = ("RS256", "PS256", "ES256", "EdDSA")


def jwk(algorithm: str, private: Any = None, **members: Any) -> dict[str, Any]:
    """Return the public JWK of a key of this test; None leaves a member out."""
    key = (private or PRIVATE[algorithm]).public_key()
    found = get_default_algorithms()[algorithm].to_jwk(key, as_dict=True)
    found.pop("key_ops", None)
    return {name: value for name, value in ({**found, "kid": algorithm} | members).items() if value is not None}


def parsed(*members: dict[str, Any]) -> list[PublicKey]:
    """Return the keys of a good set."""
    keys = jose.parse_jwks({"keys": list(members)})
    assert isinstance(keys, list), keys
    return keys


def signed(algorithm: str, claims: dict[str, Any] | None = None, key: Any = None, **header: Any) -> str:
    """Return a JWT; its header names the key, unless `kid` is None."""
    headers = {name: value for name, value in ({"kid": algorithm} | header).items() if value is not None}
    return jwt.encode(claims or {"iss": "me"}, key or PRIVATE[algorithm], algorithm=algorithm, headers=headers)


def b64(value: object) -> str:
    """Return base64url of bytes, a text, or anything as JSON."""
    raw = value if isinstance(value, bytes) else (value if isinstance(value, str) else json.dumps(value)).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def resigned(header: object, payload: object = "{}") -> str:
    """Return a token with exactly this header and payload, rightly signed with ES256."""
    text = f"{b64(header)}.{b64(payload)}"
    signature = get_default_algorithms()["ES256"].sign(text.encode(), PRIVATE["ES256"])
    return f"{text}.{b64(signature)}"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
