"""RFC 9470, section 6: an API learns from every access token of a person how and when they signed in."""

from typing import Any

from tests.factories import Browser, Client, Person, Provider
from tests.spec.rfc9449.proving import prove, redeem


def told(provider: Provider, api: Client, token: str) -> list[dict[str, Any]]:
    """Return what the token says, and what introspection says of it."""
    return [provider.verify(token, provider.issuer), provider.introspect(api, token).json]


def test_every_kind_of_token_tells(provider: Provider, browser: Browser, shop: Client, phone: Client) -> None:
    """Of a code, of a refresh, narrowed, and bound to a key: acr and auth_time are those of the sign-in (6.1, 6.2)."""
    first = provider.grant(shop, browser, "openid email offline_access", prompt="consent")
    refreshed = provider.refresh(shop, first["refresh_token"], scope="email").json
    code = browser.answer(phone, scope="openid")["code"]
    bound = redeem(provider, phone, code, prove(provider)).json
    auth_time = provider.verify(first["id_token"], shop.client_id)["auth_time"]
    for tokens in (first, refreshed, bound):
        for claims in told(provider, shop, tokens["access_token"]):
            assert (claims["acr"], claims["auth_time"]) == ("1", auth_time)


def test_tokens_of_older_interfaces_tell_too(provider: Provider, ann: Person) -> None:
    """A front end of an older interface gets tokens with the same claims, by which an API can ask for more."""
    answer = provider.http.post("/auth/login/", json={"email": ann.email, "password": ann.password})
    assert answer.status_code == 200, answer.text
    claims = provider.verify(answer.json["access"], provider.issuer)
    assert claims["acr"] == "1"
    assert claims["auth_time"] <= claims["iat"]
