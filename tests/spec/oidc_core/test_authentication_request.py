"""OpenID Connect Core 1.0, section 3.1.2: prompt, max_age, hints and the other request parameters."""

from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from sqlalchemy import delete

from idp import keys
from idp.base import clock, database
from tests.factories import Browser, Client, Person, Provider, parameters, request

MUST_SIGN_IN = ("login_required", "The person must sign in.")
SOMEBODY_ELSE = ("login_required", "Somebody else is signed in.")


@pytest.fixture
def trusted(provider: Provider) -> Client:
    """A first-party client, so that only signing in is in question."""
    return provider.client(first_party=True, client_name="Our Own Shop")


def told(answer: dict[str, str]) -> tuple[str, str]:
    """Return error and description."""
    return answer["error"], answer["error_description"]


def auth_time(provider: Provider, client: Client, answer: dict[str, str]) -> int:
    """Redeem the code and return when the person signed in."""
    id_token = provider.redeem(client, answer["code"]).json["id_token"]
    return int(provider.verify(id_token, client.client_id)["auth_time"])


def test_prompt_none_shows_no_page(provider: Provider, browser: Browser, shop: Client, trusted: Client) -> None:
    """With prompt=none the answer is a code or an error, never a page (3.1.2.1, 3.1.2.6)."""
    nobody = provider.browser()
    assert told(parameters(nobody.authorize(trusted, prompt="none"), trusted)) == MUST_SIGN_IN
    assert "code" in parameters(browser.authorize(trusted, prompt="none"), trusted)
    expected = ("consent_required", "The person must be asked for consent.")
    assert told(parameters(browser.authorize(shop, prompt="none"), shop)) == expected
    browser.consent(shop)
    assert "code" in parameters(browser.authorize(shop, prompt="none"), shop)


def test_prompt_none_stands_alone(browser: Browser, shop: Client) -> None:
    """prompt=none together with another value, or an unknown value, is an invalid request (3.1.2.1)."""
    alone = ("invalid_request", "The prompt none stands alone.")
    assert told(parameters(browser.authorize(shop, prompt="none login"), shop)) == alone
    unknown = ("invalid_request", "The parameter prompt has an unknown value.")
    for prompt in ("maybe", "login maybe", "None"):
        assert told(parameters(browser.authorize(shop, prompt=prompt), shop)) == unknown


@pytest.mark.parametrize("prompt", ["login", "select_account", "login select_account"])
def test_prompt_login_asks_although_somebody_is_signed_in(
    provider: Provider, ann: Person, trusted: Client, prompt: str
) -> None:
    """prompt=login and select_account ask again, once, and auth_time tells of the new sign-in (3.1.2.1)."""
    with clock.moved(-timedelta(minutes=30)):
        browser = provider.browser(ann)
    response = browser.authorize(trusted, prompt=prompt)
    assert response.location.startswith("/signin?")
    signed_in = browser.sign_in(response.location, ann)
    answer = parameters(browser.follow(signed_in, trusted), trusted)
    assert auth_time(provider, trusted, answer) >= clock.timestamp() - 60


def test_a_repeated_sign_in_cannot_be_skipped(browser: Browser, trusted: Client) -> None:
    """Going straight to where sign-in would lead, or through its page, does not answer prompt=login (3.1.2.1)."""
    asked = browser.authorize(trusted, prompt="login")
    (waiting,) = parse_qs(urlsplit(asked.location).query)["next"]
    assert waiting.startswith("/oauth/resume?")
    assert browser.get(waiting).location == asked.location
    without_again = browser.get(asked.location.replace("&again=1", ""))
    assert browser.get(without_again.location).location == asked.location


def test_prompt_consent_asks_once_more(browser: Browser, shop: Client, trusted: Client) -> None:
    """prompt=consent asks although consent was given before, of first-party clients too (3.1.2.1)."""
    browser.consent(shop)
    for client in (shop, trusted):
        assert "code" in parameters(browser.consent(client, prompt="consent"), client)
        assert "code" in parameters(browser.authorize(client), client)


def test_prompt_login_and_consent_both_ask(provider: Provider, ann: Person, trusted: Client) -> None:
    """Several prompts are all met, in one request (3.1.2.1)."""
    browser = provider.browser(ann)
    response = browser.authorize(trusted, prompt="login consent")
    page = browser.get(browser.sign_in(response.location, ann).location)
    assert page.location.startswith("/consent?")
    answer = browser.follow(browser.submit(page.location, decision="allow"), trusted)
    assert "code" in parameters(answer, trusted)


