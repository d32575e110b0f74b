"""A person's way with second factors in a real browser: set up an app, save the codes, sign in with each, renew, remove."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.support.chromium import Chromium
from tests.support.serving import RunningServer, serve

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """A server with nobody in it."""
    with serve({"IDP_WORKERS": "1", "IDP_RATELIMIT_ENABLED": "false"}) as running:
        yield running


def sign_in(page: Page, server: RunningServer, email: str) -> None:
    """Show name and password."""
    page.goto(f"{server.url}/signin")
    page.fill("#username", email)
    page.fill("#password", PASSWORD)
    page.click("#signin-submit")


def sign_in_with_code(page: Page, server: RunningServer, email: str, code: str) -> None:
    """Sign out, show name and password, then a code."""
    page.goto(f"{server.url}/signout")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    sign_in(page, server, email)
    expect(page.get_by_role("heading", level=1)).to_contain_text("second factor")
    if "-" in code:
        page.get_by_role("link", name="Use a recovery code").click()
    page.fill("#code", code)
    page.click("#code-submit")
    page.wait_for_url(f"{server.url}/account")


def codes_on(page: Page) -> list[str]:
    """Return the recovery codes of the page that shows them."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Save your recovery codes")
    codes = page.locator("#codes").inner_text().split()
    assert len(codes) == 10
    return codes


def save_codes(page: Page) -> None:
    """Say that the codes were saved, first without the tick."""
    page.click("#saved-submit")
    expect(page.locator("#error-summary")).to_contain_text("Save the codes first")
    page.check("#saved")
    page.click("#saved-submit")


def add_app(page: Page, server: RunningServer) -> pyotp.TOTP:
    """Follow the offer on the profile, and set up an app by the typed secret; a wrong code first."""
    page.click("#factor-offer")
    page.click("#authenticator-submit")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    app = pyotp.TOTP(page.locator("#secret").inner_text().replace(" ", ""))
    page.fill("#code", "000000")
    page.click("#code-submit")
    expect(page.locator("#error-summary")).to_contain_text("That code is not right.")
    page.fill("#name", "My phone")
    page.fill("#code", app.now())
    page.click("#code-submit")
    return app


def comforts(page: Page, codes: list[str], directory: Path) -> None:
    """Download the codes as a file, and find the buttons to copy and to print."""
    expect(page.get_by_role("button", name="Copy")).to_be_visible()
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "recovery-codes.txt"
    file = directory / "codes"
    download.value.save_as(file)
    heading, *lines = file.read_text().splitlines()
    assert "Recovery codes of" in heading
    assert lines == ["", *codes]


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_an_app_and_recovery_codes(server: RunningServer, chromium: Chromium, tmp_path: Path, javascript: bool) -> None:
    """Somebody sets up an app, saves the codes, signs in by app and by recovery code, makes new codes, and removes the app (ux.md 32)."""
    email = f"factors-{javascript}@example.com".lower()
    server.idp("user", "create", "--email", email, "--password-stdin", "--verified", stdin=PASSWORD)
    with chromium.page(javascript=javascript) as page:
        sign_in(page, server, email)
        app = add_app(page, server)
        codes = codes_on(page)
        if javascript:
            comforts(page, codes, tmp_path)
        else:
            assert page.get_by_role("button", name=re.compile("Copy|Download|Print")).count() == 0
        save_codes(page)
        page.wait_for_url(f"{server.url}/account/security")
        expect(page.locator("table")).to_contain_text("My phone")
        sign_in_with_code(page, server, email, app.at(int(time.time()) + 30))
        sign_in_with_code(page, server, email, codes[0].upper())
        page.goto(f"{server.url}/account/security")
        expect(page.locator("#codes")).to_contain_text("Codes left: 9")
        page.click("#codes-renew")
        page.click("#renew-submit")
        assert not set(codes_on(page)) & set(codes)
        save_codes(page)
        page.get_by_role("link", name="Remove My phone").click()
        expect(page.get_by_role("main")).to_contain_text("It is your last second factor.")
        page.click("#remove-submit")
        expect(page.get_by_role("main")).not_to_contain_text("My phone")
        page.goto(f"{server.url}/signout")
        page.get_by_role("main").get_by_role("button", name="Sign out").click()
        sign_in(page, server, email)
        page.wait_for_url(f"{server.url}/account")
