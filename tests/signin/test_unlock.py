"""Throttling as people meet it: told to wait, on hold, and free again by a mailed link."""

import pytest
from flask import Flask

from idp import audit
from idp.accounts import credentials, service
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import commit, session
from idp.lifetimes import LIFETIMES
from tests.accounts.guessing import PASSWORD, almost_hold, hold_codes, preset
from tests.core import mails
from tests.signin.browser import Browser, words

STRANGER = "203.0.113.9"
WRONG = "a wrong guess"


@pytest.fixture
def ann(app: Flask) -> int:
    """A person with a verified address; her account's number."""
    with app.test_request_context():
        account = service.add("ann@example.com", username="ann", password=PASSWORD, verified=True)
        assert isinstance(account, Account)
        commit()
        return account.id


def hold(app: Flask, name: str, who: "int | str") -> None:
    """Bring a name to its hundredth failure, as a stranger."""
    with app.test_request_context():
        almost_hold(name, who)
        commit()
    assert Browser(app, STRANGER).sign_in(name, WRONG).status_code == 400


def mailed_path(app: Flask) -> str:
    """Return path and query of the link in the newest mail."""
    with app.test_request_context():
        mail = mails.newest()
        assert mail.label == "account_held"
        return f"/unlock?token={mail.token}"


def test_waiting_is_answered_never_slept(app: Flask, ann: int) -> None:
    """After ten wrong passwords the answer is 429 with Retry-After at once, though request limits are off (items 9, 10)."""
    assert not app.config["RATELIMIT_ENABLED"]
    browser = Browser(app, STRANGER)
    assert browser.sign_in("ann", WRONG).status_code == 400
    with app.test_request_context():
        preset(f"password/typed/ann/{STRANGER}", 9)
        commit()
    assert browser.sign_in("ann", WRONG).status_code == 400
    answer = browser.sign_in("ann", PASSWORD)
    assert answer.status_code == 429
    assert 16 < int(answer.headers["Retry-After"]) <= 32
    assert "Too many tries" in words(answer)


def test_a_hold_looks_the_same_for_everybody(app: Flask, ann: int) -> None:
    """On hold, a name with an account and one without get the same page, status and time to wait (item 11)."""
    pages = []
    for name, who in (("ann@example.com", ann), ("ghost@example.com", "name:ghost@example.com")):
        hold(app, name, who)
        answer = Browser(app).sign_in(name, PASSWORD)
        pages.append((answer.status_code, answer.headers["Retry-After"], words(answer).replace(name, "")))
    assert pages[0] == pages[1]
    assert pages[0][:2] == (429, "3600")


def test_the_owner_gets_in_while_strangers_guess(app: Flask, ann: int) -> None:
    """A browser that has signed in before does so again while the account is on hold, after any sign-out (item 10)."""
    own = Browser(app)
    assert own.sign_in("ann", PASSWORD).request.path == "/account"
    own.open("/signout")
    own.send()
    hold(app, "ann", ann)
    assert Browser(app).sign_in("ann", PASSWORD).status_code == 429
    assert own.sign_in("ann", PASSWORD).request.path == "/account"


def test_the_link_shows_a_button_and_the_button_unlocks(app: Flask, ann: int) -> None:
    """Opening the link changes nothing; its button lets new browsers in again, once, and is written down (item 38)."""
    hold(app, "ann", ann)
    path = mailed_path(app)
    browser = Browser(app)
    for _ in range(2):
        assert browser.open(path).status_code == 200
    assert "ann@example.com" in words(browser.page)  # type: ignore[arg-type] # a page was just opened
    assert Browser(app, "192.0.2.7").sign_in("ann", PASSWORD).status_code == 429
    browser.open(path)
    answer = browser.send()
    assert answer.request.path == "/signin"
    assert "allowed again" in words(answer)
    assert 'value="ann@example.com"' in answer.text
    assert Browser(app, "192.0.2.7").sign_in("ann", PASSWORD).request.path == "/account"
    dead = browser.open(path)
    assert (dead.status_code, "This link does not work" in words(dead)) == (400, True)
    with app.test_request_context():
        account = session().get_one(Account, ann)
        assert "account.unlocked" in {event.event for event in audit.recent(account.sub)}


def test_who_opened_the_link_is_not_held_again(app: Flask, ann: int) -> None:
    """The browser that unlocked is known: strangers who go on guessing hold everybody new, but not that one (item 10)."""
    hold(app, "ann", ann)
    owner = Browser(app)
    owner.open(mailed_path(app))
    owner.send()
    hold(app, "ann", ann)
    assert Browser(app).sign_in("ann", PASSWORD).status_code == 429
    assert owner.sign_in("ann", PASSWORD).request.path == "/account"
    with app.test_request_context():
        assert {mail.label for mail in mails.waiting()} == {"account_held"}


def test_the_same_link_frees_codes(app: Flask, ann: int) -> None:
    """A hold of codes ends by the same link."""
    hold(app, "ann", ann)
    with app.test_request_context():
        hold_codes(session().get_one(Account, ann))
        commit()
    browser = Browser(app)
    browser.open(mailed_path(app))
    browser.send()
    with app.test_request_context():
        assert credentials.attempt_factor(session().get_one(Account, ann), source=STRANGER) is None


@pytest.mark.parametrize("spoil", ["expired", "unknown", "none", "spent"])
def test_dead_links_say_so(app: Flask, ann: int, spoil: str) -> None:
    """An expired, unknown, missing or used link is told plainly, with what to do, and unlocks nothing."""
    hold(app, "ann", ann)
    path, late = mailed_path(app), LIFETIMES.unlock_link * 2
    browser = Browser(app)
    browser.open(path)
    if spoil == "spent":
        other = Browser(app)
        other.open(path)
        other.send()
        assert browser.send(path).status_code == 400
        return
    path = {"expired": path, "unknown": "/unlock?token=abc", "none": "/unlock"}[spoil]
    with clock.moved(late if spoil == "expired" else late * 0):
        for act in (browser.send, browser.open):
            answer = act(path)
            assert answer.status_code == 400
            assert "Forgot your password?" in words(answer)
    assert Browser(app).sign_in("ann", PASSWORD).status_code == 429


def test_unlocking_keeps_nothing_open(app: Flask, ann: int) -> None:
    """The link signs nobody in: after it the password is still asked for (item 24)."""
    hold(app, "ann", ann)
    browser = Browser(app)
    browser.open(mailed_path(app))
    browser.send()
    assert browser.open("/account").request.path == "/signin"
    assert browser.sign_in("ann", WRONG).status_code == 400
