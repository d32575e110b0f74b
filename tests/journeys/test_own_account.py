"""What a person does with the own account in a real browser: end a session elsewhere, step up, take the data along, leave and return."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.factories import VERIFIER, challenge
from tests.journeys.stack import Stack, running
from tests.support.chromium import Chromium

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """The demonstration on SQLite."""
    with running() as started:
        yield started


def make_person(stack: Stack, email: str) -> None:
    """Add a person with a verified address."""
    stack.idp("user", "create", "--email", email, "--password-stdin", "--verified", stdin=PASSWORD)


def sign_in(page: Page, stack: Stack, email: str) -> None:
    """Sign in at the form, and arrive at the account."""
    page.goto(f"{stack.provider}/signin")
    page.fill("#username", email)
    page.fill("#password", PASSWORD)
    page.click("#signin-submit")
    page.wait_for_url(f"{stack.provider}/account")


def test_a_session_elsewhere_is_ended(stack: Stack, chromium: Chromium) -> None:
    """Ended from another browser, a session has to sign in at its next page; the one that ended it goes on (item 33)."""
    email = "elsewhere@example.com"
    make_person(stack, email)
    with chromium.page() as here, chromium.page() as there:
        sign_in(there, stack, email)
        sign_in(here, stack, email)
        here.goto(f"{stack.provider}/account/sessions")
        expect(here.get_by_role("main")).to_contain_text("This one")
        here.locator("[id^='session-']").filter(has_text="End").click()
        there.goto(f"{stack.provider}/account/password")
        expect(there.locator("#signin-submit")).to_be_visible()
        here.goto(f"{stack.provider}/account/password")
        expect(here.locator("#current_password")).to_be_visible()


def test_stepping_up_asks_only_the_missing_step(stack: Stack, chromium: Chromium) -> None:
    """An application that wants two factors: who has none sets one up on the way, and another browser is asked for the code alone."""
    email = "stepping-up@example.com"
    make_person(stack, email)
    callback = f"{stack.demo}/nowhere"
    client = json.loads(
        stack.idp("client", "create", "--name", "Bank", "--redirect-uri", callback, "--public", "--first-party")
    )
    values = {"response_type": "code", "client_id": client["client_id"], "redirect_uri": callback, "scope": "openid"}
    values |= {"code_challenge": challenge(VERIFIER), "code_challenge_method": "S256", "acr_values": "2", "state": "s"}
    request = f"{stack.provider}/oauth/authorize?{urlencode(values)}"
    with chromium.page() as page, chromium.page() as other:
        sign_in(other, stack, email)
        sign_in(page, stack, email)
        page.goto(request)
        expect(page.get_by_role("main")).to_contain_text("second factor")
        page.get_by_role("button", name="Add an authenticator app").click()
        app = pyotp.TOTP(page.locator("#secret").inner_text().replace(" ", ""))
        page.fill("#code", app.at(int(time.time())))
        page.click("#code-submit")
        page.check("#saved")
        page.click("#saved-submit")
        page.wait_for_url(lambda url: url.startswith(f"{callback}?code="))
        other.goto(request)
        expect(other.locator("#password")).to_have_count(0)
        other.fill("#code", app.at(int(time.time()) + 30))
        other.click("#code-submit")
        other.wait_for_url(lambda url: url.startswith(f"{callback}?code="))


def test_the_data_is_taken_along_and_the_account_left(stack: Stack, chromium: Chromium, tmp_path: Path) -> None:
    """The download holds the data; a deleted account lets nobody in, and the mailed link brings it back (item 30)."""
    email = "leaving@example.com"
    make_person(stack, email)
    with chromium.page() as page:
        sign_in(page, stack, email)
        page.goto(f"{stack.provider}/account/data")
        with page.expect_download() as download:
            page.click("#download-submit")
        download.value.save_as(tmp_path / "data.json")
        text = (tmp_path / "data.json").read_text()
        assert json.loads(text)
        assert email in text
        assert "password_hash" not in text
        page.goto(f"{stack.provider}/account/delete")
        page.check("#understood")
        page.click("#delete-submit")
        page.goto(f"{stack.provider}/signin")
        page.fill("#username", email)
        page.fill("#password", PASSWORD)
        page.click("#signin-submit")
        expect(page.locator("#error-summary")).to_contain_text("going to be erased")
        page.goto(stack.link(email))
        page.click("#keep-submit")
        sign_in(page, stack, email)
