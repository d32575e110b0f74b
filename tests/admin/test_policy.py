"""From whom a second factor is required: the page, whom it catches, and help for those who have lost theirs."""

from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from idp.accounts import lookup
from idp.base import clock
from idp.base.database import session
from idp.factors import policy
from idp.factors.policy import Required
from tests.admin.conftest import Making, Visitor
from tests.admin.test_editing import cells
from tests.core import mails
from tests.factories import Browser, Person, Provider
from tests.forms import hidden_fields
from tests.support.events import search as events_of
from tests.two_factors import enter, give_app

PAGE = "/admin/policy"
LED_TO_ENROL = "/account/security?next="


@pytest.fixture
def root(provider: Provider) -> Person:
    """An administrator with an authenticator app."""
    person = provider.person("root@example.org", is_admin=True)
    give_app(provider, person)
    return person


@pytest.fixture
def desk(provider: Provider, root: Person) -> Browser:
    """The administrator's browser, signed in with both factors."""
    browser = provider.browser()
    enter(browser, root)
    return browser


def require(browser: Browser, of: str) -> TestResponse:
    """Choose on the page, and say once more that it is meant."""
    answer = browser.submit(PAGE, required=of)
    is_asked = answer.status_code == 303 and answer.location.startswith(f"{PAGE}/{of}?seen=")
    return browser.submit(answer.location) if is_asked else answer


def rule(provider: Provider) -> Required:
    """Return the rule in force."""
    with provider.working():
        return policy.get()


def test_the_page_counts_who_has_no_factor(app: Flask, admin: Visitor, add_account: Making) -> None:
    """Each choice tells how many accounts have no second factor yet; closed accounts and those with one do not count."""
    for number in range(3):
        add_account(f"p{number}@example.com", admin=number == 0)
    add_account("unproved@example.com", admin=True, verified=False)
    add_account("closed@example.com", disabled_at=clock.now())
    add_account("careful@example.com", admin=True, second_factor_since=clock.now())
    page = admin.text(PAGE)
    assert "Administrators (2 without one so far)" in page
    assert "Everybody (5 without one so far)" in page
    assert 'checked id="required-0"' in page
    assert 'href="/admin/policy" aria-current="page"' in page


@pytest.mark.parametrize("of", ["nobody", "administrators", "everybody"])
def test_a_choice_is_kept_and_audited(provider: Provider, desk: Browser, root: Person, of: str) -> None:
    """The rule holds from now on, stands chosen on the page, and the log says who changed it, once."""
    with provider.working():
        policy.put(Required.EVERYBODY if of == "nobody" else Required.NOBODY, actor="the test")
    for _ in range(2):
        answer = require(desk, of)
        assert (answer.status_code, answer.location) == (303, PAGE)
    assert rule(provider) is Required(of)
    page = desk.get(PAGE).text
    assert "The policy is saved." in page
    assert f'checked id="required-{list(Required).index(Required(of))}"' in page
    with provider.working():
        events = list(session().scalars(events_of("policy.changed")))
    assert [(event.actor, event.detail["value"]) for event in events if event.actor == root.sub] == [(root.sub, of)]


@pytest.mark.parametrize("of", ["", "somebody", "EVERYBODY"])
def test_other_choices_are_refused(provider: Provider, desk: Browser, of: str) -> None:
    """A value that is no choice is 400 with a message, and the rule stays."""
    answer = require(desk, of)
    assert answer.status_code == 400
    assert "There is a problem" in answer.text
    assert rule(provider) is Required.NOBODY


def test_only_administrators_set_it(provider: Provider, desk: Browser) -> None:
    """Others get 403, strangers sign in first, and the rule stays."""
    bob = provider.browser(provider.person("bob@example.org"))
    assert bob.get(PAGE).status_code == 403
    assert provider.browser().get(PAGE).location.startswith("/signin?")
    with clock.moved(-timedelta(minutes=11)):
        stale = provider.browser(provider.person("second@example.org", is_admin=True))
    assert stale.get(PAGE).location.startswith("/signin?")


def test_an_administrator_is_told_and_then_led_to_enrol(provider: Provider) -> None:
    """Who requires it of administrators without having one is told before, and sets one up at the next page."""
    late = provider.browser(provider.person("late@example.org", is_admin=True))
    assert "You have no second factor yourself." in late.get(PAGE).text
    assert require(late, "administrators").location == PAGE
    for path in (PAGE, "/admin", "/account"):
        assert late.get(path).location.startswith(LED_TO_ENROL), path
    assert late.get(f"{LED_TO_ENROL}{PAGE}").status_code == 200
    assert rule(provider) is Required.ADMINISTRATORS


def test_the_notice_is_for_those_without(desk: Browser) -> None:
    """An administrator who has a factor is not told to get one."""
    assert "You have no second factor yourself." not in desk.get(PAGE).text


@pytest.mark.parametrize(("of", "is_led"), [("nobody", False), ("administrators", False), ("everybody", True)])
def test_whom_it_catches(provider: Provider, desk: Browser, of: str, is_led: bool) -> None:
    """An ordinary person without a factor is led to enrol only under the rule for everybody, and signing out works still."""
    bob = provider.browser(provider.person("bob@example.org"))
    require(desk, of)
    answer = bob.get("/account")
    assert (answer.status_code == 303 and answer.location.startswith(LED_TO_ENROL)) == is_led
    assert desk.get("/account").status_code == 200
    bob.sign_out()


