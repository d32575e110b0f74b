"""What protects people on their way through the pages, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stack import Stack, running
from tests.support.chromium import Chromium

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"
PERSON = "ann@example.com"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """The demonstration with one person."""
    with running() as started:
        started.idp("user", "create", "--email", PERSON, "--password-stdin", "--verified", stdin=PASSWORD)
        yield started


def sign_in(page: Page, password: str = PASSWORD, name: str = PERSON) -> None:
    """Fill in and send the sign-in form."""
    page.fill("#username", name)
    page.fill("#password", password)
    page.click("#signin-submit")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_a_wrong_password_is_told_first(stack: Stack, chromium: Chromium, javascript: bool) -> None:
    """The summary of errors stands first and, with JavaScript, has the focus; the name is kept, the password is not (ux.md 19, 20)."""
    with chromium.page(javascript=javascript) as page:
        page.goto(f"{stack.demo}/signin")
        sign_in(page, "a wrong guess")
        summary = page.locator("#error-summary")
        expect(summary).to_be_visible()
        if javascript:
            expect(summary).to_be_focused()
        assert page.title().startswith("Error: ")
        expect(page.locator("#username")).to_have_value(PERSON)
        expect(page.locator("#password")).to_have_value("")
        sign_in(page)
        page.wait_for_selector("#consent-allow")


def test_opening_a_reset_link_spends_nothing(stack: Stack, chromium: Chromium) -> None:
    """A link that a scanner opened before still works; once used it does not, and other browsers are signed out."""
    with chromium.page() as elsewhere, chromium.page() as page, chromium.page(javascript=False) as scanner:
        elsewhere.goto(f"{stack.provider}/signin")
        sign_in(elsewhere)
        elsewhere.wait_for_url(f"{stack.provider}/account")
        page.goto(f"{stack.provider}/reset")
        page.fill("#email", PERSON)
        page.click("#reset-submit")
        page.wait_for_selector("#code")
        link = stack.link(PERSON)
        for _time in range(2):
            scanner.goto(link)
            expect(scanner.locator("#password-submit")).to_be_visible()
        page.goto(link)
        page.fill("#password", PASSWORD + " staple")
        page.click("#password-submit")
        sign_in(page, PASSWORD + " staple")
        page.wait_for_url(f"{stack.provider}/account")
        scanner.goto(link)
        expect(scanner.locator("#password-submit")).to_have_count(0)
        elsewhere.reload()
        expect(elsewhere.locator("#signin-submit")).to_be_visible()


def test_a_link_opened_elsewhere_asks_for_the_password(stack: Stack, chromium: Chromium) -> None:
    """In another browser the mailed link confirms only after the password; a mere visit leaves it as good as new."""
    email = "bob@example.com"
    with chromium.page() as maker, chromium.page() as phone:
        maker.goto(f"{stack.provider}/signup")
        maker.fill("#email", email)
        maker.fill("#password", PASSWORD)
        maker.click("#signup-submit")
        maker.wait_for_selector("#code")
        phone.goto(stack.link(email))
        phone.click("#confirm-submit")
        expect(phone.locator("#error-summary")).to_be_visible()
        phone.fill("#password", PASSWORD)
        phone.click("#confirm-submit")
        phone.wait_for_url(f"{stack.provider}/account")


def test_the_application_can_insist_on_the_password(stack: Stack, chromium: Chromium) -> None:
    """Somebody who is signed in goes through unasked; `prompt=login` asks for the password, and `auth_time` moves on."""
    with chromium.page() as page:
        stack.idp("user", "create", "--email", "eve@example.com", "--password-stdin", "--verified", stdin=PASSWORD)
        page.goto(f"{stack.demo}/signin")
        sign_in(page, name="eve@example.com")
        page.click("#consent-allow")
        page.wait_for_selector("#who")
        first = auth_time(page)
        page.goto(f"{stack.demo}/signin")
        page.wait_for_selector("#who")
        assert auth_time(page) == first
        page.wait_for_timeout(1000)  # the claim counts whole seconds
        page.goto(f"{stack.demo}/signin?prompt=login")
        page.fill("#password", PASSWORD)
        page.click("#signin-submit")
        page.wait_for_selector("#who")
        assert auth_time(page) > first


def auth_time(page: Page) -> int:
    """Return the claim as the demo application shows it."""
    row = page.get_by_role("row").filter(has=page.locator("code", has_text="auth_time"))
    return int(row.locator("td").inner_text())
