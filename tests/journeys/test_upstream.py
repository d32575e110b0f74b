"""The way through another provider in a real browser: a second instance in the part of Google."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.support import services
from tests.support.chromium import Chromium
from tests.support.serving import RunningServer, serve

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"
PLAIN = {"IDP_WORKERS": "1", "IDP_RATELIMIT_ENABLED": "false"}


@dataclass
class Two:
    """The server that people come to, and the one that vouches for them."""

    here: RunningServer
    there: RunningServer


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    """Both, under two host names, since cookies ignore ports."""
    here_port, there_port = services.free_port(), services.free_port()
    issuer = f"http://localhost:{there_port}"
    callback = f"http://127.0.0.1:{here_port}/signin/upstream/google/callback"
    with serve(PLAIN | {"IDP_BIND": f"127.0.0.1:{there_port}", "IDP_ISSUER": issuer}) as there:
        made = json.loads(there.idp("client", "create", "--name", "Here", "--redirect-uri", callback))
        there.idp("user", "create", "--email", "ann@example.com", "--password-stdin", "--verified", stdin=PASSWORD)
        google = {
            "IDP_GOOGLE_ISSUER": issuer,
            "IDP_GOOGLE_CLIENT_ID": made["client_id"],
            "IDP_GOOGLE_CLIENT_SECRET": made["client_secret"],
        }
        with serve(PLAIN | google | {"IDP_BIND": f"127.0.0.1:{here_port}"}) as here:
            yield Two(here, there)


def test_a_button_leads_there_and_back(two: Two, chromium: Chromium) -> None:
    """Sign-in by the button, with sign-in and consent there; the second time the browser comes straight back."""
    with chromium.page() as page:
        page.goto(f"{two.here.url}/signin?next=/account/connections")
        page.click("#upstream-google")
        page.wait_for_url("http://localhost:*/signin?*")
        page.fill("#username", "ann@example.com")
        page.fill("#password", PASSWORD)
        page.click("#signin-submit")
        page.click("#consent-allow")
        page.wait_for_url(f"{two.here.url}/account/connections")
        expect(page.locator("main")).to_contain_text("ann@example.com")
        page.goto(f"{two.here.url}/signout")
        page.locator("main form button").click()
        page.goto(f"{two.here.url}/signin?next=/account/email")
        page.click("#upstream-google")
        page.wait_for_url(f"{two.here.url}/account/email")
        page.goto(f"{two.here.url}/account/connections")
        page.get_by_role("button", name="Disconnect").click()
        expect(page.locator("#error-summary")).to_contain_text("only way to sign in")
