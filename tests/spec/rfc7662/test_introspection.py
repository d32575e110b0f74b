"""RFC 7662: token introspection."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.base import clock
from idp.clients import service as clients
from tests.factories import Browser, Client, Person, Provider

INACTIVE = {"active": False}
OFFLINE = "openid email offline_access"


@pytest.fixture
def api(provider: Provider) -> Client:
    """A resource server."""
    return provider.client(client_name="API", grant_types=["client_credentials"], redirect_uris=[])


def test_an_active_access_token(
    provider: Provider, browser: Browser, ann: Person, shop: Client, phone: Client, api: Client
) -> None:
    """Any confidential client may ask about an access token and learns its claims, and no internal ones (2.2)."""
    for client in (shop, phone):
        token = provider.grant(client, browser, "openid email")["access_token"]
        answer = provider.introspect(api, token)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        claims = provider.verify(token, provider.issuer)
        claims.pop("gid")
        assert answer.json == {"active": True, "token_type": "Bearer", **claims}
        assert answer.json["sub"] == ann.sub
        assert answer.json["client_id"] == client.client_id
        assert answer.json["scope"] == "openid email"


def test_a_clients_own_token_is_active(provider: Provider, api: Client) -> None:
    """A token from client_credentials is active, its subject the client (2.2)."""
    token = provider.token(api, grant_type="client_credentials", scope="email").json["access_token"]
    answer = provider.introspect(api, token)
    assert (answer.json["active"], answer.json["sub"]) == (True, api.client_id)
    provider.revoke(api, token)
    assert provider.introspect(api, token).json == INACTIVE


def test_a_refresh_token_is_its_own_clients_business(
    provider: Provider, browser: Browser, ann: Person, shop: Client, api: Client
) -> None:
    """Only the client it was issued to learns anything of a refresh token (2.1, 4)."""
    token = provider.grant(shop, browser, OFFLINE)["refresh_token"]
    own = provider.introspect(shop, token, token_type_hint="refresh_token").json
    assert own == {
        "active": True,
        "token_type": "refresh_token",
        "client_id": shop.client_id,
        "sub": ann.sub,
        "scope": OFFLINE,
        "iss": provider.issuer,
    }
    assert provider.introspect(api, token).json == INACTIVE


def test_a_narrowed_registration(provider: Provider, browser: Browser, shop: Client, api: Client) -> None:
    """A scope that was taken from the client is not told of its tokens any more (2.2)."""
    tokens = provider.grant(shop, browser, OFFLINE)
    with provider.registration(shop) as row:
        clients.change(row, replace(clients.to_metadata(row), scope="openid offline_access"))
    assert provider.introspect(api, tokens["access_token"]).json["scope"] == "openid offline_access"
    assert provider.introspect(shop, tokens["refresh_token"]).json["scope"] == "openid offline_access"


def test_hints_are_only_hints(provider: Provider, browser: Browser, shop: Client) -> None:
    """A wrong or unknown token_type_hint does not keep a token from being found (2.1)."""
    tokens = provider.grant(shop, browser, OFFLINE)
    for token in (tokens["access_token"], tokens["refresh_token"]):
        for hint in ("access_token", "refresh_token", "nonsense"):
            assert provider.introspect(shop, token, token_type_hint=hint).json["active"] is True


def test_inactive_tokens_say_nothing_else(provider: Provider, browser: Browser, shop: Client, api: Client) -> None:
    """What is unknown, expired, revoked or no token of the kind is inactive, and nothing more is said (2.2)."""
    with clock.moved(-timedelta(minutes=11)):
        old = provider.grant(shop, browser)["access_token"]
    tokens = provider.grant(shop, browser)
    for token in ("unknown", "a.b.c", tokens["id_token"], old):
        assert provider.introspect(api, token).json == INACTIVE
    assert provider.introspect(api, tokens["access_token"]).json["active"] is True
    provider.revoke(shop, tokens["access_token"])
    assert provider.introspect(api, tokens["access_token"]).json == INACTIVE


def test_a_token_dies_with_what_it_stands_on(
    provider: Provider, browser: Browser, ann: Person, shop: Client, phone: Client, api: Client
) -> None:
    """A token whose client, session or account is no more is inactive (2.2)."""
    of_shop, of_phone = (provider.grant(client, browser)["access_token"] for client in (shop, phone))
    provider.disable(shop)
    assert provider.introspect(api, of_shop).json == INACTIVE
    assert provider.introspect(api, of_phone).json["active"] is True
    browser.sign_out()
    assert provider.introspect(api, of_phone).json == INACTIVE


def test_a_disabled_clients_own_token_is_inactive(provider: Provider, api: Client) -> None:
    """A disabled client's client_credentials tokens are inactive at once (2.2)."""
    machine = provider.client(grant_types=["client_credentials"])
    token = provider.token(machine, grant_type="client_credentials").json["access_token"]
    provider.disable(machine)
    assert provider.introspect(api, token).json == INACTIVE


def test_the_caller_must_authenticate(provider: Provider, browser: Browser, shop: Client, phone: Client) -> None:
    """Nobody asks without credentials, public clients included: anybody could scan for tokens (2.1, 4; item 57)."""
    token = provider.grant(shop, browser)["access_token"]
    wrong = {"client_id": shop.client_id, "client_secret": "wrong"}
    for credentials in ({}, {"client_id": "nobody"}, {"client_id": shop.client_id}, phone.post(), wrong):
        answer = provider.introspect(None, token, **credentials)
        assert answer.status_code == 401
        assert answer.json["error"] == "invalid_client"
        assert answer.json["error_description"].startswith("Client authentication failed. ")


def test_no_token_is_an_error(provider: Provider, shop: Client) -> None:
    """The parameter token is required (2.1)."""
    answer = provider.introspect(shop, "", something="else")
    assert answer.status_code == 400
    assert answer.json == {"error": "invalid_request", "error_description": "The parameter token is missing."}
