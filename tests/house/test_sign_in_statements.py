"""What signing in and out costs the database: each step executes so many statements, and one that fails the same for every name."""

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from idp.base import clock
from tests.factories import CSRF, Browser, Person, Provider
from tests.house.watching import Work, watching

pytestmark = pytest.mark.usefixtures("unhurried")

# Before a password is compared: a sign-up under the name, the account, the counters. An account that has others hears of a new browser.
BEFORE = ["_newest_by_email", "_by_email", "_count"]
KNOWN = ["_newest_by_email", "_by_email", "_find", "_count_freely"]
IN_A_NEW_BROWSER = [
    *BEFORE,
    *["_lock", "_forget", "_take_back", "_note_sign_in", "_open", "_remember", "_find_other", "_put", "_record"],
]
IN_A_KNOWN_BROWSER = [*KNOWN, "_lock", "_forget", "_note_sign_in", "_open", "_note_seen", "_record"]
FAILED = [*BEFORE, "_record", "_find_used_up"]


@pytest.fixture
def ann(provider: Provider) -> Person:
    """Somebody whose account knows a browser, so that statements are compiled and pages drawn."""
    ann = provider.person()
    for _again in range(2):
        provider.browser().sign_in("/signin", ann)
    provider.browser().sign_in("/signin", ann, password="another one")
    return ann


def watch_sending(browser: Browser, path: str, **fields: str) -> tuple[Work, TestResponse]:
    """Open a form's page, and watch what sending it costs."""
    token = CSRF.search(browser.get(path).text)
    assert token is not None
    data = {"csrf_token": token[1]} | fields
    with watching(browser.provider.app) as work:
        response = browser.http.post(path, data=data, headers={"Accept": "text/html"})
    return work, response


def test_signing_in_with_a_new_browser(provider: Provider, ann: Person) -> None:
    """A right password in a browser that the account does not know costs these statements, and one transaction after the hash."""
    with clock.moved(timedelta(minutes=1)):  # when somebody was here last is written once a second
        work, response = watch_sending(provider.browser(), "/signin", username=ann.email, password=ann.password)
    assert response.status_code == 303
    assert (work.declared, work.others, work.compiled, work.begun) == (IN_A_NEW_BROWSER, [], [], 1)


def test_signing_in_with_a_known_browser(provider: Provider, ann: Person) -> None:
    """A right password in a browser that the account knows costs these statements, and one transaction after the hash."""
    browser = provider.browser()
    browser.sign_in("/signin", ann)
    browser.sign_out()
    with clock.moved(timedelta(minutes=1)):  # when somebody was here last is written once a second
        work, response = watch_sending(browser, "/signin", username=ann.email, password=ann.password)
    assert response.status_code == 303
    assert (work.declared, work.others, work.compiled, work.begun) == (IN_A_KNOWN_BROWSER, [], [], 1)


def test_a_failed_sign_in_costs_the_same_for_every_name(provider: Provider, ann: Person) -> None:
    """A wrong password and a name that nobody has cost the same statements, in the same order, over as many round trips."""
    seen = []
    for name in (ann.email, "nobody@example.org"):
        work, response = watch_sending(provider.browser(), "/signin", username=name, password="wrong")
        assert response.status_code == 400
        seen.append((work.declared, work.alone, work.others, work.compiled, work.begun))
    assert seen == [(FAILED, 3, [], [], 0)] * 2


def test_a_failed_sign_in_by_username_costs_the_same_for_every_name(provider: Provider, ann: Person) -> None:
    """A wrong password costs the same statements under a username that somebody has and under one that nobody has."""
    with provider.account(ann) as account:
        account.username = "ann"
    seen = []
    for name in ("ann", "nobody"):
        work, response = watch_sending(provider.browser(), "/signin", username=name, password="wrong")
        assert response.status_code == 400
        seen.append((work.declared, work.alone, work.others, work.begun))
    by_username = ["_newest_by_username", "_by_username", *FAILED[2:]]
    assert seen == [(by_username, 3, [], 0)] * 2


def test_the_page_that_an_application_leads_to(provider: Provider, ann: Person) -> None:
    """The sign-in page of an application's request reads that request, once it has been drawn, and nothing else."""
    browser, client = provider.browser(), provider.client()
    path = browser.authorize(client).location
    assert client.metadata.client_name in browser.get(path).text
    with watching(provider.app) as work:
        assert client.metadata.client_name in browser.get(path).text
    assert len(work.declared) + len(work.others) <= 2
    assert all("FROM pending_requests" in text for text in work.others)


def test_the_page_by_itself(provider: Provider, ann: Person) -> None:
    """The sign-in page that somebody opens by its address asks the database nothing."""
    with watching(provider.app) as work:
        assert provider.browser().get("/signin").status_code == 200
    assert (work.declared, work.others, work.begun) == ([], [], 0)


def test_signing_out(provider: Provider, ann: Person) -> None:
    """Signing out reads session and account, takes the account, ends the session, and records it."""
    browser = provider.browser()
    browser.sign_in("/signin", ann)
    work, response = watch_sending(browser, "/signout")
    assert response.status_code == 303
    kinds = [statement.split()[0] for statement in work.others]
    assert (kinds, work.declared, work.begun) == (["SELECT", "SELECT", "UPDATE", "SELECT"], ["_record"], 1)
