"""Two nodes whose clocks differ by ten seconds share a database: nobody is asked for ever, signed out, or let in for it.

Each request is one node's: `clock.moved` says whose clock it has.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from itsdangerous import BadSignature

from idp.accounts import email_change
from idp.accounts.models import Account
from idp.base import clock
from idp.base.seals import PatientSerializer
from idp.factors import service as factors
from tests.factories import Browser, Client, Person, Provider
from tests.me.test_email_change import change
from tests.two_factors import give_app

APART = [timedelta(seconds=10), timedelta(seconds=-10)]
LATER = timedelta(minutes=10)


@contextmanager
def node(offset: timedelta) -> Iterator[None]:
    """Let a node whose clock is so far off answer."""
    with clock.moved(offset):
        yield


@pytest.fixture
def shop(provider: Provider) -> Client:
    """An application of the house's own, which asks nobody for consent."""
    return provider.client(first_party=True)


@pytest.mark.parametrize("apart", APART, ids=["ahead", "behind"])
@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "0"}, {"prompt": "select_account"}], ids=str)
def test_who_signs_in_at_another_node_is_asked_once(
    provider: Provider, ann: Person, shop: Client, apart: timedelta, asked: dict[str, str]
) -> None:
    """A sign-in that a request has asked for counts for it, whichever node takes it, and an earlier one does not."""
    with clock.moved(-LATER):
        browser = provider.browser(ann)
    answer = browser.authorize(shop, **asked)
    page = answer.location
    assert page.startswith("/signin?"), page
    with node(apart):
        signed_in = browser.sign_in(page, ann)
    assert signed_in.location.startswith("/oauth/resume?")
    done = browser.get(signed_in.location)
    assert "code=" in done.location, done.location
    assert done.location.startswith(shop.redirect_uri)


@pytest.mark.parametrize("apart", APART, ids=["ahead", "behind"])
@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "0"}], ids=str)
def test_a_sign_in_of_a_moment_ago_does_not_pass_for_a_new_one(
    provider: Provider, ann: Person, shop: Client, apart: timedelta, asked: dict[str, str]
) -> None:
    """Who signed in at a node whose clock is ahead is asked all the same, although that sign-in bears a later time than the request."""
    browser = Browser(provider)
    with node(apart):
        browser.sign_in("/signin", ann)
    assert browser.authorize(shop, **asked).location.startswith("/signin?")


def test_a_sign_in_for_one_request_is_none_for_another(provider: Provider, ann: Person, shop: Client) -> None:
    """Of two requests that wait at once, signing in for one at a node ahead leaves the other asking."""
    with clock.moved(-LATER):
        browser = provider.browser(ann)
    first, second = (browser.authorize(shop, prompt="login").location for _request in range(2))
    with node(timedelta(seconds=10)):
        resumed = browser.sign_in(first, ann)
    assert "code=" in browser.get(resumed.location).location
    other = browser.get(second)
    assert other.status_code == 200
    assert 'id="password"' in other.text


@pytest.mark.parametrize("apart", APART, ids=["ahead", "behind"])
def test_both_factors_are_asked_once(provider: Provider, ann: Person, shop: Client, apart: timedelta) -> None:
    """Where two factors are due, each is asked once, the second at a third node."""
    phone = give_app(provider, ann)
    browser = Browser(provider)
    page = browser.authorize(shop, prompt="login").location
    with node(apart):
        code_page = browser.sign_in(page, ann).location
        assert code_page.startswith("/signin/code?")
    with node(-apart):
        resumed = browser.submit(code_page, code=phone.code())
    assert resumed.location.startswith("/oauth/resume?"), resumed.text
    assert "code=" in browser.get(resumed.location).location


@pytest.mark.parametrize("apart", APART, ids=["ahead", "behind"])
def test_the_cookie_of_one_node_is_good_at_the_other(provider: Provider, ann: Person, apart: timedelta) -> None:
    """Who signs in at one node is signed in at the other at once, and a form of one is taken by the other."""
    browser = Browser(provider)
    with node(apart):
        browser.get("/signin")
    assert browser.sign_in("/signin", ann).status_code == 303
    with node(apart):
        assert browser.get("/account").status_code == 200
        form = browser.get("/account").text
    assert "csrf_token" in form
    assert browser.get("/account").status_code == 200


def test_what_is_signed_grows_old_and_cannot_be_changed(app: Flask) -> None:
    """A signed value is good until its age, by whichever clock it was signed, and never when it was changed."""
    seal = PatientSerializer("a key of the test", salt="test")
    for offset, is_good in ((10, True), (3600, True), (-3599, True), (-3605, False)):
        with clock.moved(timedelta(seconds=offset)):
            signed = seal.dumps("value")
        if is_good:
            assert seal.loads(signed, max_age=3600) == "value"
        else:
            with pytest.raises(BadSignature):
                seal.loads(signed, max_age=3600)
    with pytest.raises(BadSignature):
        seal.loads(seal.dumps("value") + "x", max_age=3600)


def test_an_undo_reaches_what_a_node_behind_has_written(provider: Provider, ann: Person) -> None:
    """A factor that was added right after a change of address, at a node whose clock is behind, goes with the undo."""
    token = change(provider, provider.browser(ann))
    with node(timedelta(minutes=2, seconds=-10)):  # enrolled two minutes before that
        give_app(provider, ann)
    with provider.working():
        assert isinstance(email_change.undo(token, source="192.0.2.1"), Account)
    with provider.account(ann) as account:
        assert not factors.of(account).authenticators
