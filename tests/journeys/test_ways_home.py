"""Every legitimate way home in a real browser, from the forms of this server to wherever an application is (docs/decisions/0034)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.parties import Parties, listening
from tests.support.chromium import Chromium
from tests.support.serving import RunningServer, serve

EMAIL, PASSWORD = "ann@example.com", "correct horse battery"
STATE = "long & odd: '\"></a><script>;,% žluť " + "x" * 3000
APP = "com.example.app:/callback"
# Where the code is sent first, and what is opened at last.
WAYS = {
    "v4": ("{v4}/callback", "{v4}/callback"),
    "name": ("{name}/callback", "{name}/callback"),
    "v6": ("{v6}/callback", "{v6}/callback"),
    "any-port": ("http://[::1]/other", "{v6}/other"),
    "https": ("{https}/callback", "{https}/callback"),
    "https-hop": ("{https}/hop/app.immich", "app.immich:///signed-in"),
    "v4-hop": ("{v4}/hop/org.example.second", "org.example.second:///signed-in"),
    "app": (APP, APP),
}


@dataclass
class House:
    """A provider with Ann, and an application that is registered in every place."""

    server: RunningServer
    parties: Parties
    client_id: str

    def place(self, way: str) -> str:
        """Return the redirect URI of a way."""
        template = "{v6}/other" if way == "any-port" else WAYS[way][0]
        return template.format(**self.parties.urls)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """The provider and the application."""
    with listening() as parties, serve({"IDP_WORKERS": "1", "IDP_RATELIMIT_ENABLED": "false"}) as server:
        server.idp("user", "create", "--email", EMAIL, "--password-stdin", "--verified", stdin=PASSWORD)
        registered = [first.format(**parties.urls) for first, _last in WAYS.values()]
        options = [word for uri in registered for word in ("--redirect-uri", uri)]
        after = ["--post-logout-redirect-uri", f"{parties.urls['v6']}/signed-out"]
        made = server.idp("client", "create", "--name", "Party", "--public", *options, *after)
        yield House(server, parties, json.loads(made)["client_id"])


@contextmanager
def window(house: House, chromium: Chromium, **context: Any) -> Iterator[tuple[Page, list[str]]]:
    """Open a window; the list takes the addresses that it asks installed apps for."""
    house.parties.arrivals.clear()
    opened: list[str] = []
    with chromium.page(ignore_https_errors=True, **context) as page:
        page.on("request", lambda sent: opened.append(sent.url) if not sent.url.startswith("http") else None)
        yield page, opened


def ask(page: Page, house: House, way: str, **changes: str) -> None:
    """Send the browser to the provider with a request."""
    values = {
        "response_type": "code",
        "client_id": house.client_id,
        "redirect_uri": house.place(way),
        "scope": "openid",
        "state": STATE,
        "prompt": "consent",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    page.goto(f"{house.server.url}/oauth/authorize?{urlencode(values | changes)}")


def sign_in(page: Page) -> None:
    """Fill in and send the sign-in form."""
    page.fill("#username", EMAIL)
    page.fill("#password", PASSWORD)
    page.click("#signin-submit")


def pass_consent(page: Page, decision: str = "allow") -> None:
    """Sign in and decide, where the consent of a window before does not stand for it."""
    sign_in(page)
    page.locator(f"#consent-{decision}, #leave-continue").or_(page.get_by_text("Arrived")).first.wait_for()
    if page.locator(f"#consent-{decision}").count():
        page.click(f"#consent-{decision}")


def arrived(page: Page, house: House, opened: list[str], last: str) -> dict[str, list[str]]:
    """Wait for the end of a way and return the answer's members; nobody was told a Referer."""
    if last.startswith("http"):
        expect(page.locator("h1")).to_have_text("Arrived")
        address = page.url
    else:
        expect(page.locator("#leave-continue")).to_be_visible()
        while not opened:
            page.wait_for_timeout(50)
        (address,) = opened
    assert address.startswith(last)
    assert all(arrival.referer is None for arrival in house.parties.arrivals)
    parts = urlsplit(address)
    posted = house.parties.arrivals[-1].body if house.parties.arrivals else {}
    return posted or parse_qs(parts.fragment or parts.query)


