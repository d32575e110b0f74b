"""Resetting a password: the same answer for everybody, each proof once, everything else ended."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from idp import outbox, sessions
from idp.accounts import credentials, founding, passwords, recovery, service
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import session
from idp.base.outcome import Reason, Refused
from idp.sessions import Device
from tests.core import mails

NEW = "an entirely new one"


@pytest.fixture(autouse=True)
def _in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def ann(_in_app: None) -> Account:
    """A person with a verified address."""
    account = service.add("ann@example.com", username="ann", password="correct horse battery", verified=True)
    assert isinstance(account, Account)
    return account


def test_a_link_resets_once(ann: Account) -> None:
    """A link sets a password once; sessions end and the person is told (item 17; ux.md 26)."""
    _row, token = sessions.open_session(ann.id, ann.token_epoch, ["pwd"], Device("192.0.2.1", "Browser"))
    recovery.request("Ann@Example.com", source="192.0.2.1")
    link = mails.newest().token
    assert isinstance(recovery.peek(link), Account)
    assert isinstance(recovery.finish(link, NEW, source="192.0.2.1"), Account)
    assert sessions.find(token) is None
    assert mails.newest().label == "password_changed"
    assert isinstance(credentials.check("ann", NEW, source="192.0.2.1"), Account)
    again = recovery.finish(link, "yet another one", source="192.0.2.1")
    assert isinstance(again, Refused)
    assert again.reason is Reason.LINK_INVALID


def test_a_code_is_traded_for_a_secret(ann: Account) -> None:
    """The code is traded once for what sets the password; the link dies with it."""
    recovery.request(ann.email, source="192.0.2.1")
    mail = mails.newest()
    token = recovery.trade_code(ann.email, mail.code)
    assert isinstance(token, str)
    assert isinstance(recovery.trade_code(ann.email, mail.code), Refused)
    assert isinstance(recovery.peek(mail.token), Refused)
    assert isinstance(recovery.finish(token, NEW, source="192.0.2.1"), Account)


def test_a_refused_password_does_not_use_the_link_up(ann: Account) -> None:
    """A password that the policy refuses leaves the link working."""
    recovery.request(ann.email, source="192.0.2.1")
    link = mails.newest().token
    refused = recovery.finish(link, "password123", source="192.0.2.1")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.PASSWORD_COMMON
    assert isinstance(recovery.finish(link, NEW, source="192.0.2.1"), Account)


def test_an_unknown_address_gets_the_same_work_and_no_mail(ann: Account) -> None:
    """Known or not, one proof and one delivery are written; for an unknown address the delivery goes to nobody (item 11)."""
    assert recovery.request("nobody@example.com", source="192.0.2.1") == "nobody@example.com"
    assert mails.waiting() == []
    assert [delivery.kind for delivery in session().scalars(outbox.queue())] == ["nobody"]
    refused = recovery.trade_code("nobody@example.com", "123456")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.WRONG_CODE


def test_a_newer_reset_voids_the_older(ann: Account) -> None:
    """Asking again voids the link that was sent before (ux.md 26)."""
    recovery.request(ann.email, source="192.0.2.1")
    first = mails.newest().token
    recovery.request(ann.email, source="192.0.2.1")
    assert isinstance(recovery.peek(first), Refused)
    assert isinstance(recovery.peek(mails.newest().token), Account)


def test_a_reset_link_expires(ann: Account) -> None:
    """After an hour the link says that it has expired (ux.md 26)."""
    recovery.request(ann.email, source="192.0.2.1")
    link = mails.newest().token
    with clock.moved(timedelta(hours=2)):
        refused = recovery.peek(link)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.LINK_EXPIRED


def test_a_disabled_account_gets_no_mail(ann: Account) -> None:
    """A disabled account cannot come back by a reset."""
    ann.disabled_at = clock.now()
    recovery.request(ann.email, source="192.0.2.1")
    assert mails.waiting() == []


def test_the_first_administrator_comes_by_a_link_that_works_once() -> None:
    """The bootstrap link makes one administrator, and none is offered once there is one (item 12)."""
    link = founding.bootstrap_link()
    assert link is not None
    token = link.partition("token=")[2]
    account = founding.bootstrap(token, "root@example.com", "a long enough one", source="192.0.2.1")
    assert isinstance(account, Account)
    assert account.is_administrator
    assert isinstance(founding.bootstrap(token, "other@example.com", "a long enough one", source="s"), list)
    assert founding.bootstrap_link() is None


def test_an_operators_administrator_has_no_password_until_the_link_is_used() -> None:
    """`create-admin` makes a verified administrator without any password, and a link to choose one (item 16)."""
    created = founding.create_administrator("root@example.com")
    assert not isinstance(created, Refused)
    account, link = created
    assert account.password_hash is None
    assert isinstance(credentials.check("root@example.com", "", source="192.0.2.1"), Refused)
    assert isinstance(recovery.finish(link.partition("token=")[2], NEW, source="192.0.2.1"), Account)
    assert account.is_administrator


def test_bcrypt_hashes_verify_and_are_upgraded(ann: Account) -> None:
    """A bcrypt hash verifies, becomes Argon2id at the sign-in, and passwords over 72 bytes are no match, never an error (item 8)."""
    import bcrypt

    ann.password_hash = bcrypt.hashpw(b"an old password", bcrypt.gensalt(4)).decode()
    assert isinstance(credentials.check("ann", "x" * 100, source="192.0.2.1"), Refused)
    assert isinstance(credentials.check("ann", "an old password", source="192.0.2.1"), Account)
    assert ann.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert isinstance(credentials.check("ann", "an old password", source="192.0.2.1"), Account)


@pytest.mark.usefixtures("_still_clock")
def test_five_failures_delay_that_source_alone(ann: Account) -> None:
    """After five wrong passwords that address must wait, even with the right one; the owner elsewhere need not."""
    for _ in range(5):
        refused = credentials.check("ann", "wrong", source="198.51.100.1")
        assert isinstance(refused, Refused)
        assert refused.reason is Reason.BAD_CREDENTIALS
    refused = credentials.check("ann", "correct horse battery", source="198.51.100.1")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.TOO_MANY_TRIES
    assert refused.retry_after is not None
    assert credentials.is_held_back(ann)
    assert isinstance(credentials.check("ann", "correct horse battery", source="192.0.2.1"), Account)
    credentials.unlock(ann, actor="admin")
    assert isinstance(credentials.check("ann", "correct horse battery", source="198.51.100.1"), Account)


@pytest.mark.usefixtures("_still_clock")
def test_unknown_names_are_delayed_too() -> None:
    """A name without an account is refused and delayed exactly like one with."""
    for _ in range(5):
        refused = credentials.check("ghost", "wrong", source="198.51.100.1")
        assert isinstance(refused, Refused)
        assert refused.reason is Reason.BAD_CREDENTIALS
    refused = credentials.check("ghost", "wrong", source="198.51.100.1")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.TOO_MANY_TRIES


def test_passwords_are_measured_and_hashed_in_nfkc() -> None:
    """Two Unicode spellings of one password are the same, and length counts code points."""
    assert passwords.verify("ﬁne passwörd 1", passwords.hash_password("fine passwo\u0308rd 1"))
    assert passwords.check_policy("\u00e9" * 8, personal=[]) is None
    assert passwords.check_policy("\U0001f600" * 129, personal=[]) is not None
