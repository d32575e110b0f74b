"""RFC 9700, section 4.14: refresh tokens: rotation, reuse, binding, lifetimes."""

from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from idp.base import clock
from tests.factories import Browser, Client, Provider

OFFLINE = "openid offline_access"
AFTER_GRACE = timedelta(seconds=11)


@pytest.fixture
def first(provider: Provider, browser: Browser, phone: Client) -> str:
    """The first refresh token of a public client."""
    return str(provider.grant(phone, browser, OFFLINE)["refresh_token"])


def is_good(answer: TestResponse) -> bool:
    """Tell a success from invalid_grant; anything else is neither."""
    assert answer.status_code == 200 or answer.json["error"] == "invalid_grant", answer.text
    return answer.status_code == 200


def test_tokens_of_public_clients_rotate(provider: Provider, phone: Client, first: str) -> None:
    """Each refresh of a public client brings a new refresh token (4.14.2)."""
    known = [first]
    for _turn in range(3):
        answer = provider.refresh(phone, known[-1])
        assert answer.status_code == 200
        known.append(answer.json["refresh_token"])
    assert len(set(known)) == 4


def test_tokens_of_confidential_clients_stay(provider: Provider, browser: Browser, shop: Client) -> None:
    """A confidential client's refresh token is bound to its secret, so it stays, and may be used at any time (4.14.2; item 52)."""
    token = provider.grant(shop, browser, OFFLINE)["refresh_token"]
    for days in (0, 0, 20, 40):
        with clock.moved(timedelta(days=days)):
            answer = provider.refresh(shop, token)
            assert answer.status_code == 200
            assert "refresh_token" not in answer.json


@pytest.mark.usefixtures("_still_clock")
def test_within_the_grace_window_a_sibling_is_born(provider: Provider, phone: Client, first: str) -> None:
    """A token used again within the grace window yields a sibling, and both siblings stay valid (4.14.2)."""
    second = provider.refresh(phone, first).json["refresh_token"]
    with clock.moved(timedelta(seconds=9)):
        sibling = provider.refresh(phone, first).json["refresh_token"]
    assert second != sibling
    with clock.moved(timedelta(minutes=5)):
        assert is_good(provider.refresh(phone, second))
        assert is_good(provider.refresh(phone, sibling))


def test_reuse_after_the_grace_window_revokes_the_family(provider: Provider, phone: Client, first: str) -> None:
    """A later reuse betrays a theft: the whole family ends, access tokens included (4.14.2; item 52)."""
    answer = provider.refresh(phone, first).json
    sibling = provider.refresh(phone, first).json["refresh_token"]
    with clock.moved(AFTER_GRACE):
        assert not is_good(provider.refresh(phone, first))
        assert not is_good(provider.refresh(phone, answer["refresh_token"]))
        assert not is_good(provider.refresh(phone, sibling))
    assert provider.userinfo(answer["access_token"]).status_code == 401


def test_the_window_does_not_move(provider: Provider, phone: Client, first: str) -> None:
    """Uses within the window do not prolong it: it counts from the first rotation (4.14.2)."""
    provider.refresh(phone, first)
    with clock.moved(timedelta(seconds=8)):
        assert is_good(provider.refresh(phone, first))
    with clock.moved(timedelta(seconds=12)):
        assert not is_good(provider.refresh(phone, first))


@pytest.mark.parametrize("seconds", [0, -2, -3600])
def test_without_a_grace_window_every_reuse_revokes(
    app: Flask, provider: Provider, phone: Client, first: str, seconds: int
) -> None:
    """With IDP_REFRESH_GRACE=0 a second use ends the family, also at a node whose clock is behind (4.14.2)."""
    app.extensions["idp.settings"].refresh_grace = 0
    second = provider.refresh(phone, first).json["refresh_token"]
    with clock.moved(timedelta(seconds=seconds)):
        assert not is_good(provider.refresh(phone, first))
        assert not is_good(provider.refresh(phone, second))


@pytest.mark.usefixtures("_still_clock")
@pytest.mark.parametrize(("seconds", "is_taken"), [(-5, True), (-30, True), (-31, False), (-3600, False)])
def test_the_window_at_a_node_whose_clock_is_behind(
    provider: Provider, phone: Client, first: str, seconds: int, is_taken: bool
) -> None:
    """Clocks that differ by some seconds punish no honest client, and one that is far behind opens no window (4.14.2)."""
    provider.refresh(phone, first)
    with clock.moved(timedelta(seconds=seconds)):
        assert is_good(provider.refresh(phone, first)) is is_taken


def test_a_revoked_family_leaves_others_alone(provider: Provider, browser: Browser, phone: Client, first: str) -> None:
    """Another grant of the same person and client survives a reuse (4.14.2)."""
    other = provider.grant(phone, browser, OFFLINE)["refresh_token"]
    provider.refresh(phone, first)
    with clock.moved(AFTER_GRACE):
        assert not is_good(provider.refresh(phone, first))
        assert is_good(provider.refresh(phone, other))


def test_a_refused_request_rotates_nothing(provider: Provider, phone: Client, first: str) -> None:
    """A refresh with a bad scope, or by another client, does not spend the token (4.14.2)."""
    other = provider.client(public=True, client_name="Other App")
    assert provider.refresh(phone, first, scope="openid profile").json["error"] == "invalid_scope"
    assert not is_good(provider.refresh(other, first))
    with clock.moved(AFTER_GRACE):
        assert is_good(provider.refresh(phone, first))


def test_a_token_is_bound_to_its_client(provider: Provider, browser: Browser, shop: Client, first: str) -> None:
    """A refresh token is of no use to another client, public or confidential (4.14.2; RFC 6749, section 6; item 55)."""
    assert not is_good(provider.refresh(shop, first))
    token = provider.grant(shop, browser, OFFLINE)["refresh_token"]
    rival = provider.client(client_name="Rival")
    assert not is_good(provider.refresh(rival, token))
    assert is_good(provider.refresh(shop, token))


def test_idle_tokens_expire(provider: Provider, browser: Browser, shop: Client, phone: Client) -> None:
    """A refresh token that nobody uses for thirty days ends (4.14.2; item 53)."""
    for client in (shop, phone):
        token = provider.grant(client, browser, OFFLINE)["refresh_token"]
        with clock.moved(timedelta(days=30, minutes=1)):
            assert not is_good(provider.refresh(client, token))
        with clock.moved(timedelta(days=29)):
            assert is_good(provider.refresh(client, token))


def test_a_grant_ends_absolutely(provider: Provider, browser: Browser, shop: Client, phone: Client) -> None:
    """However often it is used, a grant ends ninety days after it was made (4.14.2; item 53)."""
    for client in (shop, phone):
        token = provider.grant(client, browser, OFFLINE)["refresh_token"]
        for days in (25, 50, 75):
            with clock.moved(timedelta(days=days)):
                token = provider.refresh(client, token).json.get("refresh_token", token)
        with clock.moved(timedelta(days=90, minutes=1)):
            assert not is_good(provider.refresh(client, token))


def test_guesses_end_nothing(provider: Provider, phone: Client, first: str) -> None:
    """A refresh token that was never issued is refused, and harms no one (4.14.2)."""
    for guess in ("x", first[:-1], first + "x", first.swapcase()):
        assert not is_good(provider.refresh(phone, guess))
    assert is_good(provider.refresh(phone, first))