def test_max_age(provider: Provider, ann: Person, trusted: Client) -> None:
    """A sign-in older than max_age is asked for anew; a younger one is good (3.1.2.1)."""
    with clock.moved(-timedelta(seconds=100)):
        browser = provider.browser(ann)
    for max_age in (110, 10_000):
        assert "code" in parameters(browser.authorize(trusted, max_age=max_age), trusted)
    for max_age in (0, 90):
        assert browser.authorize(trusted, max_age=max_age).location.startswith("/signin?")
        assert told(parameters(browser.authorize(trusted, max_age=max_age, prompt="none"), trusted)) == MUST_SIGN_IN


def test_max_age_0_is_met_by_signing_in(provider: Provider, browser: Browser, ann: Person, trusted: Client) -> None:
    """max_age=0 always asks, and the sign-in it asked for meets it (3.1.2.1)."""
    started = clock.timestamp()
    response = browser.authorize(trusted, max_age=0)
    assert response.location.startswith("/signin?")
    answer = parameters(browser.follow(browser.sign_in(response.location, ann), trusted), trusted)
    assert auth_time(provider, trusted, answer) >= started


def test_a_bad_max_age(browser: Browser, trusted: Client) -> None:
    """max_age is a number of seconds, nothing else (3.1.2.1)."""
    for max_age in ("-1", "1.5", "soon", "١", "1e3", "9" * 10):
        expected = ("invalid_request", "The parameter max_age must be a number of seconds.")
        assert told(parameters(browser.authorize(trusted, max_age=max_age), trusted)) == expected


def test_a_right_hint(provider: Provider, browser: Browser, trusted: Client) -> None:
    """An ID token of the person who is signed in changes nothing, also with prompt=none, also expired (3.1.2.1)."""
    with clock.moved(-timedelta(hours=2)):
        old = provider.grant(trusted, browser)["id_token"]
    fresh = provider.grant(trusted, browser)["id_token"]
    for hint in (fresh, old):
        for prompt in (None, "none"):
            assert "code" in parameters(browser.authorize(trusted, id_token_hint=hint, prompt=prompt), trusted)


def test_a_hint_of_somebody_else(provider: Provider, browser: Browser, ann: Person, trusted: Client) -> None:
    """A hint of another person never yields a code for who is signed in (3.1.2.1, 3.1.2.6)."""
    bea = provider.person("bea@example.org")
    hint = provider.grant(trusted, provider.browser(bea))["id_token"]
    silent = parameters(browser.authorize(trusted, id_token_hint=hint, prompt="none"), trusted)
    assert told(silent) == MUST_SIGN_IN
    asked = browser.authorize(trusted, id_token_hint=hint)
    assert asked.location.startswith("/signin?")
    as_ann = parameters(browser.follow(browser.sign_in(asked.location, ann), trusted), trusted)
    assert told(as_ann) == SOMEBODY_ELSE
    asked = browser.authorize(trusted, id_token_hint=hint)
    as_bea = parameters(browser.follow(browser.sign_in(f"{asked.location}&other=1", bea), trusted), trusted)
    assert "code" in as_bea


def test_a_bad_hint(provider: Provider, browser: Browser, shop: Client, trusted: Client) -> None:
    """A hint that is no ID token of ours for this client is an invalid request (3.1.2.1)."""
    tokens = provider.grant(shop, browser)
    head, body, signature = tokens["id_token"].split(".")
    for hint in ("x", "a.b.c", tokens["id_token"], tokens["access_token"], f"{head}.{body}.{signature[::-1]}"):
        got = told(parameters(browser.authorize(trusted, id_token_hint=hint), trusted))
        assert got == ("invalid_request", "The parameter id_token_hint is no ID token of this server.")


def test_a_hint_of_a_deleted_key(provider: Provider, browser: Browser, trusted: Client) -> None:
    """A hint whose key is gone proves nothing: silently nobody is there, and whoever is at the browser goes on without it (3.1.2.1)."""
    claims = jwt.decode(provider.grant(trusted, browser)["id_token"], options={"verify_signature": False})
    with provider.working():
        hint = keys.sign(claims | {"exp": clock.timestamp() - 1}, "RS256")
        database.run(delete(keys.SigningKey).where(keys.SigningKey.kid == jwt.get_unverified_header(hint)["kid"]))
    with provider.working():
        keys.ensure()
    for person in (browser, provider.browser()):
        answer = parameters(person.authorize(trusted, id_token_hint=hint, prompt="none"), trusted)
        assert told(answer) == ("login_required", "The key of the parameter id_token_hint is not known any more.")
    assert "code" in parameters(browser.authorize(trusted, id_token_hint=hint), trusted)


