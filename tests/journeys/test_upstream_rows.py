"""A provider that an administrator set up, in a real browser: a second instance of this server is the provider."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.journeys.test_upstream import PASSWORD, PLAIN, Two
from tests.support import services
from tests.support.chromium import Chromium
from tests.support.serving import serve

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    """Both, under two host names, since cookies ignore ports; people of corp.example sign in through the other alone."""
    here_port, there_port = services.free_port(), services.free_port()
    issuer = f"http://localhost:{there_port}"
    callback = f"http://127.0.0.1:{here_port}/signin/upstream/corp/callback"
    with serve(PLAIN | {"IDP_BIND": f"127.0.0.1:{there_port}", "IDP_ISSUER": issuer}) as there:
        made = json.loads(there.idp("client", "create", "--name", "Here", "--redirect-uri", callback))
        there.idp("user", "create", "--email", "ann@corp.example", "--password-stdin", "--verified", stdin=PASSWORD)
        own = {"IDP_ALLOW_PRIVATE_FETCH": "true", "IDP_WORKERS": "2", "IDP_BIND": f"127.0.0.1:{here_port}"}
        with serve(PLAIN | own) as here:
            members = (
                "--issuer",
                issuer,
                "--client-id",
                made["client_id"],
                "--icon",
                "building",
                "--display-name",
                "Corp",
            )
            members += ("--client-secret-stdin", "--only-domain", "corp.example")
            here.idp("provider", "create", "corp", *members, stdin=f"{made['client_secret']}\n")
            yield Two(here, there)


@pytest.mark.parametrize("javascript", [True, False])
def test_an_address_leads_there_and_back(two: Two, chromium: Chromium, javascript: bool) -> None:
    """Typed into the sign-in form, without a password, an address of the domain goes to its provider, and comes back signed in."""
    with chromium.page(javascript=javascript, viewport={"width": 360, "height": 740}) as page:
        page.goto(f"{two.here.url}/signin?next=/account/connections")
        page.fill("#username", "ann@corp.example")
        page.click("#signin-submit")
        page.wait_for_url("http://localhost:*/signin?*")
        expect(page.locator("#username")).to_have_value("ann@corp.example")
        page.fill("#password", PASSWORD)
        page.click("#signin-submit")
        if page.locator("#consent-allow").count():
            page.click("#consent-allow")
        page.wait_for_url(f"{two.here.url}/account/connections")
        expect(page.locator("main")).to_contain_text("ann@corp.example")
        page.goto(f"{two.here.url}/signout")
        page.locator("main form button").click()
        page.goto(f"{two.here.url}/signin?next=/account/password")
        page.click("#upstream-corp")
        page.wait_for_url(f"{two.here.url}/account/password")
        expect(page.locator("main")).to_contain_text("You need no password")


def test_every_step_of_trying_it_is_good(two: Two) -> None:
    """Tried at a real provider that takes it, nothing is wrong, and nothing is odd."""
    steps = [json.loads(line) for line in two.here.idp("provider", "try", "corp").splitlines()]
    assert {step["outcome"] for step in steps} == {"good"}, steps
    assert [step["step"] for step in steps][-1] == "Prove who this server is"
