"""Access tokens that say nothing by themselves, for an API that asks about them (RFC 7662)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from idp.base import clock, crypto, database
from idp.oauth import opaque, tokens
from idp.oauth.models import OpaqueToken
from tests.factories import Browser, Client, Person, Provider
from tests.spec.rfc8707.naming import BILLS, ORDERS, code


@pytest.fixture
def api(provider: Provider) -> Client:
    """A resource server."""
    return provider.client(client_name="API", grant_types=["client_credentials"], redirect_uris=[])


def kept(provider: Provider) -> list[bytes]:
    """Return the digests that are kept."""
    with provider.working():
        return list(database.session().scalars(select(OpaqueToken.digest)))


def test_the_api_asks_and_learns_the_claims(
    provider: Provider, browser: Browser, ann: Person, shop: Client, api: Client
) -> None:
    """256 bits behind a prefix, kept as a digest; introspection tells what a JWT would say, and for whom it is."""
    answer = provider.redeem(shop, code(browser, shop, BILLS)).json
    token = answer["access_token"]
    assert token.startswith(opaque.PREFIX)
    assert len(token) == len(opaque.PREFIX) + 43
    assert kept(provider) == [crypto.digest(token)]
    told = provider.introspect(api, token).json
    assert (told["active"], told["aud"], told["sub"], told["scope"]) == (True, BILLS, ann.sub, "bills.read")
    assert (told["client_id"], told["token_type"], "gid" in told) == (shop.client_id, "Bearer", False)
    assert told["exp"] - told["iat"] == answer["expires_in"] == 600
    assert provider.introspect(api, token + "x").json == {"active": False}


def test_a_jwt_for_an_api_is_told_too(provider: Provider, browser: Browser, shop: Client, api: Client) -> None:
    """Introspection knows the tokens of every registered API, in whichever format."""
    token = provider.redeem(shop, code(browser, shop, ORDERS)).json["access_token"]
    told = provider.introspect(api, token).json
    assert (told["active"], told["aud"], told["scope"]) == (True, ORDERS, "orders.read orders.write")


@pytest.mark.parametrize("resource", [ORDERS, BILLS])
def test_one_is_revoked_alone(provider: Provider, browser: Browser, shop: Client, api: Client, resource: str) -> None:
    """The client that has it may give it back, another may not, and its refresh token stays good (RFC 7009, 2.1)."""
    answer = provider.redeem(shop, code(browser, shop, resource)).json
    assert provider.revoke(api, answer["access_token"]).status_code == 400
    assert provider.introspect(api, answer["access_token"]).json["active"] is True
    assert provider.revoke(shop, answer["access_token"]).status_code == 200
    assert provider.introspect(api, answer["access_token"]).json == {"active": False}
    assert provider.refresh(shop, answer["refresh_token"]).status_code == 200


def test_it_ends_with_its_grant(provider: Provider, browser: Browser, shop: Client, api: Client) -> None:
    """Giving back the refresh token ends what came of the grant."""
    answer = provider.redeem(shop, code(browser, shop, BILLS)).json
    assert provider.revoke(shop, answer["refresh_token"]).status_code == 200
    assert provider.introspect(api, answer["access_token"]).json == {"active": False}


def test_it_expires_and_is_purged(provider: Provider, shop: Client, api: Client) -> None:
    """A client's own token is not active once its time is over, and then its row goes."""
    token = provider.token(shop, grant_type="client_credentials", resource=BILLS).json["access_token"]
    assert provider.introspect(api, token).json["sub"] == shop.client_id
    with clock.moved(timedelta(minutes=10, seconds=1)):
        assert provider.introspect(api, token).json == {"active": False}
    with provider.working():
        tokens.purge(100)
    assert len(kept(provider)) == 1
    with clock.moved(timedelta(hours=2)), provider.working():
        assert tokens.purge(100) >= 1
    assert kept(provider) == []


def test_it_goes_with_the_row_of_its_grant(provider: Provider, browser: Browser, shop: Client) -> None:
    """Whoever erases a grant, as with its account, erases its opaque tokens."""
    code_of = code(browser, shop, BILLS)
    provider.redeem(shop, code_of)
    with clock.moved(timedelta(days=200)), provider.working():
        tokens.purge(1000)
        assert database.session().scalar(select(func.count()).select_from(OpaqueToken)) == 0
