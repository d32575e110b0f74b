"""OpenID Connect Core, section 10.1.1: clients that publish their keys at `jwks_uri`, and rotate them when they like."""

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from idp.base import clock
from tests.base.fetch.host import Host, answer
from tests.factories import Browser, Client, Provider
from tests.keys.strangers import jwk, signed
from tests.spec.pondering import while_others_write
from tests.spec.rfc7523.asserting import claims, is_taken, make, register, send

NEW = ec.generate_private_key(ec.SECP256R1())
MINUTE = timedelta(minutes=1)


def publish(host: Host, *keys: dict[str, Any]) -> None:
    """Publish these keys."""
    host.reply = answer(json.dumps({"keys": keys}).encode(), "Content-Type: application/json")


def make_new(provider: Provider, client: Client, kid: str = "new") -> str:
    """Return an assertion that is signed with the key that comes later."""
    return signed("ES256", claims(provider, client), NEW, kid=kid)


@pytest.fixture
def host(host: Host) -> Host:
    """Where the client publishes one key."""
    publish(host, jwk("ES256"))
    return host


@pytest.fixture
def bank(provider: Provider, host: Host) -> Client:
    """A client that publishes its keys."""
    return register(provider, jwks_uri=f"{host.url}/keys")


def test_published_keys_are_fetched_once(provider: Provider, host: Host, bank: Client) -> None:
    """The key set is fetched when it is needed, and kept for some minutes (10.1.1)."""
    assert host.asked == []
    for _time in range(3):
        assert is_taken(provider, make(provider, bank))
    assert len(host.asked) == 1
    assert host.asked[0].startswith(b"GET /keys HTTP/1.1\r\n")
    with clock.moved(timedelta(minutes=11)):
        assert is_taken(provider, make(provider, bank))
    assert len(host.asked) == 2


def test_a_new_key_is_found(provider: Provider, browser: Browser, host: Host, bank: Client) -> None:
    """A key that was added this moment counts at once, also for a refresh (module oidcc-refresh-token-rp-key-rotation)."""
    code = browser.answer(bank, scope="openid offline_access")["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": bank.redirect_uri}
    verifier = "a-verifier-of-the-tests-which-is-long-enough-for-rfc-7636"
    tokens = send(provider, make(provider, bank), **form, code_verifier=verifier).json
    publish(host, jwk("ES256", NEW, kid="new"))
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert send(provider, make_new(provider, bank), **form).status_code == 200
    assert not is_taken(provider, make(provider, bank))
    assert len(host.asked) == 2


def test_clients_that_share_an_address(provider: Provider, host: Host, bank: Client) -> None:
    """A client registered with new keys where another one had its own is believed at once, whatever is known for the other."""
    assert is_taken(provider, make(provider, bank))
    publish(host, jwk("ES256", NEW))
    other = register(provider, jwks_uri=bank.metadata.jwks_uri)
    for _time in range(2):
        assert is_taken(provider, make_new(provider, other, kid="ES256"))
    assert len(host.asked) == 2


def test_a_second_rotation_waits_half_a_minute(provider: Provider, host: Host, bank: Client) -> None:
    """A rotation is seen at once, and one that follows it immediately is seen half a minute later."""
    assert is_taken(provider, make(provider, bank))
    publish(host, jwk("ES256", NEW, kid="new"))
    assert is_taken(provider, make_new(provider, bank))
    publish(host, jwk("ES256", NEW, kid="newest"))
    assert not is_taken(provider, make_new(provider, bank, kid="newest"))
    with clock.moved(timedelta(seconds=31)):
        assert is_taken(provider, make_new(provider, bank, kid="newest"))
    assert len(host.asked) == 3


def test_strangers_make_nobody_fetch_often(provider: Provider, host: Host, bank: Client) -> None:
    """Unknown keys have the set fetched anew twice a minute at most, however many are named."""
    assert is_taken(provider, make(provider, bank))
    for seconds in (0, 29, 31, 60):
        with clock.moved(timedelta(seconds=seconds)):
            for number in range(10):
                assert not is_taken(provider, make_new(provider, bank, kid=f"unknown {number}"))
            assert is_taken(provider, make(provider, bank))
    assert len(host.asked) == 1 + 2  # when it was needed, and anew: at 0 and at 31 seconds


def test_a_bad_key_beside_a_good_one(provider: Provider, host: Host, bank: Client) -> None:
    """A published key that is broken or too weak is ignored, and the others count (RFC 7517, section 5)."""
    publish(host, jwk("RS256", kid="old", n="AQAB"), jwk("ES256", kid="broken", y=None), jwk("ES256"))
    assert is_taken(provider, make(provider, bank))


def test_a_kid_of_a_key_of_another_type(provider: Provider, host: Host, bank: Client) -> None:
    """A kid that is known for another type of key only is an unknown one, for which the set is fetched anew."""
    publish(host, jwk("RS256", kid="ES256"))
    assert not is_taken(provider, make(provider, bank))
    with clock.moved(MINUTE):
        publish(host, jwk("RS256", kid="ES256"), jwk("ES256"))
        assert is_taken(provider, make(provider, bank))


REPLIES = [
    answer(b"gone", status="500 Oops"),
    answer(b"not json"),
    answer(b'{"keys": 7}'),
    answer(json.dumps({"keys": [jwk("ES256") | {"d": "secret"}]}).encode()),
    answer(b" " * 200_000),
]


@pytest.mark.parametrize("reply", REPLIES, ids=["fails", "no JSON", "no set", "private", "too large"])
def test_a_set_that_cannot_be_used(provider: Provider, host: Host, bank: Client, reply: bytes) -> None:
    """Without its keys nobody is believed, and the answer is that of any failed authentication; later it works again."""
    host.reply = reply
    assert not is_taken(provider, make(provider, bank))
    publish(host, jwk("ES256"))
    with clock.moved(MINUTE):
        assert is_taken(provider, make(provider, bank))


def test_private_addresses_are_not_fetched(provider: Provider, host: Host, bank: Client) -> None:
    """Unless the operator allows it, no key is fetched from a private address, and nobody is believed."""
    provider.app.extensions["idp.settings"].allow_private_fetch = False
    assert not is_taken(provider, make(provider, bank))
    assert host.asked == []


def test_no_transaction_waits_for_the_client(provider: Provider, host: Host, bank: Client) -> None:
    """While a client's host thinks, others write: nothing is locked (SQLite has one writer at a time)."""
    keys = json.dumps({"keys": [jwk("ES256")]}).encode()
    assert while_others_write(provider, host, keys, lambda: is_taken(Provider(provider.app), make(provider, bank)))
