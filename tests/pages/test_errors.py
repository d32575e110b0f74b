"""No error page is a dead end: each says what is wrong, and has a way on that leads somewhere."""

import re
from pathlib import Path

import pytest

from idp.base.database import ROOT
from idp.base.failures import show_busy, show_error
from idp.base.outcome import Busy
from tests.factories import Browser
from tests.pages.inventory import Inventory
from tests.pages.reading import Page

ANYBODY = [
    "/nowhere",
    "/%00",
    "/verify/link?token=used",
    "/reset/password?token=used",
    "/setup?token=used",
    "/unlock?token=used",
    "/account/email/undo?token=used",
    "/account/keep?token=used",
    "/oauth/authorize",
    "/oauth/authorize?client_id=nobody",
    "/oauth/authorize?client_id=desk&redirect_uri=https://elsewhere.example/",
    "/oauth/resume?id=used",
    "/consent?id=used",
    "/oauth/logout?client_id=nobody",
    "/oauth/logout?id_token_hint=rubbish&post_logout_redirect_uri=https://elsewhere.example/",
    "/u/nobody",
    "/static/css/nothing.css",
]
SIGNED_IN = ["/account/email/confirm?token=used", "/admin", "/account/security/passkey/none/remove", "/account/nowhere"]
ADMINISTRATOR = ["/admin/people/nobody", "/admin/clients/nobody", "/admin/nowhere", "/admin/registration/7/revoke"]
PAGES = {"Accept": "text/html"}


def ways_on(html: str) -> list[str]:
    """Return where the links of an error page lead, apart from what every page has."""
    page = Page("error", html)
    assert page.by_id("error-message").text
    (ways,) = [element for element in page.elements if element["id"] == "ways-on"]
    found = [element for element in ways.walk() if element.tag == "a"]
    assert all(element.text for element in found)
    return [element["href"] for element in found]


def check(browser: Browser, path: str) -> None:
    """Open a page that is an error, and every way on from it."""
    answer = browser.get(path)
    assert answer.status_code in {400, 403, 404, 405}, f"{path} answered {answer.status_code}"
    ways = ways_on(answer.text)
    assert ways, f"{path} is a dead end"
    for way in ways:
        assert re.match(r"/[^/\\]", way), f"{path} leads away: {way}"
        reached = browser.get(way)
        while reached.status_code in {302, 303}:
            reached = browser.get(reached.location)
        assert reached.status_code == 200, f"{path} leads to {way}, which answers {reached.status_code}"


@pytest.mark.parametrize("path", ANYBODY)
def test_every_error_has_a_way_on(house: Inventory, path: str) -> None:
    """Used and expired links, refused requests and addresses that do not exist lead on, for somebody who is not signed in."""
    check(house.provider.browser(), path)


@pytest.mark.parametrize("path", [*ANYBODY, *SIGNED_IN])
def test_every_error_has_a_way_on_for_people(house: Inventory, path: str) -> None:
    """The same for somebody who is signed in, the administrators' pages included, which are closed to them."""
    check(house.browsers["/account"], path)


@pytest.mark.parametrize("path", ADMINISTRATOR)
def test_administrators_stay_among_their_pages(house: Inventory, path: str) -> None:
    """What an administrator looked for and did not find leads back to the administration."""
    browser = house.browsers["/admin"]
    check(browser, path)
    assert "/admin" in ways_on(browser.get(path).text)


def test_a_form_sent_the_wrong_way_has_a_way_on(house: Inventory) -> None:
    """An address that takes no requests of a kind (405) leads on as well."""
    browser = house.provider.browser()
    answer = browser.http.put("/signin", headers=PAGES)
    assert answer.status_code == 405
    assert ways_on(answer.text) == ["/account"]


@pytest.mark.parametrize("target", ["/signin?next=/account&x=%3Cb%3E", "/reset"])
def test_what_passes_can_be_tried_again(house: Inventory, target: str) -> None:
    """Errors of ours, of load and of too many requests offer the same page once more, with its request intact."""
    app = house.provider.app
    with app.test_request_context(target, headers=PAGES):
        for html in (show_error("Oh", "Something went wrong.", 500)[0], show_busy(Busy()).get_data(as_text=True)):
            assert ways_on(html) == [target, "/account"]
    with app.test_request_context("/verify/resend", method="POST", headers=PAGES):
        assert ways_on(show_error("Oh", "Too many.", 429)[0]) == ["/verify", "/account"]


@pytest.mark.parametrize("path", ["//elsewhere.example/x", "/\\elsewhere.example"])
def test_no_way_on_leads_to_another_host(house: Inventory, path: str) -> None:
    """An address that a browser would read as another host's is not linked."""
    with house.provider.app.test_request_context("/", headers=PAGES) as context:
        context.request.path = path
        assert ways_on(show_error("Oh", "Something went wrong.", 500)[0]) == ["/", "/account"]


def test_one_function_writes_all_error_pages() -> None:
    """No other code renders the error page, so that none forgets its ways on."""
    users = {
        path.name
        for path in Path(ROOT, "idp").rglob("*.py")
        if '"error.html"' in path.read_text() and path.parent.name != "demo"
    }
    assert users == {"failures.py"}
