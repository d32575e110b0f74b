"""Clients that prove themselves by assertions, and the assertions that they send."""

import secrets
from typing import Any

import jwt
from werkzeug.test import TestResponse

from idp.base import clock
from idp.oauth.assertions import TYPE
from tests.factories import Client, Provider
from tests.keys.strangers import ALL, jwk, resigned, signed

GRANT = {"grant_type": "client_credentials"}
GRANTS = ["authorization_code", "refresh_token", "client_credentials"]


def register(provider: Provider, **members: Any) -> Client:
    """Register a client that signs with keys of its own, which it has told."""
    keys = {"keys": [jwk(algorithm) for algorithm in ALL]}
    usual = {"token_endpoint_auth_method": "private_key_jwt", "grant_types": GRANTS, "jwks": keys}
    if members.keys() & {"jwks_uri", "token_endpoint_auth_method"}:
        usual.pop("jwks")
    return provider.client(**(usual | members))


def claims(provider: Provider, client: Client, **changes: Any) -> dict[str, Any]:
    """Return the claims of a good assertion, with these changes; None leaves one out."""
    now = clock.timestamp()
    usual = {"iss": client.client_id, "sub": client.client_id, "aud": provider.issuer, "jti": secrets.token_urlsafe()}
    return {
        name: value for name, value in (usual | {"iat": now, "exp": now + 60} | changes).items() if value is not None
    }


def make(provider: Provider, client: Client, algorithm: str = "ES256", key: Any = None, **changes: Any) -> str:
    """Return an assertion that is signed with the key of this algorithm, or another."""
    return signed(algorithm, claims(provider, client, **changes), key)


def write(provider: Provider, client: Client, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """Return an assertion, rightly signed with ES256, with whatever in its header and its claims."""
    return resigned({"alg": "ES256", "kid": "ES256"} | (header or {}), claims(provider, client, **changes))


def make_mac(provider: Provider, client: Client, secret: str | None = None, **changes: Any) -> str:
    """Return an assertion that is made with the client's secret, or another."""
    return jwt.encode(claims(provider, client, **changes), secret or client.secret or "", algorithm="HS256")


def send(provider: Provider, assertion: str, path: str = "/oauth/token", **others: str | None) -> TestResponse:
    """Send a request that is authenticated by an assertion, and return the answer."""
    form = GRANT | {"client_assertion_type": TYPE, "client_assertion": assertion} | others
    return provider.http.post(path, data={name: value for name, value in form.items() if value is not None})


def is_taken(provider: Provider, assertion: str) -> bool:
    """Send an assertion to the token endpoint and return whether it was taken."""
    answer = send(provider, assertion)
    if answer.status_code == 200:
        return True
    assert answer.status_code == 401, answer.text
    assert answer.json["error"] == "invalid_client"
    assert answer.json["error_description"].startswith("Client authentication failed. ")
    assert answer.headers["Cache-Control"] == "no-store"
    return False
