"""OpenID Connect Core 1.0, sections 2, 3.1.3 and 12: the ID token."""

import base64
import hashlib
from datetime import timedelta

import jwt
import pytest

from idp.base import clock
from tests.factories import Browser, Client, Person, Provider

OFFLINE = "openid offline_access"
HASHES = {"RS256": "sha256", "ES256": "sha256", "EdDSA": "sha512"}


def test_the_claims(provider: Provider, browser: Browser, ann: Person, shop: Client) -> None:
    """The ID token says who, for whom, until when, how and in which session (2)."""
    tokens = provider.grant(shop, browser, nonce="n-0S6_WzA2Mj")
    claims = provider.verify(tokens["id_token"], shop.client_id)
    now = clock.timestamp()
    assert claims["iss"] == provider.issuer
    assert claims["sub"] == ann.sub
    assert claims["aud"] == shop.client_id
    assert claims["nonce"] == "n-0S6_WzA2Mj"
    assert claims["amr"] == ["pwd"]
    assert claims["sid"] == browser.sid
    assert claims["exp"] - claims["iat"] == 600
    assert abs(claims["iat"] - now) < 30
    assert abs(claims["auth_time"] - now) < 60
    assert set(claims) == {"iss", "sub", "aud", "nonce", "acr", "amr", "sid", "exp", "iat", "auth_time", "at_hash"}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_each_client_has_its_algorithm(provider: Provider, browser: Browser, algorithm: str) -> None:
    """The ID token is signed as the client registered, its key is published, and at_hash fits the access token (3.1.3.6)."""
    client = provider.client(id_token_signed_response_alg=algorithm)
    tokens = provider.grant(client, browser)
    header = jwt.get_unverified_header(tokens["id_token"])
    assert (header["alg"], header["typ"]) == (algorithm, "JWT")
    claims = provider.verify(tokens["id_token"], client.client_id)
    digest = hashlib.new(HASHES[algorithm], tokens["access_token"].encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    assert claims["at_hash"] == half


def test_rs256_is_the_default(provider: Provider, browser: Browser, shop: Client) -> None:
    """A client that registered no algorithm gets RS256 (Dynamic Registration, section 2)."""
    assert jwt.get_unverified_header(provider.grant(shop, browser)["id_token"])["alg"] == "RS256"


def test_no_nonce_unless_sent(provider: Provider, browser: Browser, shop: Client) -> None:
    """A nonce is passed through unmodified, and there is none that nobody sent (2)."""
    assert "nonce" not in provider.verify(provider.grant(shop, browser)["id_token"], shop.client_id)
    for nonce in ("a b&c", "žluťoučký 🐎", "n" * 2000):
        id_token = provider.grant(shop, browser, nonce=nonce)["id_token"]
        assert provider.verify(id_token, shop.client_id)["nonce"] == nonce


def test_the_subject_is_stable(provider: Provider, ann: Person, shop: Client, phone: Client) -> None:
    """One person has one subject, for every client and session, that tells nothing of the account (2, 8)."""
    subjects = set()
    for client in (shop, phone, shop):
        id_token = provider.grant(client, provider.browser(ann))["id_token"]
        subjects.add(provider.verify(id_token, client.client_id)["sub"])
    assert subjects == {ann.sub}
    assert len(ann.sub) <= 255
    assert str(ann.id) != ann.sub


@pytest.mark.parametrize("public", [False, True])
def test_a_refreshed_id_token(provider: Provider, ann: Person, public: bool) -> None:
    """A refreshed ID token keeps iss, sub, aud, auth_time and sid, has a new iat and fitting at_hash, and no nonce (12.2)."""
    client = provider.client(public=public)
    with clock.moved(-timedelta(minutes=170)):
        browser = provider.browser(ann)
    with clock.moved(-timedelta(minutes=120)):
        first = provider.grant(client, browser, OFFLINE, nonce="once")
    second = provider.refresh(client, first["refresh_token"]).json
    before = provider.verify(first["id_token"], client.client_id, options={"verify_exp": False})
    after = provider.verify(second["id_token"], client.client_id)
    kept = ("iss", "sub", "aud", "auth_time", "amr", "sid")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert abs(after["auth_time"] - (clock.timestamp() - 170 * 60)) < 60
    assert after["iat"] > before["iat"]
    assert after["at_hash"] != before["at_hash"]
    assert "nonce" not in after


def test_auth_time_is_that_of_the_sign_in(provider: Provider, ann: Person, shop: Client) -> None:
    """auth_time is when the person signed in, not when the client asked (2)."""
    with clock.moved(-timedelta(minutes=50)):
        browser = provider.browser(ann)
        signed_in_at = clock.timestamp()
    claims = provider.verify(provider.grant(shop, browser)["id_token"], shop.client_id)
    assert abs(claims["auth_time"] - signed_in_at) <= 2
    assert claims["iat"] - claims["auth_time"] > 2900


def test_a_session_keeps_its_identifier(provider: Provider, browser: Browser, ann: Person, shop: Client) -> None:
    """sid is the browser session's, the same for every client in it, another in another browser (Front-Channel Logout, 3)."""
    phone = provider.client(public=True)
    here = {provider.verify(provider.grant(c, browser)["id_token"], c.client_id)["sid"] for c in (shop, phone)}
    there = provider.verify(provider.grant(shop, provider.browser(ann))["id_token"], shop.client_id)["sid"]
    assert here == {browser.sid}
    assert there != browser.sid
