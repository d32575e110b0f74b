"""Signing up and proving the address: what is told, what is not, and to whom."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from idp.accounts import confirmation, identity, lookup, pending, recovery, service, signup
from idp.accounts.models import Account
from idp.accounts.service import Profile
from idp.base import clock
from idp.base.outcome import Reason, Refused
from tests.core import mails

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def sign_up(email: str = "ann@example.com", username: "str | None" = None, password: str = PASSWORD) -> str:
    """Sign up and return the browser's secret."""
    profile = Profile(username=username)
    secret = pending.start(signup.Application(email, password, profile), next_path=None, source="192.0.2.1")
    assert isinstance(secret, str), secret
    return secret


def register(email: str, password: str = PASSWORD) -> Account:
    """Sign up as an older interface does."""
    account = signup.register(signup.Application(email, password), source="192.0.2.1")
    assert isinstance(account, Account), account
    return account


def reasons(refusals: "str | list[Refused]") -> list[Reason]:
    """Return the reasons of a refused sign-up."""
    assert isinstance(refusals, list)
    return [refused.reason for refused in refusals]


def attempt(**values: str) -> "str | list[Refused]":
    """Try to sign up with something wrong."""
    email, password = values.pop("email", "ann@example.com"), values.pop("password", PASSWORD)
    return pending.start(signup.Application(email, password, Profile(**values)), next_path=None, source="192.0.2.1")


def test_the_code_confirms_the_address() -> None:
    """The mailed code, typed with a space, confirms the address once (ux.md 9)."""
    browser = pending.find(sign_up())
    code = mails.newest().code
    account = confirmation.confirm_code(f"{code[:3]} {code[3:]}", sign_up=browser)
    assert isinstance(account, Account)
    assert account.is_verified
    assert isinstance(confirmation.confirm_code(code, account=account), Refused)


def test_a_taken_address_is_told_to_its_owner_alone() -> None:
    """A second sign-up looks the same to its maker; only the owner's mail says what happened, and no account changes."""
    account = service.add("ann@example.com", username=None, password=PASSWORD, verified=True)
    assert isinstance(account, Account)
    before = account.password_hash
    secret = sign_up(password="another good password")
    assert pending.find(secret) is not None
    assert mails.newest().label == "already_registered"
    assert isinstance(confirmation.confirm_code("000000", sign_up=pending.find(secret)), Refused)
    assert account.password_hash == before


def test_a_taken_username_is_told_and_held() -> None:
    """A taken username is refused, also one that only an attempt with a taken address holds."""
    sign_up("ann@example.com", "Ann")
    assert reasons(attempt(email="other@example.com", username="aNN")) == [Reason.USERNAME_TAKEN]
    sign_up("ann@example.com", "bob")
    assert reasons(attempt(email="third@example.com", username="bob")) == [Reason.USERNAME_TAKEN]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"email": "no address"}, Reason.EMAIL_INVALID),
        ({"email": "ü@example.com"}, Reason.EMAIL_INVALID),
        ({"email": "a" * 300 + "@example.com"}, Reason.EMAIL_INVALID),
        ({"password": "short"}, Reason.PASSWORD_TOO_SHORT),
        ({"password": "x" * 129}, Reason.PASSWORD_TOO_LONG),
        ({"password": "password123"}, Reason.PASSWORD_COMMON),
        ({"password": "Ann@Example.com"}, Reason.PASSWORD_PERSONAL),
        ({"username": "two words"}, Reason.USERNAME_INVALID),
        ({"username": "a" * 21}, Reason.USERNAME_INVALID),
        ({"given_name": "n" * 101}, Reason.NAME_TOO_LONG),
        ({"given_name": "new\nline"}, Reason.TEXT_CONTROL),
    ],
)
def test_bad_details_are_refused_with_their_reason(values: dict[str, str], reason: Reason) -> None:
    """Each wrong detail is refused for its own reason, and nothing is written."""
    assert reasons(attempt(**values)) == [reason]
    assert mails.waiting() == []
    assert lookup.find_by_email("ann@example.com") is None


def test_the_link_asks_a_strange_browser_for_the_password() -> None:
    """The link confirms in the browser that signed up; anywhere else only after the password."""
    own = pending.find(sign_up())
    token = mails.newest().token
    for password, reason in ((None, Reason.PASSWORD_NEEDED), ("wrong password", Reason.PASSWORD_WRONG)):
        refused = confirmation.confirm_link(token, sign_up=None, signed_in=None, password=password, source="192.0.2.9")
        assert isinstance(refused, Refused)
        assert refused.reason is reason
    account = confirmation.confirm_link(token, sign_up=own, signed_in=None, password=None, source="192.0.2.1")
    assert isinstance(account, Account)
    again = confirmation.confirm_link(token, sign_up=own, signed_in=None, password=None, source="192.0.2.1")
    assert isinstance(again, Refused)
    assert again.reason is Reason.LINK_INVALID


def test_this_was_not_me_deletes_the_account() -> None:
    """Whoever did not sign up voids the sign-up, or deletes the unverified account, by its link; a verified one stays."""
    row = pending.find(sign_up("victim@example.com"))
    assert row is not None
    token = mails.newest().token
    assert confirmation.disown(token, source="192.0.2.9") is None
    assert isinstance(confirmation.confirm_link(token, sign_up=row, signed_in=None, password=None, source="s"), Refused)
    pending.resend(row)
    assert len(mails.waiting()) == 1
    register("victim@example.com")
    assert confirmation.disown(mails.newest().token, source="192.0.2.9") is None
    assert lookup.find_by_email("victim@example.com") is None
    register("own@example.com")
    mail = mails.newest()
    assert isinstance(confirmation.confirm_code(mail.code, account=lookup.find_by_email("own@example.com")), Account)
    assert isinstance(confirmation.disown(mail.token, source="192.0.2.9"), Refused)


