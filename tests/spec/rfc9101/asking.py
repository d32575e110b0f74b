"""Clients that put their authorization requests into signed objects, and what they send."""

from typing import Any

from werkzeug.test import TestResponse

from tests.factories import Browser, Client, Provider, request
from tests.keys.strangers import ALL, b64, jwk, resigned, signed

MARK = {"state": "inside", "nonce": "n-inside"}


def register(provider: Provider, **members: Any) -> Client:
    """Register a client that has told its keys."""
    keys = {"keys": [jwk(algorithm) for algorithm in ALL]}
    usual = {} if "jwks_uri" in members else {"jwks": keys}
    return provider.client(**(usual | {"first_party": True} | members))


def claims(client: Client, **changes: Any) -> dict[str, Any]:
    """Return the claims of a good request object, with these changes; None leaves one out."""
    values = request(client, **MARK) | changes
    return {name: value for name, value in values.items() if value is not None}


def make(client: Client, algorithm: str = "ES256", key: Any = None, **changes: Any) -> str:
    """Return an object that is signed with the key of this algorithm, or another."""
    return signed(algorithm, claims(client, **changes), key)


def write(client: Client, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """Return an object, rightly signed with ES256, with whatever in its header and its claims."""
    return resigned({"alg": "ES256", "kid": "ES256"} | (header or {}), claims(client, **changes))


def make_unsigned(client: Client, **changes: Any) -> str:
    """Return an object without a signature."""
    return f"{b64({'alg': 'none'})}.{b64(claims(client, **changes))}."


def send(browser: Browser, client: Client, **outer: str | None) -> TestResponse:
    """Send a request with these parameters around the object, beside the client identifier alone."""
    values = {"client_id": client.client_id} | outer
    return browser.http.get(
        "/oauth/authorize",
        query_string={name: value for name, value in values.items() if value is not None},
        headers={"Accept": "text/html"},
    )


def around(client: Client, **changes: str | None) -> dict[str, str | None]:
    """Return what a careful client repeats around the object, so that it hears of errors."""
    return {"redirect_uri": client.redirect_uri, "state": "outside", "response_type": "code", **changes}
