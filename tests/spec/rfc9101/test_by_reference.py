"""RFC 9101, section 5.2, and OpenID Connect Core, section 6.2: request objects by reference."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from idp.base import clock
from tests.base.fetch.host import Host, answer
from tests.factories import Browser, Client, Provider, parameters
from tests.keys.strangers import jwk, signed
from tests.spec.pondering import while_others_write
from tests.spec.rfc9101.asking import around, claims, make, make_unsigned, register, send


@pytest.fixture
def bank(provider: Provider, host: Host) -> Client:
    """A client that has registered where its objects are, one address with a fragment."""
    return register(provider, request_uris=[f"{host.url}/object#{'a' * 43}", f"{host.url}/other?x=1"])


def publish(host: Host, token: str) -> None:
    """Keep an object there."""
    host.reply = answer(token.encode(), "Content-Type: application/oauth-authz-req+jwt")


def ask(browser: Browser, client: Client, reference: str) -> dict[str, str]:
    """Send a reference, with what a careful client repeats around it, and return what the client gets."""
    return parameters(send(browser, client, **around(client, request_uri=reference)), client)


def test_a_signed_object(browser: Browser, host: Host, bank: Client) -> None:
    """The object is fetched without the fragment, each time anew (module oidcc-request-uri-signed-rs256)."""
    publish(host, make(bank, "RS256"))
    for fragment in ("#" + "a" * 43, "#another", ""):
        got = ask(browser, bank, f"{host.url}/object{fragment}")
        assert got["state"] == "inside"
        assert "code" in got
    assert len(host.asked) == 3
    assert all(asked.startswith(b"GET /object HTTP/1.1\r\n") for asked in host.asked)
    publish(host, make(bank, state="newer") + "\n")
    assert ask(browser, bank, f"{host.url}/other?x=1")["state"] == "newer"


def test_only_registered_references(browser: Browser, host: Host, bank: Client, shop: Client) -> None:
    """Nothing is fetched from an address that the client has not registered (10.4; Registration, 2: request_uris)."""
    publish(host, make(bank))
    others = [
        f"{host.url}/object/",
        f"{host.url}/object?x",
        f"{host.url}/other",
        f"{host.url}/other?x=1&y",
        "x",
        "urn:x:y",
    ]
    for reference in (*others, "http://[::1", f"{host.url}/OBJECT", f"http://user@{host.url[7:]}/object"):
        assert ask(browser, bank, reference)["error"] == "invalid_request_uri", reference
    assert ask(browser, shop, f"{host.url}/object")["error"] == "invalid_request_uri"
    assert host.asked == []


REPLIES = [
    (answer(b"", status="404 Not Found"), "invalid_request_uri"),
    (answer(b"", "Location: /else", status="302 Found"), "invalid_request_uri"),
    (answer(b"x" * 40_000), "invalid_request_uri"),
    (b"", "invalid_request_uri"),
    (answer(b""), "invalid_request_object"),
    (answer(b"a.b.c"), "invalid_request_object"),
    (answer(b"\xff\xfe.\x00.x"), "invalid_request_object"),
    (answer(b"<html>"), "invalid_request_object"),
]


@pytest.mark.parametrize(("reply", "expected"), REPLIES)
def test_bad_answers(browser: Browser, host: Host, bank: Client, reply: bytes, expected: str) -> None:
    """What cannot be fetched is told from what is no object, at the redirect URI around the reference (7)."""
    host.reply = reply
    got = ask(browser, bank, f"{host.url}/object")
    assert (got["error"], got["state"]) == (expected, "outside")


def test_unsigned_objects(provider: Provider, browser: Browser, host: Host, bank: Client) -> None:
    """An object without a signature is for the older flows alone (modules oidcc-request-uri-unsigned...)."""
    publish(host, make_unsigned(bank))
    assert ask(browser, bank, f"{host.url}/object")["error"] == "request_uri_not_supported"
    provider.app.extensions["idp.settings"].legacy_response_types = True
    assert "code" in ask(browser, bank, f"{host.url}/object")


def test_private_addresses_are_not_fetched(provider: Provider, browser: Browser, host: Host, bank: Client) -> None:
    """Unless the operator allows it, nothing is fetched from a private address, nor without TLS (10.4)."""
    provider.app.extensions["idp.settings"].allow_private_fetch = False
    assert ask(browser, bank, f"{host.url}/object")["error"] == "invalid_request_uri"
    assert host.asked == []


def test_keys_at_an_address(provider: Provider, browser: Browser, host: Host) -> None:
    """The key set of a client is fetched, and fetched anew for a key that is not in it (Core, 10.1.1)."""
    client = register(provider, jwks_uri=f"{host.url}/keys")
    host.reply = answer(json.dumps({"keys": [jwk("ES256")]}).encode())
    assert "code" in parameters(send(browser, client, request=make(client)), client)
    new = ec.generate_private_key(ec.SECP256R1())
    host.reply = answer(json.dumps({"keys": [jwk("ES256", new, kid="new")]}).encode())
    with clock.moved(timedelta(minutes=1)):
        token = signed("ES256", claims(client), new, kid="new")
        assert "code" in parameters(send(browser, client, request=token), client)
    assert len(host.asked) == 2


def test_no_transaction_waits_for_the_client(provider: Provider, host: Host, bank: Client) -> None:
    """While a client's host thinks, others write: nothing is locked (SQLite has one writer at a time)."""
    browser = provider.browser(provider.person("waits@example.org"))
    kept = make(bank).encode()
    got = while_others_write(provider, host, kept, lambda: ask(browser, bank, f"{host.url}/object"))
    assert "code" in got
