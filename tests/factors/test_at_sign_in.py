"""Second factors at the doors: the code page, older sessions, resets by mail, and codes that were shown at another door."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from idp.base import clock
from idp.factors import service
from tests.core import mails
from tests.factories import Browser, Person, Provider
from tests.factors.phones import Phone, check, enrol, mid_step

RIGHT = "/account"


@pytest.fixture(autouse=True)
def _mid_step() -> Iterator[None]:
    with mid_step():
        yield


@pytest.fixture
def phone(provider: Provider, ann: Person) -> Phone:
    """Ann's phone, whose present codes are unspent."""
    return enrol(provider, ann)


def half_signed_in(provider: Provider, person: Person, next_path: str = "") -> Browser:
    """Return a browser that waits on the code page."""
    browser = provider.browser()
    answer = browser.sign_in(f"/signin{next_path}", person)
    assert answer.location.startswith("/signin/code"), answer.location
    return browser


def test_password_and_code_sign_in(provider: Provider, ann: Person, phone: Phone) -> None:
    """The password alone opens nothing; with the code the browser is where it was going."""
    browser = half_signed_in(provider, ann, "?next=/account/apps")
    assert browser.get("/account/apps").location.startswith("/signin?")
    answer = browser.submit("/signin/code?next=/account/apps", code=phone.code())
    assert answer.location == "/account/apps"
    assert browser.get("/account/apps").status_code == 200


def test_a_code_is_spent_at_every_door(provider: Provider, ann: Person, phone: Phone) -> None:
    """A code that signed one browser in neither signs in another nor steps up a third, nor counts at the service itself."""
    first, second = half_signed_in(provider, ann), half_signed_in(provider, ann)
    older = provider.browser(ann)
    code = phone.code()
    assert first.submit("/signin/code", code=code).location == RIGHT
    for browser in (second, older):
        refused = browser.submit("/signin/code", code=code)
        assert refused.status_code == 400
        assert "Each code works once" in refused.text
    assert check(provider, ann, code) is not None
    assert second.submit("/signin/code", code=phone.code(1)).location == RIGHT


def test_five_wrong_codes_lead_back_to_the_password(provider: Provider, ann: Person, phone: Phone) -> None:
    """The sixth try, right or wrong, starts again with a sentence that says why (security.md 21)."""
    browser = half_signed_in(provider, ann)
    for minutes in range(5):
        with clock.moved(timedelta(minutes=minutes)):
            assert browser.submit("/signin/code", code="000000").status_code in {400, 429}
    with clock.moved(timedelta(minutes=6)):
        page = browser.get("/signin/code", follow_redirects=True)
        assert page.request.path == "/signin"
        assert "That took too long, or too many tries. Sign in again." in page.text
    assert check(provider, ann, phone.code()) is not None  # the failures are counted on, whatever the sign-in


def test_a_waiting_sign_in_ends(provider: Provider, ann: Person, phone: Phone) -> None:
    """Ten minutes after the password the right code starts again with the password."""
    browser = half_signed_in(provider, ann)
    with clock.moved(timedelta(minutes=11)):
        assert browser.get("/signin/code").location.startswith("/signin")
        assert browser.get("/account").location.startswith("/signin?")


def test_a_session_older_than_the_factor_is_asked_for_it(provider: Provider, ann: Person) -> None:
    """A browser that signed in before a factor was set up elsewhere shows it at its next page, and no password (item 23)."""
    older = provider.browser(ann)
    assert older.get("/account").status_code == 200
    phone = enrol(provider, ann)
    asked = older.get("/account/apps").location
    assert asked == "/signin/code?next=%2Faccount%2Fapps&again=1"
    assert older.submit(asked, code=phone.code()).location == "/account/apps"
    assert older.get("/account/apps").status_code == 200


def test_a_reset_by_mail_is_no_way_around_the_factor(provider: Provider, ann: Person, phone: Phone) -> None:
    """After a new password by a mailed code the second factor is asked for as before (security.md 14, 24)."""
    browser = provider.browser()
    browser.submit("/reset", email=ann.email)
    with provider.working():
        code = mails.newest().code
    browser.submit("/reset/code", code=code)
    browser.submit("/reset/password", password="quite another pass phrase")
    assert browser.get("/account").location.startswith("/signin?")
    answer = browser.sign_in("/signin", ann, password="quite another pass phrase")
    assert answer.location.startswith("/signin/code")
    assert browser.get("/account").location.startswith("/signin?")
    assert browser.submit("/signin/code", code="000000").status_code == 400
    assert browser.submit("/signin/code", code=phone.code()).location == RIGHT


def test_a_recovery_code_signs_in_once_and_is_told(provider: Provider, ann: Person, phone: Phone) -> None:
    """At the code page a recovery code stands in for the app, once; a mail tells of it, with the number left."""
    with provider.account(ann) as account:
        codes = service.renew_codes(account, source="192.0.2.1")
    typed = codes[0].upper().replace("-", " ")
    assert half_signed_in(provider, ann).submit("/signin/code", code=typed).location == RIGHT
    with provider.working():
        told = [mail for mail in mails.waiting() if mail.label == "recovery_code_used"]
        assert len(told) == 1
        assert "Codes left: 9" in told[0].text
    refused = half_signed_in(provider, ann).submit("/signin/code", code=typed)
    assert refused.status_code == 400
    assert "That code is not right." in refused.text


def test_somebody_else_s_codes_open_nothing(provider: Provider, ann: Person, phone: Phone) -> None:
    """The code of another person's app, and a recovery code of theirs, are wrong codes (security.md 21)."""
    bob = provider.person("bob@example.org")
    enrol(provider, bob)
    with provider.account(ann) as account:
        codes = service.renew_codes(account, source="192.0.2.1")
    browser = half_signed_in(provider, bob)
    for code in (phone.code(), codes[0]):
        assert browser.submit("/signin/code", code=code).status_code == 400
    assert check(provider, ann, codes[0]) is None
