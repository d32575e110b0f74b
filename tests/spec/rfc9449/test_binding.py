"""RFC 9449, sections 5 and 10: codes and refresh tokens that are bound to a key."""

import pytest
from flask import Flask

from tests.factories import Browser, Client, Person, Provider
from tests.spec.rfc9449.proving import prove, redeem, refresh, thumbprint

SCOPE = "openid offline_access"
RIVAL = {"alg": "EdDSA"}


def code_for(browser: Browser, client: Client, **more: str) -> str:
    """Return a code for everything that tests ask for."""
    return browser.answer(client, scope=SCOPE, prompt="consent", **more)["code"]


def error(answer: object) -> tuple[int, str]:
    """Return status and error of an answer."""
    return answer.status_code, answer.json["error"]  # type: ignore[attr-defined] # a test response


def test_refresh_tokens_of_public_clients_are_bound(provider: Provider, browser: Browser, phone: Client) -> None:
    """A public client's refresh token is good with the key that redeemed the code alone, and its successors are, too (5)."""
    tokens = redeem(provider, phone, code_for(browser, phone), prove(provider)).json
    assert tokens["token_type"] == "DPoP"
    for proof in (None, prove(provider, **RIVAL)):
        assert error(refresh(provider, phone, tokens["refresh_token"], proof)) == (400, "invalid_grant")
    again = refresh(provider, phone, tokens["refresh_token"], prove(provider))
    assert again.status_code == 200, again.text
    assert provider.verify(again.json["access_token"], provider.issuer)["cnf"] == {"jkt": thumbprint()}
    assert error(refresh(provider, phone, again.json["refresh_token"], None)) == (400, "invalid_grant")
    assert refresh(provider, phone, again.json["refresh_token"], prove(provider)).status_code == 200


def test_a_thief_without_the_key_ends_nothing(provider: Provider, browser: Browser, phone: Client) -> None:
    """Who shows a stolen refresh token without its key is refused, and who has both goes on (9)."""
    tokens = redeem(provider, phone, code_for(browser, phone), prove(provider)).json
    for _time in range(3):
        assert error(refresh(provider, phone, tokens["refresh_token"], prove(provider, **RIVAL)))[0] == 400
    assert refresh(provider, phone, tokens["refresh_token"], prove(provider)).status_code == 200


def test_refresh_tokens_of_confidential_clients_are_not(provider: Provider, browser: Browser, shop: Client) -> None:
    """A confidential client, which proves itself, may change its key (5): each access token is bound to that of its own request."""
    tokens = redeem(provider, shop, code_for(browser, shop), prove(provider)).json
    other = refresh(provider, shop, tokens["refresh_token"], prove(provider, **RIVAL))
    assert provider.verify(other.json["access_token"], provider.issuer)["cnf"] == {"jkt": thumbprint("EdDSA")}
    plain = refresh(provider, shop, tokens["refresh_token"], None)
    assert plain.json["token_type"] == "Bearer"


def test_a_public_client_without_proofs_is_as_before(provider: Provider, browser: Browser, phone: Client) -> None:
    """A refresh token that was issued without a proof is bound to no key, also once one is shown."""
    tokens = redeem(provider, phone, code_for(browser, phone), None).json
    bound = refresh(provider, phone, tokens["refresh_token"], prove(provider)).json
    assert bound["token_type"] == "DPoP"
    assert refresh(provider, phone, bound["refresh_token"], None).json["token_type"] == "Bearer"


@pytest.mark.parametrize("public", [True, False])
def test_a_code_is_bound_by_dpop_jkt(provider: Provider, browser: Browser, public: bool) -> None:
    """A code that was asked for with dpop_jkt is good with that key alone (10), whichever the client; a wrong key does not use it up."""
    client = provider.client(public=public)
    code = code_for(browser, client, dpop_jkt=thumbprint())
    for proof in (None, prove(provider, **RIVAL)):
        assert error(redeem(provider, client, code, proof)) == (400, "invalid_grant")
    tokens = redeem(provider, client, code, prove(provider))
    assert tokens.status_code == 200, tokens.text
    kept = refresh(provider, client, tokens.json["refresh_token"], None)
    assert kept.status_code == (400 if public else 200), kept.text


@pytest.mark.parametrize("jkt", ["x", "A" * 42, "A" * 44, "A" * 42 + "+"])
def test_a_malformed_dpop_jkt_is_refused(browser: Browser, shop: Client, jkt: str) -> None:
    """What is no thumbprint is an invalid request (10)."""
    assert browser.answer(shop, dpop_jkt=jkt)["error"] == "invalid_request"


def test_no_bound_token_travels_through_the_browser(provider: Provider, app: Flask, ann: Person) -> None:
    """A client whose tokens are bound gets none in the front channel, where nothing could be proved (5.2)."""
    app.extensions["idp.settings"].legacy_response_types = True
    kinds = {"grant_types": ["authorization_code", "implicit"], "response_types": ["code", "code token"]}
    client = provider.client(**kinds)
    with provider.registration(client) as row:
        row.dpop_bound_access_tokens = True  # as it could be registered before
    answer = provider.browser(ann).authorize(client, response_type="code token", response_mode="form_post")
    assert "unauthorized_client" in answer.text


def test_introspection_tells_the_key(provider: Provider, browser: Browser, phone: Client, shop: Client) -> None:
    """A resource server hears to which key a token is bound, and how it is to be sent (6.2)."""
    tokens = redeem(provider, phone, code_for(browser, phone), prove(provider)).json
    told = provider.introspect(shop, tokens["access_token"]).json
    assert (told["active"], told["token_type"], told["cnf"]) == (True, "DPoP", {"jkt": thumbprint()})


def test_revocation_needs_no_proof(provider: Provider, browser: Browser, phone: Client, shop: Client) -> None:
    """Whoever may revoke a bound token may do so, and it is over."""
    tokens = redeem(provider, phone, code_for(browser, phone), prove(provider)).json
    assert provider.revoke(phone, tokens["access_token"]).status_code == 200
    assert provider.introspect(shop, tokens["access_token"]).json == {"active": False}