def test_factors_are_shown_without_secrets(provider: Provider, desk: Browser) -> None:
    """A person's page names each factor with its times and the number of codes left, and shows no secret."""
    eve = provider.person("eve@example.org")
    path = f"/admin/people/{eve.sub}"
    assert "the password alone signs in" in desk.get(path).text
    assert "person-factors" not in desk.get(path).text
    app = give_app(provider, eve, "Eve's <phone>")
    page = desk.get(path).text
    assert "Eve&#39;s &lt;phone&gt;" in page
    assert "Authenticator app" in page
    assert "Recovery codes left: 0." in page
    assert app.secret not in page.replace(" ", "")


def test_lost_factors_are_removed_after_a_confirmation(provider: Provider, desk: Browser, root: Person) -> None:
    """The page asks first; then every factor is gone, the password alone signs in, and a mail and the log tell of it (item 22)."""
    eve = provider.person("eve@example.org")
    give_app(provider, eve)
    path = f"/admin/people/{eve.sub}"
    assert "Authenticator apps: 1. Passkeys: 0." in desk.get(f"{path}/factors/remove").text
    with provider.account(eve) as account:
        assert account.has_second_factor
    answer = desk.submit(f"{path}/factors/remove")
    assert (answer.status_code, answer.location) == (303, path)
    page = desk.get(path).text
    assert "Every second factor is removed." in page
    assert "factors.reset" in page
    with provider.account(eve) as account:
        assert not account.has_second_factor
        newest = mails.newest()
        assert (newest.to, newest.label) == (eve.email, "factors_changed")
        (event,) = session().scalars(events_of("factors.reset"))
        assert (event.subject, event.actor) == (eve.sub, root.sub)
    assert provider.browser().sign_in("/signin", eve).location == "/account"


def test_who_may_not_remove_factors(provider: Provider, desk: Browser) -> None:
    """Somebody without rights gets 403 and an unknown person is 404; nothing is removed."""
    eve = provider.person("eve@example.org")
    give_app(provider, eve)
    bob = provider.browser(provider.person("bob@example.org"))
    assert bob.get(f"/admin/people/{eve.sub}/factors/remove").status_code == 403
    assert desk.get("/admin/people/nobody/factors/remove").status_code == 404
    with provider.working():
        account = lookup.find(eve.id)
        assert account is not None
        assert account.has_second_factor


def test_another_rule_is_asked_first_and_told(provider: Provider, desk: Browser, root: Person) -> None:
    """A choice alone changes nothing; once it is confirmed, every owner is told what holds now, and by whom."""
    provider.person("second@example.org", is_admin=True)
    answer = desk.submit(PAGE, required="everybody")
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, f"{PAGE}/everybody")
    assert "Everybody must have a second factor then" in desk.get(answer.location).text
    assert rule(provider) is Required.NOBODY
    for _ in range(2):
        desk.submit(answer.location)
    assert rule(provider) is Required.EVERYBODY
    with provider.working():
        told = [mail for mail in mails.waiting() if mail.label == "administrators_told"]
    assert {mail.to for mail in told} == {root.email, "second@example.org"}
    assert len(told) == 2
    assert all("everybody must have a second factor" in mail.text and f"By: {root.email}" in mail.text for mail in told)


def test_a_policy_that_was_decided_meanwhile(provider: Provider, desk: Browser, root: Person) -> None:
    """Choice and confirmation carry what they were read with: either is 409 with the difference where somebody else was faster."""
    read = hidden_fields(desk.get(PAGE).text) | {"required": "administrators"}
    confirm = desk.submit(PAGE, required="administrators").location
    asked, path = hidden_fields(desk.get(confirm).text), confirm.partition("?")[0]
    with provider.working():
        policy.put(Required.EVERYBODY, actor="the tests")
    must = ["Nobody must have one", "Everybody must have one", "Administrators must have one"]
    for address, fields in ((PAGE, read), (path, asked)):
        answer = desk.http.post(address, data=fields, headers={"Accept": "text/html"})
        assert (answer.status_code, "Somebody else has saved meanwhile" in answer.text) == (409, True)
        assert cells(answer.text) == ["Second factor Both changed it", *must]
        assert 'checked id="required-1"' in answer.text
        assert rule(provider) is Required.EVERYBODY
    again = desk.http.post(PAGE, data=hidden_fields(answer.text) | {"required": "administrators"})
    assert desk.submit(again.location).status_code == 303
    assert rule(provider) is Required.ADMINISTRATORS
    assert f"Version 2, decided by {root.email}" in desk.get(PAGE).text
    asked |= {"seen": "nonsense"}
    answer = desk.http.post(f"{PAGE}/nobody", data=asked, headers={"Accept": "text/html"})
    assert (answer.status_code, "This form had expired" in answer.text) == (409, True)
    assert rule(provider) is Required.ADMINISTRATORS
