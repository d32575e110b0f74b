"""JWT Secured Authorization Response Mode (JARM): answers of the authorization endpoint that are signed."""

import jwt
import pytest

from idp.base import clock
from tests.factories import Browser, Client, Person, Provider
from tests.spec.jarm.opening import members, opened


@pytest.fixture
def trusted(provider: Provider) -> Client:
    """A client whose people are asked nothing."""
    return provider.client(first_party=True, authorization_signed_response_alg="PS256")


@pytest.mark.parametrize(
    ("mode", "where"), [("jwt", "?"), ("query.jwt", "?"), ("fragment.jwt", "#"), ("form_post.jwt", "")]
)
def test_a_code_in_a_signed_answer(
    provider: Provider, browser: Browser, trusted: Client, mode: str, where: str
) -> None:
    """Code, state and issuer are claims of a JWT for the client, that lives a few minutes (2.1, 2.3), in its algorithm (3)."""
    response = browser.authorize(trusted, response_mode=mode, state="s1")
    if where:
        assert response.location.startswith(f"{trusted.redirect_uri}{where}response=")
    claims = opened(provider, trusted, response)
    assert claims.keys() == {"iss", "aud", "exp", "code", "state"}
    assert (claims["state"], claims["aud"]) == ("s1", trusted.client_id)
    assert 0 < claims["exp"] - clock.timestamp() <= 600
    assert jwt.get_unverified_header(members(response)["response"])["alg"] == "PS256"
    assert provider.redeem(trusted, claims["code"]).status_code == 200


def test_errors_are_signed_too(provider: Provider, ann: Person, trusted: Client) -> None:
    """An error travels as a code does (2.1.2)."""
    claims = opened(provider, trusted, Browser(provider).authorize(trusted, response_mode="jwt", prompt="none"))
    assert claims["error"] == "login_required"
    claims = opened(provider, trusted, provider.browser(ann).authorize(trusted, response_mode="jwt", scope="nonsense"))
    assert claims["error"] == "invalid_scope"


def test_after_pages(provider: Provider, ann: Person) -> None:
    """A person who has to sign in and to allow the client comes back with a signed answer, also with a denial."""
    client, browser = provider.client(), provider.browser(ann)
    claims = opened(provider, client, browser.consent(client, response_mode="query.jwt"))
    assert "code" in claims
    denied = browser.consent(client, "deny", response_mode="query.jwt", prompt="consent")
    assert opened(provider, client, denied)["error"] == "access_denied"


def test_rs256_is_usual(provider: Provider, browser: Browser) -> None:
    """A client that has registered no algorithm gets RS256 (3)."""
    client = provider.client(first_party=True)
    response = browser.authorize(client, response_mode="jwt")
    assert jwt.get_unverified_header(members(response)["response"])["alg"] == "RS256"


@pytest.mark.parametrize("mode", [".jwt", "jwt.jwt", "xjwt", "query.jwt.jwt", "JWT"])
def test_unknown_modes_are_refused(browser: Browser, trusted: Client, mode: str) -> None:
    """What is no mode is an invalid request, answered as usual."""
    assert browser.answer(trusted, response_mode=mode)["error"] == "invalid_request"


def test_discovery(provider: Provider) -> None:
    """The modes and algorithms are told (4)."""
    told = provider.http.get("/.well-known/openid-configuration").json
    assert {"jwt", "query.jwt", "fragment.jwt", "form_post.jwt"} <= set(told["response_modes_supported"])
    assert told["authorization_signing_alg_values_supported"] == ["RS256", "PS256", "ES256", "EdDSA"]
