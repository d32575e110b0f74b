"""OpenID Connect Core 1.0, section 3.1.2.4: the person's consent."""

from sqlalchemy import select
from werkzeug.test import TestResponse

from idp.base import database
from idp.oauth.models import Consent
from tests.factories import CSRF, Browser, Client, Person, Provider, parameters


def asks(response: TestResponse) -> bool:
    """Tell whether the answer leads to the consent page."""
    return response.status_code == 303 and response.location.startswith("/consent?")


def test_the_page_says_who_asks_for_what(provider: Provider, browser: Browser, ann: Person) -> None:
    """The page names the client, where the answer goes, each scope in plain words, and who is signed in (3.1.2.4; item 70)."""
    client = provider.client(client_name="<b>Paper</b> & Shop")
    response = browser.authorize(client, scope="openid profile email offline_access")
    page = browser.get(response.location)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "&lt;b&gt;Paper&lt;/b&gt; &amp; Shop" in page.text
    for words in ("rp.example", ann.email, "Know who you are", "See your profile", "See your e-mail address"):
        assert words in page.text
    assert "Stay connected" in page.text
    assert 'id="consent-allow"' in page.text
    assert 'id="consent-deny"' in page.text


def test_the_page_says_how_long_access_lasts(browser: Browser, shop: Client) -> None:
    """The page tells access until it is withdrawn from access until the sign-out, and where to withdraw it (item 70)."""
    lasting = browser.get(browser.authorize(shop, scope="openid offline_access").location).text
    passing = browser.get(browser.authorize(shop, scope="openid").location).text
    assert "The access lasts until you withdraw it" in lasting
    assert "The access lasts until you sign out here" in passing
    for page in (lasting, passing):
        assert "Account > Apps" in page


def test_it_is_asked_once_and_remembered(browser: Browser, shop: Client) -> None:
    """Consent that was given is not asked for again, for the same scopes or fewer (3.1.2.4)."""
    assert "code" in parameters(browser.consent(shop, scope="openid email"), shop)
    for scope in ("openid email", "email openid", "openid", "email"):
        assert "code" in parameters(browser.authorize(shop, scope=scope), shop)


def test_more_scopes_ask_again(browser: Browser, shop: Client) -> None:
    """A scope that was not yet allowed is asked for; afterwards both are remembered (3.1.2.4)."""
    browser.consent(shop, scope="openid email")
    assert asks(browser.authorize(shop, scope="openid profile"))
    browser.consent(shop, scope="openid profile")
    assert "code" in parameters(browser.authorize(shop, scope="openid profile email"), shop)
    assert asks(browser.authorize(shop, scope="openid offline_access"))


def test_what_is_new_is_told_apart(browser: Browser, shop: Client) -> None:
    """Somebody who has allowed the client before is told what it asks for beyond that, and then everything (3.1.2.4; item 70)."""
    more, altogether = "It now asks for more. It wants to:", "Altogether it could then:"

    def show(**changes: str) -> str:
        return browser.get(browser.authorize(shop, **changes).location).text

    first = show(scope="openid email")
    assert (more in first, altogether in first) == (False, False)
    browser.consent(shop, scope="openid email")
    again = show(scope="openid email", prompt="consent")
    assert (more in again, altogether in again) == (False, False)
    _before, _more, page = show(scope="openid email profile").partition(more)
    new, _altogether, whole = page.partition(altogether)
    assert ("See your profile" in new, "See your e-mail address" in new) == (True, False)
    assert ("See your profile" in whole, "See your e-mail address" in whole) == (True, True)
    nothing_old = show(scope="profile")
    assert (more in nothing_old, altogether in nothing_old) == (True, False)
    assert nothing_old.count("See your profile") == 1


def test_it_is_each_persons_and_each_clients_own(provider: Provider, browser: Browser, shop: Client) -> None:
    """Consent holds for that person and that client alone (3.1.2.4)."""
    browser.consent(shop)
    assert asks(browser.authorize(provider.client(client_name="Another")))
    bea = provider.browser(provider.person("bea@example.org"))
    assert asks(bea.authorize(shop))


