"""An owner who has lost every factor gets back in by one command on the server, and by nothing less."""

from datetime import timedelta

import pytest
from flask import Flask

from idp.accounts import recovery
from idp.accounts.authority import granting, holding
from idp.base import clock
from idp.base.database import session
from idp.base.outcome import Reason, Refused
from idp.factors import break_glass
from idp.factors import service as factors
from tests.core import mails
from tests.factories import Person, Provider
from tests.support.events import search as events_of
from tests.two_factors import give_app

NEW = "another rather long pass phrase"


@pytest.fixture
def root(provider: Provider) -> Person:
    """An owner with an authenticator app, which is lost."""
    person = provider.person("root@example.org", is_admin=True)
    give_app(provider, person)
    return person


def start(provider: Provider, email: str) -> str:
    """Return the path of a new link."""
    with provider.working():
        link = break_glass.start(email)
    assert isinstance(link, str)
    return link.removeprefix(provider.issuer)


def told(provider: Provider, to: str) -> list[str]:
    """Return the notices to administrators that wait for somebody."""
    with provider.working():
        return [mail.text for mail in mails.waiting() if (mail.to, mail.label) == (to, "administrators_told")]


def count(provider: Provider, person: Person) -> int:
    """Return how many factors somebody has."""
    with provider.account(person) as account:
        return factors.of(account).count


def test_an_owner_gets_back_in(provider: Provider, root: Person) -> None:
    """The link takes a new password and only then the old factors; it works once, every owner hears of both, and the log has both."""
    second = provider.person("second@example.org", is_admin=True)
    path = start(provider, " Root@example.org ")
    for owner in (root, second):
        (said,) = told(provider, owner.email)
        assert "root@example.org gets back in without a second factor" in said
        assert "By: the command line" in said
    browser = provider.browser()
    assert "root@example.org" in browser.get(path).text
    refused = browser.submit(path, password="short")
    assert refused.status_code == 400
    assert count(provider, root) == 1
    answer = browser.submit(path, password=NEW)
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/signin")
    assert count(provider, root) == 0
    assert len(told(provider, second.email)) == 2
    again = browser.get(path)
    assert (again.status_code, "does not work" in again.text) == (400, True)
    signed_in = provider.browser()
    assert signed_in.submit("/signin", username=root.email, password=NEW).location == "/account"
    assert signed_in.get("/admin").status_code == 200
    with provider.working():
        events = [event.event for event in session().scalars(events_of("break_glass"))]
    assert sorted(events) == ["break_glass.started", "break_glass.used"]


def test_printing_a_link_takes_nothing_away(provider: Provider, root: Person) -> None:
    """Until it is used the factors, the password and the sessions stay; a newer link voids it, and after an hour it is over."""
    browser = provider.browser(root)
    first, second = start(provider, root.email), start(provider, root.email)
    assert count(provider, root) == 1
    assert browser.get("/account").status_code != 400
    assert provider.browser().sign_in("/signin", root).location.startswith("/signin/code")
    assert provider.browser().get(first).status_code == 400
    assert provider.browser().get(second).status_code == 200
    with clock.moved(timedelta(minutes=61)):
        assert provider.browser().get(second).status_code == 400


@pytest.mark.parametrize("role", ["", "people", "reader"])
def test_it_is_for_owners_alone(provider: Provider, root: Person, role: str) -> None:
    """Nobody else gets a link, a disabled owner neither; and one who owns nothing by the time of its use has none any more."""
    eve = provider.person("eve@example.org")
    with provider.account(eve) as account:
        if role:
            granting.give(account, role, by="the tests")
    with provider.working():
        assert break_glass.start(eve.email) == Refused(Reason.OWNER_NEEDED, "email")
        assert break_glass.start("nobody@example.org") == Refused(Reason.UNKNOWN, "email")
    gone = provider.person("gone@example.org", is_admin=True, disabled_at=clock.now())
    with provider.working():
        assert break_glass.start(gone.email) == Refused(Reason.OWNER_NEEDED, "email")
    late = provider.person("late@example.org", is_admin=True)
    path = start(provider, late.email)
    with provider.account(late) as account:
        assert granting.withdraw(account, "owner", actor=None) is None
        assert not holding.is_owner(account)
    assert provider.browser().get(path).status_code == 400


def test_a_changed_password_voids_the_link(app: Flask, provider: Provider, root: Person) -> None:
    """Whoever has got back in another way need not fear a link that was printed before."""
    path = start(provider, root.email)
    with provider.account(root) as account:
        link = recovery.start_for(account, actor=None)
    assert provider.browser().submit(link.removeprefix(provider.issuer), password=NEW).status_code == 303
    assert provider.browser().get(path).status_code == 400
