"""Journeys through the whole house in a real browser, from the relying party's "Sign in" to its "Sign out"."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stack import Stack, running
from tests.support.chromium import Chromium
from tests.support.postgres import PostgresServer

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """The demonstration on SQLite."""
    with running() as started:
        yield started


def sign_up(page: Page, stack: Stack, email: str) -> None:
    """Go from the relying party to the page that asks for the mailed code."""
    page.goto(stack.demo)
    page.click("#sign-in")
    page.click("text=Create an account")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.fill("#given_name", "Ann")
    page.click("#signup-submit")
    page.wait_for_selector("#code")


def make_person(stack: Stack, email: str) -> None:
    """Add a person with a verified address."""
    stack.idp("user", "create", "--email", email, "--password-stdin", "--verified", stdin=PASSWORD)


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Fill in and send the sign-in form."""
    page.fill("#username", email)
    page.fill("#password", password)
    page.click("#signin-submit")


def walk(page: Page, stack: Stack, email: str) -> None:
    """Sign up by code, consent, arrive; sign out at both."""
    sign_up(page, stack, email)
    page.fill("#code", stack.code(email))
    page.click("#code-submit")
    expect(page.locator("h1")).to_contain_text("Demo application")
    page.click("#consent-allow")
    expect(page.locator("#who")).to_have_text("Ann")
    assert page.url.startswith(stack.demo)
    expect(page.locator("table").first).to_contain_text(email)
    page.click("#sign-out")
    expect(page.locator("#sign-in")).to_be_visible()
    page.goto(f"{stack.provider}/account")
    page.wait_for_selector("#signin-submit")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_from_sign_up_to_signed_in_at_the_relying_party(stack: Stack, chromium: Chromium, javascript: bool) -> None:
    """A person signs up, confirms by code, consents, is signed in at the relying party, and signs out at both."""
    with chromium.page(javascript=javascript) as page:
        walk(page, stack, f"ann-{javascript}@example.com".lower())


@pytest.mark.slow
def test_the_same_journey_on_postgresql(chromium: Chromium, postgres_server: PostgresServer) -> None:
    """The whole journey works on PostgreSQL too."""
    url = postgres_server.create_database("journey")
    with running(IDP_DATABASE_URL=url) as started, chromium.page() as page:
        walk(page, started, "ann@example.com")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_the_mailed_link_continues_to_the_relying_party(stack: Stack, chromium: Chromium, javascript: bool) -> None:
    """In the browser that signed up the link's button confirms and goes on to the relying party."""
    email = f"link-{javascript}@example.com".lower()
    with chromium.page(javascript=javascript) as page:
        sign_up(page, stack, email)
        page.goto(stack.link(email))
        page.click("#confirm-submit")
        page.click("#consent-allow")
        expect(page.locator("#who")).to_have_text("Ann")


def test_a_strange_browser_needs_the_password_or_disowns(stack: Stack, chromium: Chromium) -> None:
    """Opened elsewhere the link asks for the password; after "This was not me" it makes no account, whatever password is known."""
    with chromium.page() as maker, chromium.page() as owner:
        sign_up(maker, stack, "victim@example.com")
        link = stack.link("victim@example.com")
        owner.goto(link)
        owner.fill("#password", "a wrong guess")
        owner.click("#confirm-submit")
        expect(owner.locator("#error-summary")).to_be_focused()
        owner.get_by_role("button", name="This was not me").click()
        owner.goto(f"{stack.provider}/signin")
        sign_in(owner, "victim@example.com")
        expect(owner.locator("h1")).to_have_text("Check your mail")
        owner.goto(link)
        expect(owner.locator("#confirm-submit")).to_have_count(0)


