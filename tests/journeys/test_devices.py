"""A program without a browser signs its person in: the quick start's own, a real server, and the person's browser (RFC 8628)."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from idp.admin.quickstart import devices
from idp.admin.quickstart.facts import Facts
from tests.support.chromium import Chromium
from tests.support.serving import RunningServer, serve

EMAIL, PASSWORD = "ann@example.com", "correct horse battery"
TOLD = re.compile(r"Open (\S+) and type (\S+), or open\n(\S+)\n")


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """A provider with Ann."""
    with serve({"IDP_WORKERS": "2", "IDP_RATELIMIT_ENABLED": "false"}) as server:
        server.idp("user", "create", "--email", EMAIL, "--password-stdin", "--verified", stdin=PASSWORD)
        yield server


@contextmanager
def device(server: RunningServer, folder: Path) -> Iterator[tuple["subprocess.Popen[str]", tuple[str, ...]]]:
    """Start the quick start's program for a new client; give it, and what it shows."""
    made = json.loads(server.idp("client", "create", "--name", "Living Room", "--preset", "device"))
    text = devices.program(Facts(server.url, made["client_id"], "", "openid profile email", has_secret=False))
    path = folder / "device.py"
    path.write_text(text)
    with subprocess.Popen([sys.executable, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        shown = TOLD.fullmatch(process.stdout.readline() + process.stdout.readline())
        assert shown is not None
        yield process, shown.groups()
        process.kill()


def sign_in(page: Page) -> None:
    """Fill in and send the sign-in form."""
    page.fill("#username", EMAIL)
    page.fill("#password", PASSWORD)
    page.click("#signin-submit")


def test_a_program_signs_its_person_in(server: RunningServer, chromium: Chromium, tmp_path: Path) -> None:
    """The person types the code in small letters, signs in, is warned, and allows; the program goes on by itself."""
    with device(server, tmp_path) as (process, (address, code, _link)), chromium.page() as page:
        page.goto(address)
        page.fill("#user_code", code.lower().replace("-", " "))
        page.click("#device-submit")
        sign_in(page)
        expect(page.locator("h1")).to_have_text("Connect a device to Living Room?")
        expect(page.locator("#device-warning")).to_contain_text("Did somebody send you the code?")
        page.click("#consent-allow")
        expect(page.locator("h1")).to_have_text("Go back to your device")
        told, wrong = process.communicate(timeout=30)
        assert process.returncode == 0, wrong
        assert EMAIL in told


def test_a_program_is_denied(server: RunningServer, chromium: Chromium, tmp_path: Path) -> None:
    """Behind the link the code stands there already; who denies sees so, and the program ends with `access_denied`."""
    with device(server, tmp_path) as (process, (_address, code, link)), chromium.page() as page:
        page.goto(link)
        expect(page.locator("#user_code")).to_have_value(code)
        page.click("#device-submit")
        sign_in(page)
        page.click("#consent-deny")
        expect(page.locator("h1")).to_have_text("The device was not connected")
        _told, wrong = process.communicate(timeout=30)
        assert (process.returncode, wrong.strip()) == (1, "access_denied")
