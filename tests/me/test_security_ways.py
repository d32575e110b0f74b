"""The ways to and from the pages of second factors: what is offered, what waits for a factor, and what follows a change."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from idp import audit, sessions
from idp.base import clock
from idp.factors import totp
from idp.factors.policy import Required
from idp.me import activity
from tests.factories import Person, Provider
from tests.factors.phones import mid_step
from tests.me.test_security import CODES, SECURITY, add_app, begin, double, send, set_policy, words

RESUME = "/oauth/resume?id=abc"


@pytest.fixture(autouse=True)
def _mid_step() -> Iterator[None]:
    with mid_step():
        yield


def links(page: str) -> dict[str, str]:
    """Return the addresses of a page's named links."""
    found = re.findall(r'<a[^>]*?href="([^"]*)"[^>]*?\bid="([^"]*)"', page, re.S)
    return {name: unescape(address) for address, name in found}


def test_a_factor_is_offered_and_never_forced(provider: Provider, ann: Person) -> None:
    """The profile offers a first factor until "Not now" for this browser, or until there is one (ux.md 31)."""
    browser, other = provider.browser(ann), provider.browser(ann)
    assert links(browser.get("/account").text)["factor-offer"] == SECURITY
    assert send(browser, f"{SECURITY}/later", "/account").location == "/account"
    assert "factor-offer" not in browser.get("/account").text
    assert "factor-offer" in other.get("/account").text
    add_app(other)
    assert "factor-offer" not in other.get("/account").text


def test_what_waits_for_a_factor_goes_on_after_it(provider: Provider, ann: Person) -> None:
    """Under a policy every page leads to the overview, which says why; after app and codes the browser is where it was going."""
    set_policy(provider, Required.EVERYBODY)
    browser = provider.browser(ann)
    asked = browser.get("/account/password").location
    assert asked == f"{SECURITY}?next=%2Faccount%2Fpassword"
    page = browser.get(asked)
    assert "A second factor is needed before you go on" in words(page)
    assert "decline" not in links(page.text)
    assert add_app(browser, on=asked).location == CODES
    assert send(browser, f"{CODES}/saved", CODES, saved="y").location == "/account/password"
    assert browser.get("/account/password").status_code == 200
    assert links(browser.get(asked).text)["continue"] == "/account/password"


def test_forms_may_lead_on_to_the_application_that_waits(provider: Provider, ann: Person) -> None:
    """A browser that does not tell where it comes from is held by no policy on the pages after which an application comes."""
    set_policy(provider, Required.EVERYBODY)
    client, browser = provider.client(), provider.browser(ann)
    asked = browser.follow(browser.authorize(client), client)
    assert asked.request.path == SECURITY
    page, app = begin(browser, asked.request.full_path)
    assert "form-action" not in browser.get(page).headers["Content-Security-Policy"]
    assert browser.submit(page, code=app.at(clock.now()), name="Phone").location == CODES
    assert "form-action" not in browser.get(CODES).headers["Content-Security-Policy"]
    going = browser.follow(send(browser, f"{CODES}/saved", CODES, saved="y"), client)
    assert going.request.path == "/consent"
    assert "form-action 'self';" in browser.get(SECURITY).headers["Content-Security-Policy"]


def test_cancelling_keeps_what_waits(provider: Provider, ann: Person) -> None:
    """The links back from the page of a new app lead to the overview with what waits; the plain overview forgets it."""
    browser = provider.browser(ann)
    overview = f"{SECURITY}?next=%2Faccount%2Fapps"
    page, _app = begin(browser, overview)
    assert f'href="{overview}"' in browser.get(page).text
    browser.get(SECURITY)
    assert f'href="{overview}"' not in browser.get(page).text


def test_a_mere_wish_of_an_app_can_be_declined(provider: Provider, ann: Person) -> None:
    """Where only the asking application wishes for a factor, "Not now" goes back to it and says so; a policy leaves no such way."""
    browser = provider.browser(ann)
    assert links(browser.get(f"{SECURITY}?next={RESUME}").text)["decline"] == f"{RESUME}&second_factor=declined"
    assert "decline" not in links(browser.get(f"{SECURITY}?next=/account").text)
    set_policy(provider, Required.EVERYBODY)
    assert "decline" not in links(browser.get(f"{SECURITY}?next={RESUME}").text)


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_only_local_paths_are_continued_to(provider: Provider, ann: Person, target: str) -> None:
    """A foreign address after `next` is no place to continue to (security.md 40)."""
    browser = provider.browser(ann)
    page = browser.get(SECURITY, query_string={"next": target})
    assert "evil" not in page.text
    assert "alert" not in page.text
    add_app(browser)
    assert send(browser, f"{CODES}/saved", CODES, saved="y").location == SECURITY


def test_a_change_offers_to_end_other_sessions_once(provider: Provider, ann: Person) -> None:
    """After an addition, new codes and a removal the overview offers it, where there are others (security.md 31)."""
    browser, phone = double(provider, ann)
    offer = 'action="/account/sessions/end-others"'
    add_app(browser, "Spare")
    assert offer not in browser.get(SECURITY).text
    other = provider.browser(ann)
    changes = [
        lambda: add_app(browser, "Another"),
        lambda: send(browser, CODES),
        lambda: browser.submit(f"{SECURITY}/authenticator/{phone.id}/remove"),
    ]
    for change in changes:
        change()
        assert offer in browser.get(SECURITY).text
        assert offer not in browser.get(SECURITY).text
    send(browser, CODES)
    assert send(browser, "/account/sessions/end-others").status_code == 303
    assert other.get("/account").location.startswith("/signin?")
    with provider.working():
        assert len(sessions.list_live(ann.id, 0)) == 1


def test_there_is_a_most_of_apps(provider: Provider, ann: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """One app too many is refused in one sentence, on a page that says what to do."""
    monkeypatch.setattr(totp, "MOST", 1)
    browser, _phone = double(provider, ann)
    refused = send(browser, f"{SECURITY}/authenticator")
    assert refused.status_code == 400
    assert "Remove one first." in words(refused)


def test_without_a_name_there_are_no_passkeys(provider: Provider, ann: Person) -> None:
    """A server that is reached by an IP address says why passkeys are not offered; one with a name offers them."""
    browser = provider.browser(ann)
    add = f'href="{SECURITY}/passkeys/new"'
    for issuer, works in (("http://127.0.0.1:5000", False), ("http://localhost:5000", True)):
        provider.app.extensions["idp.settings"].issuer = issuer
        page = browser.get(SECURITY)
        assert (add in page.text) == works
        assert ("Passkeys cannot be used here" in words(page)) != works


def test_every_event_about_factors_has_words(provider: Provider, ann: Person) -> None:
    """The activity page tells each event in plain words, done or refused."""
    done = ["factor.added", "factor.removed", "factors.reset", "recovery_code.used", "recovery_codes.renewed"]
    failed = ["factor.checked", "factor.removed", "passkey.counter_regressed"]
    with provider.working():
        for event in done:
            audit.record(event, subject=ann.sub)
        for event in failed:
            audit.record(event, subject=ann.sub, outcome=audit.FAILURE)
    with provider.app.test_request_context():
        told = [event.what for event in activity.recent(ann.sub)]
    assert len(set(told)) == len(done) + len(failed)
    assert not any("." in what for what in told)


def test_a_begun_enrolment_is_one_page(provider: Provider, ann: Person) -> None:
    """Beginning again in another tab makes a new secret; the earlier page says that it is over."""
    browser = provider.browser(ann)
    first, _app = begin(browser)
    begin(browser)
    assert browser.get(first).location == SECURITY
