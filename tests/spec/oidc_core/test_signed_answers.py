"""OpenID Connect Core 1.0, sections 5.3.2 and 10.1, and Registration 1.0, section 2: algorithms, and defaults of a registration."""

from datetime import timedelta
from typing import Any

import jwt
import pytest

from idp import keys
from idp.base import clock
from tests.factories import Browser, Client, Person, Provider


@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
def test_signed_userinfo(provider: Provider, browser: Browser, ann: Person, algorithm: str) -> None:
    """Userinfo comes as a JWT in the registered algorithm, with iss, aud and sub, and no nonce; a published key verifies it (5.3.2)."""
    client = provider.client(userinfo_signed_response_alg=algorithm)
    tokens = provider.grant(client, browser, "openid email", nonce="n")
    answer = provider.userinfo(tokens["access_token"])
    assert answer.mimetype == "application/jwt"
    assert answer.headers["Cache-Control"] == "no-store"
    assert jwt.get_unverified_header(answer.text)["alg"] == algorithm
    claims = provider.verify(answer.text, client.client_id)
    assert claims == {
        "iss": provider.issuer,
        "aud": client.client_id,
        "sub": ann.sub,
        "email": ann.email,
        "email_verified": True,
    }


def test_signed_userinfo_by_post(provider: Provider, browser: Browser) -> None:
    """The form of the answer does not depend on that of the request (5.3.1)."""
    client = provider.client(userinfo_signed_response_alg="PS256")
    token = provider.grant(client, browser)["access_token"]
    answer = provider.http.post("/oauth/userinfo", data={"access_token": token})
    assert answer.mimetype == "application/jwt"
    assert provider.userinfo("nonsense").mimetype == "application/json"


def test_signed_userinfo_is_no_id_token(provider: Provider, browser: Browser) -> None:
    """What userinfo signed does not sign anybody out without asking (RP-Initiated Logout, 2)."""
    client = provider.client(userinfo_signed_response_alg="RS256")
    signed = provider.userinfo(provider.grant(client, browser)["access_token"]).text
    asked = browser.get(f"/oauth/logout?id_token_hint={signed}")
    assert asked.location is None or "/oauth/logout/confirm" in asked.location


@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
def test_id_tokens_in_every_algorithm(provider: Provider, browser: Browser, algorithm: str) -> None:
    """ID tokens are signed in the registered algorithm, PS256 with a key that is not RS256's (10.1; RFC 7518, section 3.5)."""
    client = provider.client(id_token_signed_response_alg=algorithm)
    id_token = provider.grant(client, browser)["id_token"]
    assert jwt.get_unverified_header(id_token)["alg"] == algorithm
    assert provider.verify(id_token, client.client_id)["aud"] == client.client_id


def test_plain_oauth(provider: Provider, browser: Browser) -> None:
    """A request without the scope openid is answered, without an ID token, and userinfo is closed to it (3.1.2.1; 5.3)."""
    client = provider.client(scope="openid profile orders")
    tokens = provider.grant(client, browser, "orders", nonce="n")
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope"}
    assert provider.introspect(client, tokens["access_token"]).json["active"] is True
    assert provider.userinfo(tokens["access_token"]).status_code == 403


# What a registration says of every request


def auth_time(provider: Provider, client: Client, answer: dict[str, Any]) -> int:
    """Return auth_time of an answer's ID token."""
    id_token = provider.redeem(client, answer["code"]).json["id_token"]
    return int(provider.verify(id_token, client.client_id)["auth_time"])


def test_default_max_age(provider: Provider, ann: Person) -> None:
    """A sign-in that is older than default_max_age does not do, unless the request says its own (Registration, 2)."""
    client = provider.client(default_max_age=600, first_party=True)
    with clock.moved(-timedelta(minutes=30)):
        browser = provider.browser(ann)
    assert browser.answer(client, prompt="none")["error"] == "login_required"
    assert browser.authorize(client).location.startswith("/signin?")
    answer = browser.answer(client, prompt="none", max_age=7200)
    assert clock.timestamp() - auth_time(provider, client, answer) >= 1800


def test_a_default_max_age_of_zero(provider: Provider, ann: Person) -> None:
    """0 asks for a sign-in each time, and the one that was just made is answered (Registration, 2)."""
    client = provider.client(default_max_age=0, first_party=True)
    with clock.moved(-timedelta(minutes=1)):
        browser = provider.browser(ann)
    page = browser.authorize(client)
    assert page.location.startswith("/signin?")
    answer = browser.follow(browser.submit(page.location, password=ann.password), client)
    assert "code=" in answer.location


def test_default_acr_values(provider: Provider, browser: Browser) -> None:
    """default_acr_values are the wishes of a request that has none (Registration, 2)."""
    client = provider.client(default_acr_values=["2"], first_party=True)
    assert browser.authorize(client).location.startswith("/account/security?")
    assert "code" in browser.answer(client, acr_values="1")


@pytest.mark.parametrize("required", [True, False])
def test_auth_time_is_always_told(provider: Provider, browser: Browser, required: bool) -> None:
    """auth_time is in every ID token, so that require_auth_time is kept for everybody (Registration, 2)."""
    client = provider.client(require_auth_time=required)
    assert abs(auth_time(provider, client, browser.answer(client)) - clock.timestamp()) < 60