def test_a_request_that_was_refused_is_over(provider: Provider, trusted: Client) -> None:
    """A waiting request is answered with one error, as with one code: afterwards it is gone (3.1.2.6)."""
    stranger = provider.browser()
    waiting = provider.http.post("/oauth/authorize", data=request(trusted, prompt="none")).location
    assert told(parameters(stranger.get(waiting), trusted)) == MUST_SIGN_IN
    again = stranger.get(waiting)
    assert (again.status_code, "Location" in again.headers) == (400, False)


def test_login_hint_fills_the_form(provider: Provider, trusted: Client) -> None:
    """login_hint stands in the sign-in form, harmless whatever it is (3.1.2.1)."""
    browser = provider.browser()
    page = browser.get(browser.authorize(trusted, login_hint="bea@example.org").location)
    assert 'value="bea@example.org"' in page.text
    page = browser.get(browser.authorize(trusted, login_hint='"><script>alert(1)</script>').location)
    assert "<script>alert" not in page.text
    assert page.status_code == 200


def test_parameters_that_change_nothing(browser: Browser, trusted: Client) -> None:
    """Preferences that cannot be met, and extensions, are no error (3.1.2.1, 5.5.1.1)."""
    extras = {
        "ui_locales": "xx-YY tlh de",
        "claims_locales": "de",
        "acr_values": "urn:mace:incommon:iap:silver phr",
        "display": "popup",
        "claims": '{"userinfo": {"email": {"essential": true}}}',
        "unknown": "x",
    }
    assert "code" in parameters(browser.authorize(trusted, **extras), trusted)
    assert "code" in parameters(browser.authorize(trusted, **extras, prompt="none"), trusted)


def test_a_request_by_post(provider: Provider, browser: Browser, shop: Client) -> None:
    """An authorization request may come as a form; without a cookie, as from another site, it goes on with a GET (3.1.2.1)."""
    foreign = provider.browser().http.post("/oauth/authorize", data=request(shop, state="posted"))
    assert foreign.status_code == 303
    to_consent = browser.get(foreign.location)
    answer = parameters(browser.follow(browser.submit(to_consent.location, decision="allow"), shop), shop)
    assert answer["state"] == "posted"
    assert provider.redeem(shop, answer["code"]).status_code == 200


def test_errors_of_a_request_by_post(browser: Browser, shop: Client) -> None:
    """A bad request by POST is answered as by GET (3.1.2.6)."""
    got = parameters(browser.http.post("/oauth/authorize", data=request(shop, response_type="token")), shop)
    assert got["error"] == "unsupported_response_type"
    assert browser.http.post("/oauth/authorize", data=request(shop, client_id="nobody")).status_code == 400
    twice = urlencode([*request(shop).items(), ("scope", "openid")])
    form = "application/x-www-form-urlencoded"
    assert (
        parameters(browser.http.post("/oauth/authorize", data=twice, content_type=form))["error"] == "invalid_request"
    )


def test_a_request_survives_sign_in(provider: Provider, ann: Person, shop: Client) -> None:
    """Somebody who has yet to sign in arrives, after that and consent, with the request's own state and nonce (3.1.2.3)."""
    browser = provider.browser()
    asked = browser.authorize(shop, state="kept", nonce="kept too")
    resumed = browser.get(browser.sign_in(asked.location, ann).location)
    answer = parameters(browser.follow(browser.submit(resumed.location, decision="allow"), shop), shop)
    assert answer["state"] == "kept"
    id_token = provider.redeem(shop, answer["code"]).json["id_token"]
    assert provider.verify(id_token, shop.client_id)["nonce"] == "kept too"


def test_a_waiting_request_ends(provider: Provider, browser: Browser, shop: Client) -> None:
    """A request that was answered, has expired or never was shows how to go on, and no code (3.1.2.3)."""
    page = browser.authorize(shop).location
    waiting = page.replace("/consent?", "/oauth/resume?")
    with clock.moved(timedelta(hours=25)):
        for path in (page, waiting):
            late = browser.get(path)
            assert late.status_code == 400
            assert "This request has been answered already, or has expired." in late.text
    assert "code=" in browser.follow(browser.submit(page, decision="allow"), shop).location
    assert browser.get(waiting).status_code == 400
    assert browser.get("/oauth/resume?id=never").status_code == 400
