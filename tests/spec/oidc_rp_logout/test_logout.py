"""OpenID Connect RP-Initiated Logout 1.0."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from idp.base import clock
from tests.factories import CSRF, Browser, Client, Person, Provider

BYE = "https://rp.example/bye"
BAD_HINT = "The ID token hint is not one that this server issued to the application."
BAD_CLIENT = "The application that asks to sign you out is not registered."
NAMELESS = "The application must name itself to be returned to after signing out."
BAD_URI = "The address to return to after signing out is not registered for the application."


@pytest.fixture
def shop(provider: Provider) -> Client:
    """A client with an address to return to."""
    return provider.client(first_party=True, post_logout_redirect_uris=[BYE])


@pytest.fixture
def hint(provider: Provider, browser: Browser, shop: Client) -> str:
    """An ID token of the session in Ann's browser."""
    return str(provider.grant(shop, browser)["id_token"])


def leave(browser: Browser, **values: Any) -> TestResponse:
    """Send a logout request."""
    return browser.get(f"/oauth/logout?{urlencode(values)}")


def is_signed_in(browser: Browser, shop: Client) -> bool:
    """Tell whether the browser's session lives."""
    return "error" not in browser.answer(shop, prompt="none")


def test_a_hint_of_this_session_asks_nothing(browser: Browser, shop: Client, hint: str) -> None:
    """With an ID token of the present session one is signed out and sent back at once, with the state (2, 3)."""
    answer = leave(browser, id_token_hint=hint, post_logout_redirect_uri=BYE, state="a b&c")
    assert answer.status_code == 303
    assert answer.location == f"{BYE}?state=a+b%26c"
    assert not is_signed_in(browser, shop)


@pytest.mark.parametrize(
    "told", [{"method": "HEAD"}, {"headers": {"Sec-Purpose": "prefetch"}}], ids=["HEAD", "prefetch"]
)
def test_looking_signs_nobody_out(browser: Browser, shop: Client, hint: str, told: dict[str, Any]) -> None:
    """A link checker's HEAD and a browser that fetches ahead leave the session as it is (RFC 9110, section 9.2.1)."""
    path = f"/oauth/logout?{urlencode({'id_token_hint': hint})}"
    assert browser.http.open(path, **told).status_code in {405, 503}
    assert is_signed_in(browser, shop)


def test_no_address_leads_to_our_own_page(browser: Browser, shop: Client, hint: str) -> None:
    """Without an address to return to, our own page says that one is signed out (2)."""
    answer = leave(browser, id_token_hint=hint, state="s")
    assert answer.location == "/signed-out"
    assert not is_signed_in(browser, shop)


def test_an_expired_hint_is_as_good(provider: Provider, browser: Browser, shop: Client) -> None:
    """An ID token serves as a hint also after it has expired (2)."""
    with clock.moved(-timedelta(hours=5)):
        hint = provider.grant(shop, browser)["id_token"]
    assert leave(browser, id_token_hint=hint, post_logout_redirect_uri=BYE).location == BYE


def confirm(browser: Browser, answer: TestResponse, shop: Client) -> TestResponse:
    """Expect to be asked first, with the session alive, and confirm."""
    assert answer.status_code == 303
    assert answer.location.startswith("/oauth/logout/confirm")
    page = browser.get(answer.location)
    assert 'id="logout-confirm"' in page.text
    assert is_signed_in(browser, shop)
    return browser.submit(answer.location)


def test_without_a_hint_one_is_asked(browser: Browser, shop: Client) -> None:
    """Without a hint the person decides; then the registered address and the state are used (2, 6; item 69)."""
    answer = leave(browser, client_id=shop.client_id, post_logout_redirect_uri=BYE, state="s")
    assert shop.metadata.client_name in browser.get(answer.location).text
    assert confirm(browser, answer, shop).location == f"{BYE}?state=s"
    assert not is_signed_in(browser, shop)


def test_without_anything_one_is_asked(browser: Browser, shop: Client) -> None:
    """A bare request asks, and ends at our own page (2)."""
    assert confirm(browser, leave(browser), shop).location == "/signed-out"
    assert not is_signed_in(browser, shop)


def test_the_page_after_it_says_what_is_so(provider: Provider, browser: Browser) -> None:
    """The page says that nobody is signed in only where that is so: whoever comes back to it after another sign-in reads who it is."""
    page = browser.get("/signed-out").text
    assert 'id="signed-out"' not in page
    assert "ann@example.org" in page
    assert 'href="/signout"' in page
    assert 'id="signed-out"' in provider.browser().get("/signed-out").text


def test_a_hint_of_another_session_asks(provider: Provider, ann: Person, shop: Client, hint: str) -> None:
    """A hint of another session, the same person's or not, ends nobody's session unasked (2, 6; item 69)."""
    elsewhere = provider.browser(ann)
    bea = provider.browser(provider.person("bea@example.org"))
    for browser in (elsewhere, bea):
        answer = leave(browser, id_token_hint=hint, post_logout_redirect_uri=BYE)
        assert confirm(browser, answer, shop).location == BYE