def test_denied_consent_is_told_to_the_relying_party(stack: Stack, chromium: Chromium) -> None:
    """Deny sends access_denied to the relying party, which shows it."""
    make_person(stack, "deny@example.com")
    with chromium.page() as page:
        page.goto(stack.demo)
        page.click("#sign-in")
        sign_in(page, "deny@example.com")
        page.click("#consent-deny")
        expect(page.locator("#error")).to_have_text("access_denied")


def test_an_expired_form_keeps_its_request(stack: Stack, chromium: Chromium) -> None:
    """A sign-in form whose cookie is gone starts again with the relying party's request intact."""
    make_person(stack, "expired@example.com")
    with chromium.page() as page:
        page.goto(stack.demo)
        page.click("#sign-in")
        page.context.clear_cookies(name="idp_session")
        sign_in(page, "expired@example.com")
        expect(page.get_by_text("This form had expired")).to_be_visible()
        sign_in(page, "expired@example.com")
        page.click("#consent-allow")
        expect(page.locator("#who")).to_be_visible()


def test_a_second_tab_arrives_too(stack: Stack, chromium: Chromium) -> None:
    """Two tabs with a sign-in form of one relying party: after the first, the second goes on by itself."""
    make_person(stack, "tabs@example.com")
    with chromium.page() as first:
        second = first.context.new_page()
        for tab in (first, second):
            tab.goto(f"{stack.provider}/signin?next=/account/password")
        sign_in(first, "tabs@example.com")
        sign_in(second, "tabs@example.com")
        second.wait_for_url(f"{stack.provider}/account/password")


@pytest.mark.parametrize("way", ["code", "link"])
def test_a_password_is_reset(stack: Stack, chromium: Chromium, way: str) -> None:
    """By code or by link a new password is chosen, and the way on to the relying party is kept."""
    email = f"reset-{way}@example.com"
    make_person(stack, email)
    with chromium.page() as page:
        page.goto(stack.demo)
        page.click("#sign-in")
        page.click("text=Forgot your password?")
        page.fill("#email", email)
        page.click("form >> nth=0 >> button[type=submit]")
        if way == "code":
            page.fill("#code", stack.code(email))
            page.click("#code-submit")
        else:
            page.goto(stack.link(email))
        page.fill("#password", "brand new horse")
        page.click("#password-submit")
        expect(page.locator("#username")).to_have_value(email)
        sign_in(page, email, "brand new horse")
        page.wait_for_url(re.compile(r"/consent\?" if way == "code" else r"/account"))


def test_show_password_reverts_when_it_is_sent(stack: Stack, chromium: Chromium) -> None:
    """The button that shows the password is there with JavaScript only, and hides it again before sending (ux.md 14)."""
    with chromium.page() as page:
        page.goto(f"{stack.provider}/signin")
        page.fill("#password", "visible now")
        page.get_by_role("button", name="Show password").click()
        expect(page.locator("#password")).to_have_attribute("type", "text")
        with page.expect_request("**/signin"):
            page.click("#signin-submit")
        expect(page.locator("#password")).to_have_attribute("type", "password")
    with chromium.page(javascript=False) as page:
        page.goto(f"{stack.provider}/signin")
        expect(page.get_by_role("button", name="Show password")).to_have_count(0)


def test_the_first_administrator_registers_a_client(stack: Stack, chromium: Chromium) -> None:
    """The one-use link makes an administrator, who registers a client and sees its secret once."""
    assert stack.setup_link is not None
    with chromium.page() as page:
        page.goto(stack.setup_link)
        page.fill("#email", "root@example.com")
        page.fill("#password", PASSWORD)
        page.click("#setup-submit")
        page.wait_for_url(f"{stack.provider}/admin")
        page.goto(f"{stack.provider}/admin/clients/new")
        page.fill("#client_name", "Wiki")
        page.fill("#redirect_uris", "https://wiki.example/callback")
        page.click("#client-submit")
        expect(page.locator("main")).to_contain_text("https://wiki.example/callback")
        page.goto(stack.setup_link)
        expect(page.locator("#error-message")).to_be_visible()
