"""A relying party of the suite: how it was registered, with which key it signs, how it proves itself."""

import base64
import json
import secrets
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote_plus

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from idp.base import clock

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class Key:
    """An RSA key; the suite's ordinary ones have no `kid`."""

    private: rsa.RSAPrivateKey
    kid: str | None = None

    def public(self) -> dict[str, Any]:
        """Return the public key as a JWK (RFC 7517)."""
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        named = {"kid": self.kid} if self.kid else {}
        return {name: jwk[name] for name in ("kty", "n", "e")} | {"use": "sig", "alg": "RS256"} | named

    def sign(self, claims: dict[str, Any]) -> str:
        """Return a JWT of these claims, in RS256."""
        return jwt.encode(claims, self.private, "RS256", headers={"kid": self.kid} if self.kid else None)


@cache
def key(number: int, kid: str | None = None) -> Key:
    """Return one of the suite's keys; they are made once, because that takes long."""
    return Key(_private(number), kid)


@cache
def _private(_number: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def unsigned(claims: dict[str, Any]) -> str:
    """Return a JWT without a signature (RFC 7519, section 6)."""
    return jwt.encode(claims, None, "none")


@dataclass
class Party:
    """One registered relying party."""

    client_id: str
    secret: str | None
    redirect_uri: str
    auth: str
    key: Key
    registration: dict[str, Any] = field(default_factory=dict)

    def prove(self, token_endpoint: str, audience: str | None = None) -> tuple[dict[str, str], dict[str, str]]:
        """Return the headers and the form parameters of its client authentication."""
        if self.auth == "client_secret_basic":
            pair = f"{quote_plus(self.client_id)}:{quote_plus(self.secret or '')}"
            return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}, {}
        if self.auth == "client_secret_post":
            return {}, {"client_id": self.client_id, "client_secret": self.secret or ""}
        now = clock.timestamp()
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": audience or token_endpoint}
        times = {"iat": now, "exp": now + 60, "jti": secrets.token_urlsafe(20)}
        return {}, {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.key.sign(claims | times)}