@pytest.mark.parametrize(
    ("javascript", "ways"),
    [
        pytest.param(False, ["v6", "https-hop", "app"], id="worst"),
        pytest.param(True, list(WAYS), id="script", marks=pytest.mark.slow),
        pytest.param(False, list(WAYS), id="no-script", marks=pytest.mark.slow),
    ],
)
def test_a_form_ends_wherever_the_application_is(
    house: House, chromium: Chromium, javascript: bool, ways: list[str]
) -> None:
    """From sign-in and consent to every place, by redirects that no policy can name beforehand, with and without scripts."""
    with window(house, chromium, javascript=javascript) as (page, opened):
        ask(page, house, "v6", prompt="login")
        pass_consent(page)
        assert arrived(page, house, opened, f"{house.parties.urls['v6']}/callback")["state"] == [STATE]
        signed_in = page.context.storage_state()
    # A window of its own for each: headless, one that has called an app is busy with that.
    for way in ways:
        with window(house, chromium, javascript=javascript, storage_state=signed_in) as (page, opened):
            ask(page, house, way)
            page.click("#consent-allow")
            answer = arrived(page, house, opened, WAYS[way][1].format(**house.parties.urls))
            assert answer["state"] == [STATE], way
            assert answer.keys() == {"code", "state", "iss"}, way


@pytest.mark.parametrize("mode", [pytest.param("fragment", marks=pytest.mark.slow), "form_post"])
def test_every_response_mode_goes_the_whole_way(house: House, chromium: Chromium, mode: str) -> None:
    """Beside the query, an answer arrives by each response mode, also where the other side goes on to its app."""
    with window(house, chromium) as (page, opened):
        ask(page, house, "v6", prompt="login", response_mode=mode)
        pass_consent(page, "deny")
        assert "state" in arrived(page, house, opened, f"{house.parties.urls['v6']}/callback")
        ask(page, house, "https-hop", response_mode=mode)
        page.click("#consent-deny")
        while not opened:
            page.wait_for_timeout(50)
        assert opened[0].startswith("app.immich:///signed-in")


def test_back_leads_to_no_code(house: House, chromium: Chromium) -> None:
    """Behind the answer the history holds no page with a code, and the one before it has a way on."""
    with window(house, chromium, javascript=False) as (page, opened):
        ask(page, house, "v4", prompt="login")
        pass_consent(page)
        code = arrived(page, house, opened, f"{house.parties.urls['v4']}/callback")["code"][0]
        page.go_back()
        expect(page.locator("h1")).not_to_have_text("Arrived")
        assert code not in page.content()
        assert page.url.startswith(house.server.url)
        expect(page.locator("#error-summary")).to_contain_text("answered already")
        expect(page.locator("#ways-on a").first).to_have_attribute("href", f"{house.parties.urls['https']}/")
        page.get_by_role("link", name="To your account").click()
        expect(page.locator("h1")).to_have_text("Your profile")


def test_a_sign_out_ends_wherever_the_application_is(house: House, chromium: Chromium) -> None:
    """After the confirmation of a sign-out the browser is back at the application, on an address that no policy can name."""
    after = f"{house.parties.urls['v6']}/signed-out"
    with window(house, chromium, javascript=False) as (page, _opened):
        page.goto(f"{house.server.url}/signin")
        sign_in(page)
        query = {"client_id": house.client_id, "post_logout_redirect_uri": after, "state": "s"}
        page.goto(f"{house.server.url}/oauth/logout?{urlencode(query)}")
        page.click("#logout-confirm")
        expect(page.locator("h1")).to_have_text("Arrived")
        assert page.url == f"{after}?state=s"


def test_an_injected_form_sends_nothing_elsewhere(house: House, chromium: Chromium) -> None:
    """On the sign-in page of an application, too, a form that somebody managed to inject may not take a password elsewhere."""
    profile = chromium.browser.new_context()
    try:
        page = profile.new_page()
        complaints: list[str] = []
        page.on("console", lambda line: complaints.append(line.text) if "form-action" in line.text else None)
        ask(page, house, "https", prompt="login")
        house.parties.arrivals.clear()
        page.fill("#password", PASSWORD)
        page.evaluate(
            "url => { const f = document.querySelector('form'); f.action = url; f.method = 'get'; f.submit(); }",
            f"{house.parties.urls['v4']}/stolen",
        )
        page.wait_for_timeout(300)
        assert house.parties.arrivals == []
        assert len(complaints) == 1
    finally:
        profile.close()
