"""RFC 9126: requests that are pushed first, and the references to them."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from limits import parse
from werkzeug.test import TestResponse

from idp import create_app, policies
from idp.base import clock
from idp.base.addresses import block_of
from idp.base.pages import limiter
from idp.config import Settings
from idp.oauth import policy
from idp.oauth.pushed import PATH
from idp.oauth.sent_requests import LIMIT
from tests.factories import Browser, Client, Person, Provider, request
from tests.keys.strangers import JSON
from tests.spec.rfc7523 import asserting
from tests.spec.rfc9101 import asking
from tests.spec.rfc9449.proving import prove, redeem, thumbprint

PREFIX = "urn:ietf:params:oauth:request_uri:"


def push(provider: Provider, client: Client, proof: str | None = None, **changes: Any) -> TestResponse:
    """Push a request as the client should; a change of None leaves that parameter out."""
    headers = (client.basic() if client.secret else {}) | ({"DPoP": proof} if proof else {})
    values = {name: value for name, value in (request(client) | changes).items() if value is not None}
    return provider.http.post("/oauth/par", data=values, headers=headers)


def pushed(provider: Provider, client: Client, proof: str | None = None, **changes: Any) -> str:
    """Return the reference of a good request."""
    answer = push(provider, client, proof, **changes)
    assert answer.status_code == HTTPStatus.CREATED, answer.text
    return str(answer.json["request_uri"])


def bring(browser: Browser, client: Client, uri: str, **more: str) -> TestResponse:
    """Come with a reference, as the application sends the browser."""
    return browser.get("/oauth/authorize", query_string={"client_id": client.client_id, "request_uri": uri, **more})


def answered(response: TestResponse) -> dict[str, str]:
    """Return the members of an answer that the browser is sent to the application with."""
    assert response.status_code == HTTPStatus.SEE_OTHER, response.text
    return {name: values[0] for name, values in parse_qs(urlsplit(response.location).query).items()}


@pytest.fixture
def trusted(provider: Provider) -> Client:
    """A client whose people are asked nothing."""
    return provider.client(first_party=True)


def test_a_reference_leads_to_a_code(provider: Provider, browser: Browser, trusted: Client) -> None:
    """The answer is 201 with a reference and its seconds, never stored (2.2); the browser that brings it comes back with a code (4)."""
    answer = push(provider, trusted, state="s1")
    assert (answer.status_code, answer.json["expires_in"]) == (201, 60)
    assert answer.headers["Cache-Control"] == "no-store"
    uri = answer.json["request_uri"]
    assert uri.startswith(PREFIX)
    assert len(uri) - len(PREFIX) >= 43
    found = answered(bring(browser, trusted, uri))
    assert (found["state"], found["iss"]) == ("s1", provider.issuer)
    assert provider.redeem(trusted, found["code"]).status_code == 200


def test_what_stands_beside_a_reference_does_not_count(provider: Provider, browser: Browser, trusted: Client) -> None:
    """Parameters that travel with the reference change nothing (RFC 9101, 6.3)."""
    uri = pushed(provider, trusted, scope="openid", state="mine")
    found = answered(
        bring(browser, trusted, uri, scope="openid email", state="theirs", redirect_uri="https://evil.example/")
    )
    assert found["state"] == "mine"
    assert provider.redeem(trusted, found["code"]).json["scope"] == "openid"


def test_a_reference_is_answered_once(provider: Provider, browser: Browser, trusted: Client) -> None:
    """Once it has been answered a reference leads to a page that says so, and to no application (2.2, 7.3)."""
    uri = pushed(provider, trusted)
    assert "code" in answered(bring(browser, trusted, uri))
    again = bring(browser, trusted, uri)
    assert again.status_code == HTTPStatus.BAD_REQUEST
    assert "has been answered already, or has expired" in again.text


def test_a_reference_may_be_opened_again_before_it_is_answered(provider: Provider, ann: Person, shop: Client) -> None:
    """Who reloads the page, or has two tabs, goes on; the sign-in and the consent may take longer than the reference lives (4)."""
    browser, uri = Browser(provider), pushed(provider, shop)
    first = bring(browser, shop, uri)
    assert first.location.startswith("/signin")
    assert bring(browser, shop, uri).location == first.location
    with clock.moved(timedelta(seconds=300)):
        after = browser.sign_in(first.location, ann)
        consent = browser.get(after.location)
        answer = browser.submit(consent.location, decision="allow")
        assert "code" in answered(answer)


@pytest.mark.usefixtures("_still_clock")
@pytest.mark.parametrize(("seconds", "is_good"), [(59, True), (60, False), (3600, False)])
def test_a_reference_lives_a_minute(
    provider: Provider, ann: Person, trusted: Client, seconds: int, is_good: bool
) -> None:
    """After its seconds a reference is over (2.2)."""
    browser, uri = provider.browser(ann), pushed(provider, trusted)
    with clock.moved(timedelta(seconds=seconds)):
        assert (bring(browser, trusted, uri).status_code == HTTPStatus.SEE_OTHER) is is_good


def test_an_opened_reference_does_not_live_longer(provider: Provider, ann: Person, shop: Client) -> None:
    """That somebody is signing in lets their page wait, not the reference: brought anew after a minute it is refused."""
    browser, uri = Browser(provider), pushed(provider, shop)
    page = bring(browser, shop, uri)
    with clock.moved(timedelta(seconds=61)):
        assert bring(Browser(provider), shop, uri).status_code == HTTPStatus.BAD_REQUEST
        assert browser.sign_in(page.location, ann).status_code == HTTPStatus.SEE_OTHER


def test_a_reference_is_its_clients_own(provider: Provider, browser: Browser, trusted: Client) -> None:
    """Another client cannot use it, and does not use it up (2.2, 7.2)."""
    rival, uri = provider.client(first_party=True), pushed(provider, trusted)
    assert bring(browser, rival, uri).status_code == HTTPStatus.BAD_REQUEST
    assert "code" in answered(bring(browser, trusted, uri))


@pytest.mark.parametrize("secret", ["", "x", "x" * 43, "%00", "\N{SNOWMAN}"])
def test_a_made_up_reference_leads_nowhere(browser: Browser, trusted: Client, secret: str) -> None:
    """A reference that nobody got is a page, and no redirect."""
    assert bring(browser, trusted, PREFIX + secret).status_code == HTTPStatus.BAD_REQUEST


def test_a_request_that_waits_is_no_reference(provider: Provider, ann: Person, shop: Client) -> None:
    """What a page's address names a waiting request by cannot be brought as a pushed one."""
    browser = Browser(provider)
    location = browser.authorize(shop).location
    secret = parse_qs(urlsplit(parse_qs(urlsplit(location).query)["next"][0]).query)["id"][0]
    assert bring(provider.browser(ann), shop, PREFIX + secret).status_code == HTTPStatus.BAD_REQUEST


