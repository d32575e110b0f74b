"""OpenID Connect Core 1.0, sections 5.1, 5.3 and 5.4: claims, by scope, at the userinfo endpoint."""

import json
from dataclasses import replace
from typing import Any

import pytest

from idp.clients import service as clients
from idp.oauth.claims_request import CLAIMS_BY_SCOPE, STANDING
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


def narrow(provider: Provider, client: Client, scope: str) -> None:
    """Leave a client these scopes alone, as an administrator or the client itself does."""
    with provider.registration(client) as row:
        clients.change(row, replace(clients.to_metadata(row), scope=scope))


@pytest.mark.parametrize("members", [{}, {"public": True}, {"first_party": True}], ids=["shop", "phone", "own"])
def test_a_narrowed_registration_narrows_what_exists(provider: Provider, bea: Person, members: dict[str, Any]) -> None:
    """A scope that is taken from a client ends at once: for codes, for refreshes, and for the tokens that are out (5.4)."""
    client = provider.client(**members)
    browser = provider.browser(bea)
    tokens = provider.grant(client, browser, "openid email offline_access")
    code = browser.answer(client, scope="openid email")["code"]
    narrow(provider, client, "openid profile offline_access")
    assert provider.userinfo(tokens["access_token"]).json == {"sub": bea.sub}
    assert provider.redeem(client, code).json["scope"] == "openid"
    for asked in ({}, {"scope": "openid email offline_access"}):
        refreshed = provider.refresh(client, tokens["refresh_token"], **asked).json
        assert refreshed["scope"] == "openid offline_access"
        assert provider.verify(refreshed["access_token"], provider.issuer)["scope"] == "openid offline_access"
        assert provider.userinfo(refreshed["access_token"]).json == {"sub": bea.sub}
    narrow(provider, client, "profile offline_access")
    assert "id_token" not in provider.refresh(client, tokens["refresh_token"]).json
    assert provider.userinfo(tokens["access_token"]).status_code == 403


def test_single_claims_end_with_their_scope(provider: Provider, bea: Person, shop: Client) -> None:
    """A claim that was asked for by name is told, at userinfo and in ID tokens, while its scope is the client's (5.5)."""
    single = json.dumps({place: {"email": None, "name": None} for place in ("userinfo", "id_token")})
    tokens = provider.grant(shop, provider.browser(bea), "openid offline_access", claims=single)
    narrow(provider, shop, "openid profile offline_access")
    assert provider.userinfo(tokens["access_token"]).json == {"sub": bea.sub, "name": "Bea Bell"}
    refreshed = provider.refresh(shop, tokens["refresh_token"]).json["id_token"]
    known = provider.verify(refreshed, shop.client_id)
    assert (known["name"], known.get("email")) == ("Bea Bell", None)


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


@pytest.fixture
def cleo(provider: Provider) -> Person:
    """Somebody who has told every standard claim."""
    details = {
        "middle_name": "Mary", "nickname": "Cle", "profile": "https://a.example/cleo", "website": "https://cleo.example/",
        "gender": "female", "birthdate": "1990-12-31", "zoneinfo": "Europe/London", "locale": "en-GB",
        "phone_number": "+442079460000", "address": {"street_address": "1 High Street", "locality": "Leeds"},
    }  # fmt: skip
    names = {"given_name": "Cleo", "family_name": "Carr", "username": "cleo", "picture": "https://a.example/c.png"}
    return provider.person("cleo@example.org", details=details, **names)


def test_every_standard_claim_has_its_type(provider: Provider, cleo: Person) -> None:
    """All claims of all scopes are told, texts as texts, the instant as a number, the address as an object (5.1, 5.1.1)."""
    client = provider.client(first_party=True, scope="openid profile email address phone")
    claims = told(provider, cleo, client, client.metadata.scope)
    assert set(claims) == {claim for names in CLAIMS_BY_SCOPE.values() for claim in names} - STANDING
    others = {"updated_at": int, "email_verified": bool, "phone_number_verified": bool, "address": dict}
    assert {name: type(value) for name, value in claims.items()} == dict.fromkeys(claims, str) | others
    assert claims["phone_number_verified"] is False
    assert claims["address"] == {
        "formatted": "1 High Street\nLeeds",
        "street_address": "1 High Street",
        "locality": "Leeds",
    }


@pytest.mark.parametrize(
    ("scope", "names"), [("address", {"address"}), ("phone", {"phone_number", "phone_number_verified"})]
)
def test_address_and_phone_are_scopes_of_their_own(
    provider: Provider, ann: Person, cleo: Person, scope: str, names: set[str]
) -> None:
    """The scope alone brings its claims, after a consent that names it, and nothing of somebody who has told nothing (5.4, 5.3.2)."""
    client = provider.client(scope="openid address phone")
    page = provider.browser(cleo)
    asked = page.authorize(client, scope=f"openid {scope}")
    assert f"See your {'postal address' if scope == 'address' else 'phone number'}" in page.get(asked.location).text
    assert set(told(provider, cleo, client, f"openid {scope}")) == {"sub"} | names
    assert told(provider, ann, client, f"openid {scope}") == {"sub": ann.sub}
