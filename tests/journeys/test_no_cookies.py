"""A real browser that keeps no cookies is told so, at whatever form."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from tests.support import chromium as support
from tests.support.chromium import Chromium
from tests.support.serving import RunningServer, serve

BLOCKING = {"profile": {"default_content_setting_values": {"cookies": 2}}}


@contextmanager
def blocking(chromium: Chromium, home: Path, javascript: bool) -> Iterator[Page]:
    """Open a window of a browser whose owner has forbidden all cookies."""
    (home / "Default").mkdir(parents=True)
    (home / "Default" / "Preferences").write_text(json.dumps(BLOCKING))
    profile = chromium.browser.browser_type.launch_persistent_context(
        home, executable_path=support.binary(), args=["--no-sandbox", "--disable-gpu"], java_script_enabled=javascript
    )
    try:
        yield profile.new_page()
    finally:
        profile.close()


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """A provider."""
    with serve({"IDP_WORKERS": "1", "IDP_RATELIMIT_ENABLED": "false"}) as running:
        yield running


def test_a_browser_without_cookies_is_told(server: RunningServer, chromium: Chromium, tmp_path: Path) -> None:
    """Sign-in, sign-up and reset say what is wrong and what to do, instead of showing the same form again without a word."""
    with blocking(chromium, tmp_path, javascript=False) as page:
        for path, fields in (
            ("/signin?next=/account", {"username": "ann@example.com", "password": "correct horse battery"}),
            ("/signup", {"email": "ann@example.com", "password": "correct horse battery"}),
            ("/reset", {"email": "ann@example.com"}),
        ):
            page.goto(f"{server.url}{path}")
            for name, value in fields.items():
                page.fill(f"#{name}", value)
            page.locator("main form button[type=submit]").first.click()
            expect(page.locator("h1")).to_have_text("Your browser sent no cookie")
            expect(page.locator("#error-summary")).to_contain_text("works with cookies alone")
            expect(page.locator("main")).to_contain_text(f"Allow cookies for 127.0.0.1:{server.port}")
            page.get_by_role("link", name="Try again").click()
            assert unquote(page.url) == f"{server.url}{path}"
