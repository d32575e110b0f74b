"""RFC 9701: introspection that is answered with a JWT."""

import jwt
import pytest
from werkzeug.test import TestResponse

from idp.base import clock
from tests.factories import Browser, Client, Provider

TYPE = "application/token-introspection+jwt"


def introspect(provider: Provider, client: Client, token: str, accept: str = TYPE) -> TestResponse:
    """Ask about a token, for an answer of a type."""
    headers = {"Accept": accept} | client.basic()
    return provider.http.post("/oauth/introspect", data={"token": token}, headers=headers)


@pytest.mark.parametrize(("registered", "alg"), [(None, "RS256"), ("ES256", "ES256")])
def test_an_answer_is_signed_for_its_asker(
    provider: Provider, browser: Browser, registered: str | None, alg: str
) -> None:
    """Who asks for it gets a JWT of its own type for itself alone, in its algorithm, with what JSON would say (4, 5)."""
    api = provider.client(introspection_signed_response_alg=registered)
    token = provider.grant(api, browser)["access_token"]
    answer = introspect(provider, api, token)
    assert (answer.status_code, answer.mimetype) == (200, TYPE)
    assert answer.headers["Cache-Control"] == "no-store"
    header = jwt.get_unverified_header(answer.text)
    assert (header["typ"], header["alg"]) == ("token-introspection+jwt", alg)
    claims = provider.verify(answer.text, api.client_id)
    assert claims.keys() == {"iss", "aud", "iat", "token_introspection"}
    assert abs(claims["iat"] - clock.timestamp()) <= 2
    assert claims["token_introspection"] == provider.introspect(api, token).json


def test_of_what_is_not_active_nothing_is_said(provider: Provider, shop: Client) -> None:
    """Of an unknown token the JWT says that it is not active, and nothing else (5)."""
    claims = provider.verify(introspect(provider, shop, "unknown").text, shop.client_id)
    assert claims["token_introspection"] == {"active": False}


def test_errors_and_other_types_are_json(provider: Provider, shop: Client) -> None:
    """A refusal is JSON whatever was asked for, and so is every answer to who asks for nothing of the kind."""
    refused = provider.http.post("/oauth/introspect", data={"token": "x"}, headers={"Accept": TYPE})
    assert (refused.status_code, refused.mimetype) == (401, "application/json")
    for accept in ("", "*/*", "application/json"):
        assert introspect(provider, shop, "x", accept).json == {"active": False}


def test_discovery(provider: Provider) -> None:
    """The algorithms are told (7)."""
    told = provider.http.get("/.well-known/openid-configuration").json
    assert told["introspection_signing_alg_values_supported"] == ["RS256", "PS256", "ES256", "EdDSA"]
