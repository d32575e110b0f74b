"""RFC 8707, section 2.2: `resource` at the token endpoint, and the tokens that come of it."""

import jwt
import pytest

from idp.clients import service as clients
from idp.resources import service
from tests.factories import Browser, Client, Person, Provider
from tests.spec.rfc8707.naming import BILLS, ORDERS, SCOPE, code, refused


def test_a_token_is_for_the_one_that_was_granted(
    provider: Provider, browser: Browser, ann: Person, shop: Client
) -> None:
    """With one granted resource none need be named: `aud` is it, the scopes are its own, the signature and the life as it wants (2.2)."""
    answer = provider.redeem(shop, code(browser, shop, ORDERS)).json
    assert (answer["scope"], answer["expires_in"]) == ("orders.read orders.write", 300)
    token = answer["access_token"]
    assert jwt.get_unverified_header(token) | {"kid": ""} == {"typ": "at+jwt", "alg": "RS256", "kid": ""}
    claims = provider.verify(token, ORDERS)
    assert (claims["aud"], claims["sub"], claims["client_id"]) == (ORDERS, ann.sub, shop.client_id)
    assert (claims["scope"], claims["exp"] - claims["iat"]) == ("orders.read orders.write", 300)
    assert provider.verify(answer["id_token"], shop.client_id)["sub"] == ann.sub


def test_without_a_resource_everything_is_as_ever(provider: Provider, browser: Browser, shop: Client) -> None:
    """A client that names none gets a token for this server, with all that was granted."""
    answer = provider.redeem(shop, code(browser, shop)).json
    claims = provider.verify(answer["access_token"], provider.issuer)
    assert (claims["aud"], claims["scope"], answer["scope"]) == (provider.issuer, SCOPE, SCOPE)
    assert provider.userinfo(answer["access_token"]).status_code == 200


def test_of_several_one_is_named(provider: Provider, browser: Browser, shop: Client) -> None:
    """With several granted resources one is named in each token request, and a refused request does not use the code up (2.2)."""
    one = code(browser, shop, ORDERS, BILLS)
    assert "none of several" in refused(provider.redeem(shop, one))
    assert "one audience" in refused(provider.redeem(shop, one, resource=[ORDERS, BILLS]))
    assert "No API" in refused(provider.redeem(shop, one, resource="https://mcp.example/"))
    assert "absolute URI" in refused(provider.redeem(shop, one, resource="orders"))
    answer = provider.redeem(shop, one, resource=ORDERS)
    assert answer.status_code == 200, answer.text
    assert provider.verify(answer.json["access_token"], ORDERS)["scope"] == "orders.read orders.write"


def test_what_was_not_granted_is_refused(provider: Provider, browser: Browser, shop: Client) -> None:
    """A resource that the authorization request did not name is `invalid_target`, whether others were named or none (2.2)."""
    for named in ((BILLS,), ()):
        one = code(browser, shop, *named)
        assert "another one" in refused(provider.redeem(shop, one, resource=ORDERS))
        assert provider.redeem(shop, one).status_code == 200


def test_this_server_may_be_named(provider: Provider, browser: Browser, shop: Client) -> None:
    """The issuer is a resource of every grant: such a token is good at userinfo, and has no scope of any API."""
    one = code(browser, shop, ORDERS)
    answer = provider.redeem(shop, one, resource=provider.issuer).json
    assert answer["scope"] == "openid email offline_access"
    assert provider.userinfo(answer["access_token"]).json["email"] == "ann@example.org"


