"""The way back to the app: whoever does not want to go on says so on any page before the answer, and the app hears it."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

import pytest
from werkzeug.test import TestResponse

from idp.base.outcome import Refused
from idp.clients import service as clients
from idp.oauth import waiting
from idp.terms import service as terms
from tests.factories import CALLBACK, Browser, Client, Person, Provider
from tests.forms import FORM, hidden_fields
from tests.spec.jarm.opening import members, opened
from tests.spec.rfc8628 import devices
from tests.two_factors import give_app

CANCEL = "/signin/cancel"


def page_of(browser: Browser, client: Client, **changes: str) -> str:
    """Return the path of the page that comes first for a request."""
    answer = browser.authorize(client, **changes)
    while answer.location.startswith("/oauth/resume"):
        answer = browser.get(answer.location)
    return str(answer.location)


def button(page: TestResponse) -> str | None:
    """Return the form of the button on a page; None where there is none."""
    return next((form for form in FORM.findall(page.text) if CANCEL in form), None)


def press(browser: Browser, path: str) -> TestResponse:
    """Press the button on a page."""
    form = button(browser.get(path))
    assert form is not None
    action = form.partition('action="')[2].partition('"')[0].replace("&amp;", "&")
    return browser.http.post(action, data=hidden_fields(form), headers={"Accept": "text/html"})


@pytest.mark.parametrize("mode", ["query", "form_post", "jwt"])
def test_the_app_hears_it_once(provider: Provider, mode: str) -> None:
    """At sign-in the app gets `access_denied` with state and issuer in the mode that it asked for, and the request is used up."""
    client, browser = provider.client(), provider.browser()
    path = page_of(browser, client, response_mode=mode, state="s&1")
    assert f"Cancel and go back to {client.metadata.client_name}" in browser.get(path).text
    answer = press(browser, path)
    told = opened(provider, client, answer) if mode == "jwt" else members(answer)
    assert told["error"] == "access_denied"
    assert (told["state"].replace("&amp;", "&"), told["iss"]) == ("s&1", provider.issuer)
    assert "code" not in told
    assert CALLBACK in (answer.location or answer.text)
    (target,) = parse_qs(urlsplit(path).query)["next"]
    again = browser.http.post(
        f"{CANCEL}?{urlencode({'next': target})}", data=hidden_fields(browser.get("/signin").text)
    )
    for late in (browser.get(target), again):
        assert (late.status_code, "Start again" in late.text) == (400, True)


def at_sign_up(provider: Provider, browser: Browser, ann: Person) -> str:
    """/signup."""
    path = page_of(browser, provider.client())
    return path.replace("/signin", "/signup")


def at_reset(provider: Provider, browser: Browser, ann: Person) -> str:
    """/reset."""
    return page_of(browser, provider.client()).replace("/signin", "/reset")


def at_the_code(provider: Provider, browser: Browser, ann: Person) -> str:
    """/signin/code."""
    give_app(provider, ann)
    return str(browser.sign_in(page_of(browser, provider.client()), ann).location)


def at_the_password_once_more(provider: Provider, browser: Browser, ann: Person) -> str:
    """/signin, of somebody who is signed in."""
    browser.enter(ann)
    return page_of(browser, provider.client(), prompt="login")


def at_the_terms(provider: Provider, browser: Browser, ann: Person) -> str:
    """/terms."""
    browser.enter(ann)
    with provider.working():
        terms.publish("2027-01", "Be kind.", "", actor="test")
    return page_of(browser, provider.client())


def at_the_set_up_of_a_factor(provider: Provider, browser: Browser, ann: Person) -> str:
    """/account/security."""
    browser.enter(ann)
    return page_of(browser, provider.client(require_second_factor=True))


@pytest.mark.parametrize(
    "go", [at_sign_up, at_reset, at_the_code, at_the_password_once_more, at_the_terms, at_the_set_up_of_a_factor]
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_pages_in_between(provider: Provider, ann: Person, go: Callable[[Provider, Browser, Person], str]) -> None:
    """Every page that comes before the answer has the button, and it does the same."""
    browser = provider.browser()
    path = go(provider, browser, ann)
    told = members(press(browser, path))
    assert (told["error"], told["iss"]) == ("access_denied", provider.issuer)


def test_where_nobody_waits(provider: Provider) -> None:
    """There is no button where nobody waits, and a form that was made up leads to sign-in, never elsewhere."""
    client, browser = provider.client(), provider.browser()
    for path in ("/signin", "/signin?next=/account", "/signin?next=/oauth/resume?id=unknown", "/signup", "/terms"):
        assert CANCEL not in browser.get(path).text
    token = hidden_fields(browser.get("/signin").text)
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example", "/account"):
        answer = browser.http.post(f"{CANCEL}?{urlencode({'next': target})}", data=token)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/signin")
        assert "evil" not in answer.location
    unknown = browser.http.post(f"{CANCEL}?next={quote_plus('/oauth/resume?id=unknown')}", data=token)
    assert (unknown.status_code, unknown.location) == (400, None)
    assert client.redirect_uri not in unknown.text


def test_a_form_of_another_site(provider: Provider) -> None:
    """Without the token of the page nothing is refused: the request waits on, and the person is back at its page."""
    client, browser = provider.client(), provider.browser()
    path = page_of(browser, client)
    (target,) = parse_qs(urlsplit(path).query)["next"]
    answer = browser.http.post(f"{CANCEL}?{urlencode({'next': target})}")
    assert (answer.status_code, urlsplit(answer.location).path) == (303, "/signin")
    with provider.working():
        kept = waiting.find(parse_qs(urlsplit(target).query)["id"][0])
        assert kept is not None
        assert kept.waiting is not None


def test_an_address_that_was_taken_back(provider: Provider) -> None:
    """A redirect URI that is registered no more while the person thinks is led to by nobody."""
    client, browser = provider.client(redirect_uris=[CALLBACK, "https://other.example/cb"]), provider.browser()
    path = page_of(browser, client, redirect_uri=CALLBACK)
    with provider.registration(client) as row:
        changed = clients.change(row, replace(client.metadata, redirect_uris=["https://other.example/cb"]))
        assert not isinstance(changed, Refused), changed
    form = hidden_fields(browser.get("/signin").text)
    answer = browser.http.post(f"{CANCEL}?{urlsplit(path).query}", data=form)
    assert answer.status_code == 400
    assert CALLBACK not in answer.text


def test_a_device_is_not_connected(provider: Provider) -> None:
    """At sign-in for a device the button says so, and the device hears it at its next poll (RFC 8628, section 3.5)."""
    client, browser = devices.television(provider), provider.browser()
    device = devices.begin(provider, client)
    path = browser.get(devices.type_code(browser, device.user_code).location).location
    page = browser.get(path)
    assert "without connecting the device" in page.text
    assert press(browser, path).location == "/device/denied"
    assert device.poll().json["error"] == "access_denied"