def test_resending_and_changing_the_address_void_what_was_sent() -> None:
    """A new message voids the earlier one; the corrected address gets its own (ux.md 26)."""
    row = pending.find(sign_up("wrong@example.com"))
    assert row is not None
    first = mails.newest()
    pending.resend(row)
    second = mails.newest()
    assert isinstance(
        confirmation.confirm_link(first.token, sign_up=row, signed_in=None, password=None, source="s"), Refused
    )
    assert pending.change_address(row, "right@example.com") is None
    third = mails.newest()
    assert third.to == "right@example.com"
    if second.code != third.code:
        assert isinstance(confirmation.confirm_code(second.code, sign_up=row), Refused)
    account = confirmation.confirm_code(third.code, sign_up=row)
    assert isinstance(account, Account)
    assert account.email == "right@example.com"


def test_changing_from_or_to_a_taken_address_tells_nothing() -> None:
    """To a taken address the owner is told; from one to a free one the account is made after all."""
    service.add("taken@example.com", username=None, password=None, verified=True)
    row = pending.find(sign_up("free@example.com", "fred"))
    assert row is not None
    assert pending.change_address(row, "taken@example.com") is None
    assert mails.newest().label == "already_registered"
    assert lookup.find_by_email("free@example.com") is None
    assert pending.change_address(row, "free@example.com") is None
    account = confirmation.confirm_code(mails.newest().code, sign_up=row)
    assert isinstance(account, Account)
    assert account.username == "fred"


def test_a_code_has_five_tries() -> None:
    """After five wrong codes the right one is refused too; the link still works."""
    row = pending.find(sign_up())
    mail = mails.newest()
    wrong = "000000" if mail.code != "000000" else "111111"
    for _ in range(5):
        refused = confirmation.confirm_code(wrong, sign_up=row)
        assert isinstance(refused, Refused)
        assert refused.reason is Reason.WRONG_CODE
    refused = confirmation.confirm_code(mail.code, sign_up=row)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.CODE_SPENT
    assert isinstance(
        confirmation.confirm_link(mail.token, sign_up=row, signed_in=None, password=None, source="s"), Account
    )


def test_what_cannot_be_a_code_costs_no_try() -> None:
    """Words, addresses, and codes of another length are wrong however often, and the right code in Persian digits still works."""
    row = pending.find(sign_up())
    code = mails.newest().code
    for text in ("", "12345", "1234567", "abcdef", "ann@example.com", "1" * 5000) * 3:
        refused = confirmation.confirm_code(text, sign_up=row)
        assert isinstance(refused, Refused)
        assert refused.reason is Reason.WRONG_CODE
    typed = code.translate({ord("0") + digit: 0x06F0 + digit for digit in range(10)})
    assert isinstance(confirmation.confirm_code(typed, sign_up=row), Account)


def test_ten_wrong_codes_in_a_day_leave_only_the_link() -> None:
    """Ten wrong codes for an address in a day close that way, however many codes were sent (item 9)."""
    row = pending.find(sign_up())
    assert row is not None
    for _round in range(2):
        mail = mails.newest()
        for _ in range(5):
            confirmation.confirm_code("000000" if mail.code != "000000" else "111111", sign_up=row)
        pending.resend(row)
    refused = confirmation.confirm_code(mails.newest().code, sign_up=row)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.CODE_SPENT


def test_expired_is_said_only_of_the_right_code() -> None:
    """The right code too late is called expired, a wrong one is called wrong; links last longer (ux.md 11)."""
    row = pending.find(sign_up())
    mail = mails.newest()
    with clock.moved(timedelta(minutes=11)):
        wrong = confirmation.confirm_code("000000" if mail.code != "000000" else "111111", sign_up=row)
        late = confirmation.confirm_code(mail.code, sign_up=row)
    assert isinstance(wrong, Refused)
    assert isinstance(late, Refused)
    assert (wrong.reason, late.reason) == (Reason.WRONG_CODE, Reason.CODE_EXPIRED)
    with clock.moved(timedelta(hours=25)):
        refused = confirmation.confirm_link(mail.token, sign_up=row, signed_in=None, password=None, source="s")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.LINK_EXPIRED


def test_a_reset_takes_a_pre_registered_address_back() -> None:
    """Who first proves an address by a reset gets rid of the password that somebody else had set."""
    account = register("victim@example.com", "the attacker's own")
    epoch = account.token_epoch
    recovery.request("victim@example.com", source="192.0.2.7")
    finished = recovery.finish(mails.newest().token, "the victim's new one", source="192.0.2.7")
    assert isinstance(finished, Account)
    assert finished.is_verified
    assert finished.token_epoch > epoch


def test_a_username_lost_in_a_race_is_a_refusal(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """When somebody else takes a username between the check and the write, the profile is refused and nothing changes."""
    for email, username in (("ann@example.com", "ann"), ("bob@example.com", "bob")):
        service.add(email, username=username, password=None, verified=True)
    bob = lookup.find_by_email("bob@example.com")
    assert bob is not None
    monkeypatch.setattr(identity, "check_username", lambda *_args, **_values: None)
    refusals = service.change_profile(bob, Profile(given_name="Bob", username="ANN"))
    assert [refused.reason for refused in refusals] == [Reason.USERNAME_TAKEN]
    assert (bob.username, bob.given_name) == ("bob", "")
