"""RFC 7009: token revocation."""

import pytest

from tests.factories import Browser, Client, Provider

OFFLINE = "openid offline_access"


@pytest.fixture(params=["confidential", "public"])
def client(provider: Provider, request: pytest.FixtureRequest) -> Client:
    """A client of either kind."""
    return provider.client(public=request.param == "public")


def test_a_refresh_token_takes_its_access_tokens_along(provider: Provider, browser: Browser, client: Client) -> None:
    """Revoking a refresh token ends it, and every access token of the same grant (2.1)."""
    tokens = provider.grant(client, browser, OFFLINE)
    answer = provider.revoke(client, tokens["refresh_token"])
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert provider.refresh(client, tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert provider.userinfo(tokens["access_token"]).status_code == 401


def test_an_access_token_ends_alone(provider: Provider, browser: Browser, client: Client) -> None:
    """Revoking an access token ends that one; its refresh token stays good (2.1)."""
    tokens = provider.grant(client, browser, OFFLINE)
    for _twice in range(2):
        assert provider.revoke(client, tokens["access_token"], token_type_hint="access_token").status_code == 200
        assert provider.userinfo(tokens["access_token"]).status_code == 401
    again = provider.refresh(client, tokens["refresh_token"])
    assert provider.userinfo(again.json["access_token"]).status_code == 200


def test_hints_are_only_hints(provider: Provider, browser: Browser, client: Client) -> None:
    """A wrong or unknown token_type_hint does not keep a token from being found (2.1)."""
    for hint in ("access_token", "refresh_token", "id_token", "nonsense"):
        token = provider.grant(client, browser, OFFLINE)["refresh_token"]
        assert provider.revoke(client, token, token_type_hint=hint).status_code == 200
        assert provider.refresh(client, token).status_code == 400


def test_an_unknown_token_is_no_error(provider: Provider, client: Client) -> None:
    """Revoking what is no token, or none any more, succeeds (2.2)."""
    for token in ("unknown", "a.b.c", "é"):
        assert provider.revoke(client, token).status_code == 200


def test_no_token_is_an_error(provider: Provider, client: Client) -> None:
    """The parameter token is required (2.1)."""
    answer = provider.revoke(client, "", something="else")
    assert answer.status_code == 400
    assert answer.json == {"error": "invalid_request", "error_description": "The parameter token is missing."}


def test_another_clients_token_is_refused(provider: Provider, browser: Browser, client: Client) -> None:
    """A client cannot revoke what was issued to another; the token stays good (2.1)."""
    rival = provider.client(client_name="Rival")
    tokens = provider.grant(client, browser, OFFLINE)
    for token in (tokens["refresh_token"], tokens["access_token"]):
        answer = provider.revoke(rival, token)
        assert answer.status_code == 400
        assert answer.json["error"] == "invalid_grant"
    assert provider.userinfo(tokens["access_token"]).status_code == 200
    assert provider.refresh(client, tokens["refresh_token"]).status_code == 200


def test_the_client_must_authenticate(provider: Provider, browser: Browser, shop: Client) -> None:
    """Nobody revokes the token of a confidential client without its credentials (2.1; item 57)."""
    token = provider.grant(shop, browser, OFFLINE)["refresh_token"]
    wrong = {"client_id": shop.client_id, "client_secret": "wrong"}
    for credentials in ({}, {"client_id": shop.client_id}, wrong):
        answer = provider.revoke(None, token, **credentials)
        assert answer.status_code == 401
        assert answer.json["error"] == "invalid_client"
    assert provider.refresh(shop, token).status_code == 200


def test_a_rotated_token_still_revokes_its_family(provider: Provider, browser: Browser, phone: Client) -> None:
    """Also a refresh token that was rotated away ends the whole family when revoked (RFC 9700, section 4.14.2)."""
    first = provider.grant(phone, browser, OFFLINE)["refresh_token"]
    second = provider.refresh(phone, first).json["refresh_token"]
    assert provider.revoke(phone, first).status_code == 200
    assert provider.refresh(phone, second).status_code == 400


def test_only_posts_are_answered(provider: Provider, shop: Client) -> None:
    """Revocation is a POST; a GET, which leaks tokens into logs, is not answered (2.1)."""
    assert provider.http.get("/oauth/revoke?token=x", headers=shop.basic()).status_code == 405