def test_nobody_is_signed_in(provider: Provider, shop: Client, hint: str) -> None:
    """Whoever is signed out already goes on at once (2)."""
    stranger = provider.browser()
    assert leave(stranger, id_token_hint=hint, post_logout_redirect_uri=BYE, state="s").location == f"{BYE}?state=s"
    assert leave(stranger, client_id=shop.client_id, post_logout_redirect_uri=BYE).location == BYE
    assert leave(stranger).location == "/signed-out"


def test_bad_requests_show_a_page(provider: Provider, browser: Browser, shop: Client, hint: str) -> None:
    """A bad hint, client or address shows a page with its own sentence: no redirect, no sign-out (2, 4)."""
    tokens = provider.grant(shop, browser)
    other = provider.client(post_logout_redirect_uris=["https://other.example/bye"])
    head, body, signature = hint.split(".")
    cases: list[tuple[dict[str, str], str]] = [
        ({"id_token_hint": "x"}, BAD_HINT),
        ({"id_token_hint": tokens["access_token"]}, BAD_HINT),
        ({"id_token_hint": f"{head}.{body}.{signature[::-1]}", "post_logout_redirect_uri": BYE}, BAD_HINT),
        ({"id_token_hint": hint, "client_id": other.client_id}, BAD_HINT),
        ({"client_id": "nobody"}, BAD_CLIENT),
        ({"post_logout_redirect_uri": BYE}, NAMELESS),
        ({"id_token_hint": hint, "post_logout_redirect_uri": "https://evil.example/"}, BAD_URI),
        ({"id_token_hint": hint, "post_logout_redirect_uri": f"{BYE}/"}, BAD_URI),
        ({"id_token_hint": hint, "post_logout_redirect_uri": f"{BYE}?a=b"}, BAD_URI),
        ({"id_token_hint": hint, "post_logout_redirect_uri": "https://other.example/bye"}, BAD_URI),
        ({"id_token_hint": hint, "post_logout_redirect_uri": shop.redirect_uri}, BAD_URI),
        ({"client_id": shop.client_id, "post_logout_redirect_uri": "javascript:alert(1)"}, BAD_URI),
    ]
    for values, sentence in cases:
        for path in ("/oauth/logout", "/oauth/logout/confirm"):
            answer = browser.get(f"{path}?{urlencode(values)}")
            assert answer.status_code == 400, values
            assert "Location" not in answer.headers
            assert sentence in answer.text, values
    assert is_signed_in(browser, shop)


def test_confirming_needs_the_csrf_token(browser: Browser, shop: Client) -> None:
    """Another site cannot confirm for the person (6)."""
    path = leave(browser, client_id=shop.client_id).location
    assert browser.http.post(path).location == path
    assert is_signed_in(browser, shop)


def test_the_answer_is_checked_like_the_question(browser: Browser, shop: Client) -> None:
    """The form's own address cannot be changed into a redirect to elsewhere (4)."""
    path = leave(browser, client_id=shop.client_id, post_logout_redirect_uri=BYE).location
    changed = path.replace("rp.example", "evil.example")
    page = browser.get(path)
    token = CSRF.search(page.text)
    assert token is not None
    answer = browser.http.post(changed, data={"csrf_token": token[1]})
    assert answer.status_code == 400
    assert is_signed_in(browser, shop)


def test_a_request_by_post(browser: Browser, shop: Client, hint: str) -> None:
    """A logout request may come as a form, and goes on as by GET, where the cookie is seen (2)."""
    values = {"id_token_hint": hint, "post_logout_redirect_uri": BYE, "state": "s"}
    answer = browser.http.post("/oauth/logout", data=values)
    assert answer.status_code == 303
    assert browser.get(answer.location).location == f"{BYE}?state=s"
    assert not is_signed_in(browser, shop)


def test_the_query_of_the_address_is_kept(provider: Provider, browser: Browser) -> None:
    """The state is added to a registered address that has a query already (3)."""
    uri = "https://rp.example/bye?tenant=7"
    client = provider.client(first_party=True, post_logout_redirect_uris=[uri])
    hint = provider.grant(client, browser)["id_token"]
    assert leave(browser, id_token_hint=hint, post_logout_redirect_uri=uri, state="s").location == f"{uri}&state=s"


def test_signing_out_ends_the_session_on_the_server(provider: Provider, browser: Browser, shop: Client) -> None:
    """A copied cookie, and access that is not offline, end with the session (RFC 9700, section 4.14)."""
    tokens = provider.grant(shop, browser)
    copied = browser.http.get_cookie("idp_session")
    assert copied is not None
    leave(browser, id_token_hint=tokens["id_token"])
    assert provider.userinfo(tokens["access_token"]).status_code == 401
    thief = provider.browser()
    thief.http.set_cookie("idp_session", copied.value)
    assert not is_signed_in(thief, shop)


def test_repeated_logout_requests(browser: Browser, shop: Client, hint: str) -> None:
    """The same request once more, from another tab, ends where the first did (2)."""
    values = {"id_token_hint": hint, "post_logout_redirect_uri": BYE}
    assert leave(browser, **values).location == leave(browser, **values).location == BYE