def test_an_error_uses_it_up(provider: Provider, trusted: Client) -> None:
    """With prompt=none nobody is asked: the error is the one answer."""
    browser, uri = Browser(provider), pushed(provider, trusted, prompt="none")
    assert answered(bring(browser, trusted, uri))["error"] == "login_required"
    assert bring(browser, trusted, uri).status_code == HTTPStatus.BAD_REQUEST


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a reference in it": ({"request_uri": f"{PREFIX}x"}, "invalid_request"),
    "an address in it": ({"request_uri": "https://rp.example/object"}, "invalid_request"),
    "no response type": ({"response_type": None}, "invalid_request"),
    "an unknown response type": ({"response_type": "x"}, "unsupported_response_type"),
    "no redirect URI": ({"redirect_uri": None}, "invalid_request"),
    "another redirect URI": ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
    "no challenge": ({"code_challenge": None}, "invalid_request"),
    "the method plain": ({"code_challenge_method": "plain"}, "invalid_request"),
    "a foreign scope": ({"scope": "openid address"}, "invalid_scope"),
    "an unknown prompt": ({"prompt": "x"}, "invalid_request"),
    "a broken object": ({"request": "x.y.z"}, "invalid_request_object"),
    "another client": ({"client_id": "other"}, "invalid_request"),
    "too long": ({"state": "s" * 5000}, "invalid_request"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_refused_when_it_is_pushed(provider: Provider, name: str) -> None:
    """What the authorization endpoint would refuse is refused at once, in JSON, and nothing waits (2.3)."""
    client = provider.client(scope="openid email")
    changes, error = BAD[name]
    answer = push(provider, client, **changes)
    assert (answer.status_code, answer.json["error"]) == (400, error), answer.text
    assert answer.json["error_description"]


def test_repeated_parameters_are_refused(provider: Provider, shop: Client) -> None:
    """A parameter comes once (RFC 6749, 3.1)."""
    answer = provider.http.post("/oauth/par", data={**request(shop), "state": ["a", "b"]}, headers=shop.basic())
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_methods_and_bodies(provider: Provider, shop: Client) -> None:
    """Only POST is answered, and only a form (2.1, 2.3)."""
    assert provider.http.get("/oauth/par").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert provider.http.post("/oauth/par", json=request(shop), headers=shop.basic()).status_code == 400


def test_clients_prove_themselves(provider: Provider, phone: Client, shop: Client) -> None:
    """A confidential client proves itself as at the token endpoint, also by an assertion for this one; a public one names itself (2)."""
    assert pushed(provider, phone)
    wrong = provider.http.post("/oauth/par", data=request(shop) | {"client_secret": "wrong"})
    assert (wrong.status_code, wrong.json["error"]) == (401, "invalid_client")
    assert provider.http.post("/oauth/par", data=request(shop)).status_code == 401
    signer = asserting.register(provider, redirect_uris=[shop.redirect_uri])
    for audience in (provider.issuer, f"{provider.issuer}/oauth/token", f"{provider.issuer}/oauth/par"):
        form = request(signer) | {"client_assertion": asserting.make(provider, signer, aud=audience)}
        answer = provider.http.post("/oauth/par", data=form | {"client_assertion_type": asserting.TYPE})
        assert answer.status_code == 201, answer.text


def test_a_signed_request_may_be_pushed(provider: Provider, ann: Person) -> None:
    """A request object is opened when it is pushed (3), and what is inside counts."""
    client = asking.register(provider, first_party=True)
    uri = pushed(provider, client, request=asking.make(client, state="inside"), state="outside")
    assert answered(bring(provider.browser(ann), client, uri))["state"] == "inside"


def test_a_proof_binds_the_code(provider: Provider, browser: Browser, trusted: Client) -> None:
    """The key of a proof at this endpoint is the one that the code is bound to; it has to be that of dpop_jkt (RFC 9449, 10.1)."""
    proof = prove(provider, path="/oauth/par")
    code = answered(bring(browser, trusted, pushed(provider, trusted, proof)))["code"]
    assert redeem(provider, trusted, code, prove(provider, alg="EdDSA")).json["error"] == "invalid_grant"
    assert redeem(provider, trusted, code, prove(provider)).status_code == 200
    same = prove(provider, path="/oauth/par")
    assert push(provider, trusted, same, dpop_jkt=thumbprint()).status_code == 201
    other = prove(provider, path="/oauth/par")
    assert push(provider, trusted, other, dpop_jkt=thumbprint("EdDSA")).json["error"] == "invalid_dpop_proof"
    assert push(provider, trusted, prove(provider)).json["error"] == "invalid_dpop_proof"  # for the token endpoint


def test_a_client_may_have_to_push(provider: Provider, browser: Browser) -> None:
    """A client that is registered so gets nothing for a request that was not pushed (6), and says so in its registration."""
    client = provider.client(first_party=True, require_pushed_authorization_requests=True)
    assert browser.answer(client)["error"] == "invalid_request"
    assert "code" in answered(bring(browser, client, pushed(provider, client)))


def test_all_may_have_to_push(provider: Provider, browser: Browser, trusted: Client) -> None:
    """By one policy every client has to, and discovery says so (5)."""
    document = "/.well-known/openid-configuration"
    assert provider.http.get(document).json["require_pushed_authorization_requests"] is False
    assert provider.http.get(document).json["pushed_authorization_request_endpoint"] == f"{provider.issuer}/oauth/par"
    with provider.working():
        policies.put(policy.MUST_PUSH, True, actor="test")
    assert browser.answer(trusted)["error"] == "invalid_request"
    assert provider.http.get(document).json["require_pushed_authorization_requests"] is True
    assert "code" in answered(bring(browser, trusted, pushed(provider, trusted)))


def test_public_clients_are_counted(settings: Settings) -> None:
    """Whoever pretends to be a public client cannot fill the database; a confidential one is not held up."""
    app = create_app(settings.model_copy(update={"ratelimit_enabled": True}))
    try:
        provider = Provider(app)
        phone, shop = provider.client(public=True), provider.client()
        assert push(provider, phone).status_code == HTTPStatus.CREATED
        limit = parse(LIMIT)
        limiter.limiter.hit(limit, block_of("127.0.0.1"), PATH, cost=limit.amount)
        refused = push(provider, phone)
        assert (refused.status_code, refused.json["error"]) == (HTTPStatus.TOO_MANY_REQUESTS, "temporarily_unavailable")
        assert push(provider, shop).status_code == HTTPStatus.CREATED
    finally:
        app.extensions["idp.dispose"]()


def test_a_narrowed_registration_counts(provider: Provider, browser: Browser, trusted: Client) -> None:
    """What the client has lost between the push and the visit is not granted (RFC 9126, 4)."""
    uri = pushed(provider, trusted)
    with provider.registration(trusted) as row:
        row.redirect_uris = ["https://rp.example/another"]
    with provider.working():
        from idp.clients import service

        service.reload()
    assert bring(browser, trusted, uri).status_code == HTTPStatus.BAD_REQUEST


NAMES = [
    "response_type",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "claims",
    "dpop_jkt",
    "request",
]


@tries(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20) | JSON.map(str), min_size=1, max_size=3))
def test_any_request_is_answered(provider: Provider, changes: dict[str, str]) -> None:
    """Whatever is pushed, it is taken or refused in the protocol's words."""
    client = provider.client(client_name="Anything")
    answer = push(provider, client, **changes)
    assert answer.status_code in {201, 400}, answer.text
    assert answer.status_code == 201 or answer.json["error"]
