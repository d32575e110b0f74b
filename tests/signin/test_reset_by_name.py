"""A forgotten password by username: the name that sign-in takes, with the same answers for everybody and no address told."""

import base64
import zlib

import pytest
from flask import Flask

from idp.accounts import lookup, service
from idp.accounts.models import Account, Proof
from idp.accounts.service import Profile
from idp.base.database import commit, session
from idp.outbox import Delivery
from tests.core import mails
from tests.signin.browser import Browser, words

PASSWORD = "correct horse battery"
ADDRESS = "ann@somewhere.example"


@pytest.fixture(autouse=True)
def _ann(app: Flask) -> None:
    """A person with a username, which is no part of the address."""
    with app.app_context():
        account = service.add(ADDRESS, username="zebra", password=PASSWORD, verified=True)
        assert isinstance(account, Account)
        commit()


def ask(app: Flask, name: str) -> Browser:
    """Ask for a reset."""
    browser = Browser(app)
    browser.open("/reset")
    browser.send(email=name)
    return browser


@pytest.mark.parametrize("name", ["zebra", "ZEBRA", " Zebra ", "ｚｅｂｒａ"])
def test_a_username_gets_the_code(app: Flask, name: str) -> None:
    """The username in any form has the code mailed to the account's address, and the code leads to a new password."""
    browser = ask(app, name)
    assert browser.path == "/reset/code"
    with app.app_context():
        mail = mails.newest()
        commit()
    assert mail.to == ADDRESS
    browser.send(code=" ".join(mail.code).translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}))
    assert browser.path == "/reset/password"
    browser.send(password="brand new horse")
    assert browser.send(username="zebra", password="brand new horse").status_code == 200
    assert browser.path == "/account"


def test_known_and_unknown_names_look_the_same(app: Flask) -> None:
    """Pages, statuses, cookies and rows are the same whether or not somebody has the username; no answer holds the address."""
    seen = []
    for name in ("zebra", "hyena"):
        browser = Browser(app)
        browser.open("/reset")
        answer = browser.post(email=name)
        assert (answer.status_code, answer.location) == (303, "/reset/code")
        page = browser.open("/reset/code")
        wrong = browser.send(code="000000")
        texts = [words(page), words(wrong), cookie_of(answer.headers["Set-Cookie"])]
        assert ADDRESS not in "".join(texts)
        assert "somewhere" not in "".join(texts)
        with app.app_context():
            rows = session().query(Proof).count(), session().query(Delivery).count()
            commit()
        seen.append([text.replace(name, "") for text in texts[:2]] + [wrong.status_code, len(texts[2]), rows])
    assert seen[0][:4] == seen[1][:4]
    assert seen[1][4] == (2 * seen[0][4][0], 2 * seen[0][4][1])


def test_what_is_neither_is_told(app: Flask) -> None:
    """A text that is no address and can be no username is refused at once, as a misspelt address is."""
    for name in ("two words", "a" * 21, "ann@", "@", "-x"):
        browser = Browser(app)
        browser.open("/reset")
        answer = browser.post(email=name)
        assert answer.status_code == 400
        assert "e-mail address like" in words(answer)


def test_a_new_code_is_sent_by_the_same_name(app: Flask) -> None:
    """ "Send a new code" works for a username, and the former code is void."""
    browser = ask(app, "zebra")
    with app.app_context():
        first = mails.newest().code
        commit()
    browser.send("/reset", email="zebra")
    with app.app_context():
        second = mails.newest().code
        commit()
    if first != second:
        browser.send(code=first)
        assert browser.path == "/reset/code"
    browser.send(code=second)
    assert browser.path == "/reset/password"


def test_a_name_that_moved_takes_no_code_along(app: Flask) -> None:
    """A code that was sent for a username opens nothing once another account has the name."""
    browser = ask(app, "zebra")
    with app.app_context():
        code = mails.newest().code
        account = lookup.find_by_identifier("zebra")
        assert account is not None
        assert service.change_profile(account, Profile(username="other")) == []
        commit()
    browser.send(code=code)
    assert browser.path == "/reset/code"


def cookie_of(header: str) -> str:
    """Return what a session cookie says to whoever reads it: it is signed, and not sealed."""
    value = header.partition("=")[2].partition(";")[0]
    is_packed = value.startswith(".")
    payload = value.lstrip(".").partition(".")[0]
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return (zlib.decompress(raw) if is_packed else raw).decode()