def test_it_holds_in_every_browser(provider: Provider, browser: Browser, ann: Person, shop: Client) -> None:
    """Consent given in one browser stands in another (3.1.2.4)."""
    browser.consent(shop)
    assert "code" in parameters(provider.browser(ann).authorize(shop), shop)


def test_only_first_party_clients_skip_it(provider: Provider, browser: Browser) -> None:
    """Nobody is asked for a first-party client, everybody for any other (3.1.2.4)."""
    own = provider.client(first_party=True)
    assert "code" in parameters(browser.authorize(own, scope="openid profile email offline_access"), own)
    assert asks(browser.authorize(provider.client(public=True)))


def test_a_refusal_goes_to_the_client(provider: Provider, browser: Browser, shop: Client) -> None:
    """Denied, the client gets access_denied, nothing is remembered, and the request is over (3.1.2.6)."""
    page = browser.authorize(shop, state="s").location
    response = browser.submit(page, decision="deny")
    assert parameters(response, shop) == {
        "error": "access_denied",
        "error_description": "The person denied the request.",
        "state": "s",
        "iss": provider.issuer,
    }
    assert browser.get(page).status_code == 400
    assert asks(browser.authorize(shop))


def test_the_form_needs_its_csrf_token(provider: Provider, browser: Browser, shop: Client) -> None:
    """A decision without the page's token is none: the page is shown again, nothing is issued or remembered (RFC 6749, 10.12)."""
    page = browser.authorize(shop).location
    for data in ({"decision": "allow"}, {"decision": "allow", "csrf_token": "forged"}):
        answer = browser.http.post(page, data=data)
        assert answer.status_code == 303
        assert answer.location == page
    with provider.working():
        assert database.session().scalars(select(Consent)).all() == []
    assert "code=" in browser.submit(page, decision="allow").location


def test_another_persons_token_is_no_good(provider: Provider, browser: Browser, shop: Client) -> None:
    """A CSRF token of another browser does not decide here (RFC 6749, section 10.12)."""
    page = browser.authorize(shop).location
    thief = provider.browser(provider.person("eve@example.org"))
    token = CSRF.search(thief.get(page).text)
    assert token is not None
    answer = browser.http.post(page, data={"decision": "allow", "csrf_token": token[1]})
    assert answer.location == page


def test_a_get_decides_nothing(browser: Browser, shop: Client) -> None:
    """A link can show the page, never press its button (RFC 6749, section 10.12)."""
    page = browser.authorize(shop).location
    assert browser.get(f"{page}&decision=allow").status_code == 200
    assert asks(browser.authorize(shop))


def test_an_odd_decision_is_none(browser: Browser, shop: Client) -> None:
    """Anything but allow and deny shows the page again (3.1.2.4)."""
    for decision in ("", "maybe", "ALLOW"):
        page = browser.authorize(shop).location
        answer = browser.submit(page, decision=decision)
        assert asks(browser.get(answer.location))


def test_it_cannot_be_framed(browser: Browser, shop: Client) -> None:
    """No other site can frame the page and lure clicks onto it (RFC 6749, section 10.13)."""
    page = browser.get(browser.authorize(shop).location)
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_whoever_signed_out_meanwhile_signs_in_first(provider: Provider, browser: Browser, shop: Client) -> None:
    """The page of somebody who is not signed in any more leads to sign-in, with the request intact (3.1.2.3)."""
    page = browser.authorize(shop).location
    browser.sign_out()
    assert browser.follow(browser.get(page), shop).request.path == "/signin"


def test_a_disabled_client_gets_no_consent(provider: Provider, browser: Browser, shop: Client) -> None:
    """A client that was disabled while the page was open gets nothing (3.1.2.6)."""
    page = browser.authorize(shop).location
    provider.disable(shop)
    assert browser.get(page).status_code == 400
