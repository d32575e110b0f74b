"""OpenID Connect Core 1.0, sections 5.1, 5.3 and 5.4: claims, by scope, at the userinfo endpoint."""

from typing import Any

import pytest

from tests.factories import Browser, Client, Person, Provider

PROFILE = {"name", "given_name", "family_name", "preferred_username", "picture", "updated_at"}


@pytest.fixture
def bea(provider: Provider) -> Person:
    """Somebody who has told everything."""
    details = {"given_name": "Bea", "family_name": "Bell", "username": "bea", "picture": "https://a.example/b.png"}
    return provider.person("bea@example.org", **details)


def told(provider: Provider, person: Person, client: Client, scope: str) -> dict[str, Any]:
    """Return the userinfo that a scope gets."""
    answer = provider.userinfo(provider.grant(client, provider.browser(person), scope)["access_token"])
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    return dict(answer.json)


def test_claims_by_scope(provider: Provider, bea: Person, shop: Client) -> None:
    """Each scope brings its claims, and no other (5.4)."""
    assert told(provider, bea, shop, "openid") == {"sub": bea.sub}
    email = {"email": "bea@example.org", "email_verified": True}
    assert told(provider, bea, shop, "openid email") == {"sub": bea.sub, **email}
    assert set(told(provider, bea, shop, "openid profile")) == {"sub"} | PROFILE
    everything = told(provider, bea, shop, "openid profile email offline_access")
    updated_at = everything.pop("updated_at")
    assert isinstance(updated_at, int)
    assert everything == {
        "sub": bea.sub,
        "name": "Bea Bell",
        "given_name": "Bea",
        "family_name": "Bell",
        "preferred_username": "bea",
        "picture": "https://a.example/b.png",
        **email,
    }


def test_what_is_unknown_is_left_out(provider: Provider, ann: Person, shop: Client) -> None:
    """A claim without a value is left out, never null or empty (5.3.2)."""
    assert set(told(provider, ann, shop, "openid profile")) == {"sub", "updated_at"}


def test_a_refresh_in_fewer_scopes_tells_less(provider: Provider, bea: Person, shop: Client) -> None:
    """The scope of the very token counts, not that of the grant (5.4)."""
    tokens = provider.grant(shop, provider.browser(bea), "openid profile email offline_access")
    narrow = provider.refresh(shop, tokens["refresh_token"], scope="openid").json["access_token"]
    assert provider.userinfo(narrow).json == {"sub": bea.sub}


def test_an_unverified_address_says_so(provider: Provider, shop: Client) -> None:
    """Somebody whose address nobody has proved may sign in, and email_verified is false (5.1)."""
    eve = provider.person("eve@example.org", verified=False)
    assert told(provider, eve, shop, "openid email") == {
        "sub": eve.sub,
        "email": "eve@example.org",
        "email_verified": False,
    }


def test_claims_are_those_of_now(provider: Provider, browser: Browser, ann: Person, shop: Client) -> None:
    """Userinfo tells what is so now, not what was when the token was issued (5.3)."""
    token = provider.grant(shop, browser, "openid profile")["access_token"]
    with provider.account(ann) as account:
        account.given_name, account.family_name = "Änn", "O'Neil"
    assert provider.userinfo(token).json["name"] == "Änn O'Neil"


def test_the_id_token_holds_no_personal_data(provider: Provider, bea: Person, shop: Client) -> None:
    """With a code, claims by scope are had from userinfo, not from the ID token (5.4)."""
    tokens = provider.grant(shop, provider.browser(bea), "openid profile email")
    claims = provider.verify(tokens["id_token"], shop.client_id)
    assert not (PROFILE | {"email", "email_verified"}) & claims.keys()


def test_both_subjects_agree(provider: Provider, bea: Person, shop: Client) -> None:
    """The sub of userinfo is exactly that of the ID token (5.3.2)."""
    tokens = provider.grant(shop, provider.browser(bea))
    claims = provider.verify(tokens["id_token"], shop.client_id)
    assert provider.userinfo(tokens["access_token"]).json["sub"] == claims["sub"]