@pytest.mark.parametrize("kind", ["shop", "phone"])
def test_a_refresh_token_chooses_among_what_was_granted(
    provider: Provider, browser: Browser, kind: str, request: pytest.FixtureRequest
) -> None:
    """A refresh may ask for another granted resource each time, and for fewer scopes; a refused one uses the token up for nobody (2.2)."""
    client: Client = request.getfixturevalue(kind)
    answer = provider.redeem(client, code(browser, client, ORDERS, BILLS), resource=ORDERS).json
    token = answer["refresh_token"]
    assert "none of several" in refused(provider.refresh(client, token))
    assert "No API" in refused(provider.refresh(client, token, resource="urn:x:y"))
    answer = provider.refresh(client, token, resource=BILLS).json
    assert answer["scope"] == "bills.read"
    token = answer.get("refresh_token", token)
    answer = provider.refresh(client, token, resource=ORDERS, scope="orders.read").json
    assert provider.verify(answer["access_token"], ORDERS)["scope"] == "orders.read"
    token = answer.get("refresh_token", token)
    answer = provider.refresh(client, token, resource=ORDERS).json
    assert answer["scope"] == "orders.read orders.write"


def test_a_refresh_never_widens(provider: Provider, browser: Browser, phone: Client) -> None:
    """A resource that was not granted is refused, and the token that was shown stays good (2.2)."""
    token = provider.redeem(phone, code(browser, phone, ORDERS)).json["refresh_token"]
    assert "another one" in refused(provider.refresh(phone, token, resource=BILLS))
    assert provider.refresh(phone, token).json["scope"] == "orders.read orders.write"


def test_a_client_of_its_own(provider: Provider, shop: Client) -> None:
    """With client credentials a resource narrows the client's own scopes to that one's; without one all is as ever (2.2)."""
    answer = provider.token(shop, grant_type="client_credentials", resource=ORDERS).json
    claims = provider.verify(answer["access_token"], ORDERS)
    assert (claims["sub"], claims["scope"]) == (shop.client_id, "orders.read orders.write")
    answer = provider.token(shop, grant_type="client_credentials", resource=ORDERS, scope="orders.read").json
    assert answer["scope"] == "orders.read"
    usual = provider.token(shop, grant_type="client_credentials").json
    assert provider.verify(usual["access_token"], provider.issuer)["scope"] == "orders.read orders.write bills.read"
    assert "absolute URI" in refused(provider.token(shop, grant_type="client_credentials", resource="bills"))


def test_a_scope_that_was_taken_away_is_in_no_new_token(provider: Provider, browser: Browser, shop: Client) -> None:
    """A token has the scopes that the resource has when it is made, and that the client still has."""
    token = provider.redeem(shop, code(browser, shop, ORDERS)).json["refresh_token"]
    with provider.registration(shop) as row:
        row.scope = "openid offline_access orders.read"
    with provider.working():
        clients.reload()
    assert provider.refresh(shop, token).json["scope"] == "orders.read"
    with provider.registration(shop) as row:
        row.scope = "openid offline_access"
    with provider.working():
        clients.reload()
    assert "no scope of the resource" in refused(provider.refresh(shop, token))


def test_a_deleted_resource_gets_no_token(provider: Provider, browser: Browser, shop: Client) -> None:
    """Once it is deleted, its tokens are not active and none is made; the rest of the grant goes on."""
    answer = provider.redeem(shop, code(browser, shop, ORDERS)).json
    with provider.app.test_request_context(), provider.working():
        row = service.find(ORDERS, for_change=True)
        assert row is not None
        service.remove(row, actor="test")
    assert provider.introspect(shop, answer["access_token"]).json == {"active": False}
    assert "No API" in refused(provider.refresh(shop, answer["refresh_token"]))
    assert provider.refresh(shop, answer["refresh_token"], resource=provider.issuer).status_code == 200


def test_tokens_for_an_api_are_of_no_use_here(provider: Provider, browser: Browser, shop: Client) -> None:
    """Userinfo, SCIM and the HTTP API take tokens for this server alone, and say what is wrong with others (RFC 9068, 4)."""
    for resource in (ORDERS, BILLS):
        token = provider.redeem(shop, code(browser, shop, resource)).json["access_token"]
        answer = provider.userinfo(token)
        assert (answer.status_code, 'error="invalid_token"' in answer.headers["WWW-Authenticate"]) == (401, True)
        assert "another audience" in answer.headers["WWW-Authenticate"]
        for path in ("/scim/v2/Users", "/api/v1/clients"):
            assert provider.http.get(path, headers={"Authorization": f"Bearer {token}"}).status_code == 401
