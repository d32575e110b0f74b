"""Debian's own Chromium, driven by Playwright: no browser is downloaded."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Chromium:
    """One browser process; each `page` has a profile of its own, as a private window does."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    @contextmanager
    def page(self, javascript: bool = True, timeout: float = 15, **context: Any) -> Iterator[Page]:
        """Open a page without any cookies; `context` goes to Playwright's `new_context`.

        When the block ends well, the page must not have thrown an exception or violated its content security policy.
        """
        profile = self.browser.new_context(java_script_enabled=javascript, **context)
        profile.set_default_timeout(timeout * 1000)
        problems: list[str] = []
        profile.on("weberror", lambda error: problems.append(f"exception: {error.error}"))
        profile.on("console", lambda line: problems.append(line.text) if "Content Security" in line.text else None)
        try:
            yield profile.new_page()
            assert not problems, "the browser complained:\n" + "\n".join(problems)
        finally:
            _close(profile)


@contextmanager
def chromium() -> Iterator[Chromium]:
    """Run a headless Chromium for as long as the block lasts.

    Playwright keeps an event loop in this thread meanwhile: code under test cannot call `asyncio.run` in it.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary(), args=_ARGUMENTS)
        try:
            yield Chromium(browser)
        finally:
            _close(browser)


def _close(thing: Browser | BrowserContext) -> None:
    """Close, waiting ten seconds at most: now and then Chromium never says that a context is gone, and Playwright has no limit."""
    with suppress(TimeoutError):
        thing._sync(asyncio.wait_for(thing._impl_obj.close(reason=None), 10))


def binary() -> str:
    """Return the path of the installed browser; the environment variable CHROMIUM chooses another."""
    names = [os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"]
    for name in names:
        if name and (found := shutil.which(name)):
            return found
    raise RuntimeError("Chromium is not installed: apt-get install chromium")
