"""Changing the e-mail address: proved at the new one, reported to the old one, and undone from there."""

from datetime import timedelta

import pytest

from idp.accounts import email_change
from idp.accounts.admission.rules import Mode, Rules
from idp.base import clock
from tests.accounts.test_admission import decide
from tests.core import mails
from tests.factories import Browser, Person, Provider
from tests.me.test_views import words

NEW = "ann@new.example"
LATER = "ann@later.example"


@pytest.fixture
def ann(provider: Provider) -> Person:
    """Somebody with a verified address and a password."""
    return provider.person(username="ann")


def sent(provider: Provider, label: str, to: str | None = None) -> list[mails.WaitingMail]:
    """Return the queued mails of a kind, oldest first."""
    with provider.working():
        return [mail for mail in mails.waiting() if mail.label == label and to in (None, mail.to)]


def address(provider: Provider, person: Person) -> str:
    """Return the address that an account has now."""
    with provider.account(person) as account:
        return account.email


def change(provider: Provider, browser: Browser, email: str = NEW) -> str:
    """Move the browser's account to another address by the code; return the secret that undoes it."""
    assert browser.submit("/account/email", email=email).location == "/account/email/code"
    code = sent(provider, "confirm_new_email", email)[-1].code
    assert browser.submit("/account/email/code", code=code).location == "/account/email"
    return sent(provider, "email_changed")[-1].token


def test_a_stale_sign_in_is_proved_again_first(provider: Provider, ann: Person) -> None:
    """The form opens only within ten minutes of a sign-in; the code can be typed later (item 32)."""
    browser = provider.browser(ann)
    browser.submit("/account/email", email=NEW)
    with clock.moved(timedelta(minutes=11)):
        assert browser.get("/account/email").location.startswith("/signin?next=%2Faccount%2Femail&again=1")
        assert browser.get("/account/email/code").status_code == 200


def test_a_code_moves_the_account(provider: Provider, ann: Person) -> None:
    """Nothing changes before the code from the new address; then the address is new and proved, and every session stays."""
    browser, other = provider.browser(ann), provider.browser(ann)
    asked = browser.submit("/account/email", email=" Ann@New.Example ")
    assert (asked.status_code, asked.location) == (303, "/account/email/code")
    assert NEW in browser.get("/account/email/code").text
    assert NEW in words(browser.get("/account/email"))
    assert address(provider, ann) == ann.email
    (told,) = sent(provider, "email_change_asked")
    assert (told.to, NEW in told.text) == (ann.email, False)
    (asked_mail,) = sent(provider, "confirm_new_email")
    assert asked_mail.to == NEW
    assert browser.submit("/account/email/code", code=asked_mail.code).location == "/account/email"
    assert "Your e-mail address is changed." in words(browser.get("/account/email"))
    assert other.get("/account").status_code == 200
    with provider.account(ann) as account:
        assert (account.email, account.is_verified) == (NEW, True)
    (changed,) = sent(provider, "email_changed")
    assert (changed.to, NEW in changed.text) == (ann.email, False)
    assert "E-mail address changed" in words(browser.get("/account/activity"))
    assert browser.get("/account/email/code").location == "/account/email"


def test_a_link_moves_the_account_only_when_its_button_is_pressed(provider: Provider, ann: Person) -> None:
    """Opening the link shows a button; pressing it moves the account, once."""
    browser = provider.browser(ann)
    browser.submit("/account/email", email=NEW)
    link = f"/account/email/confirm?token={sent(provider, 'confirm_new_email')[0].token}"
    assert NEW in browser.get(link).text
    assert address(provider, ann) == ann.email
    assert browser.submit(link).location == "/account/email"
    assert address(provider, ann) == NEW
    assert browser.get(link).status_code == 400


def test_a_link_works_for_its_own_account_alone(provider: Provider, ann: Person) -> None:
    """Who is not signed in does that first and comes back; for somebody else the link is dead."""
    provider.browser(ann).submit("/account/email", email=NEW)
    link = f"/account/email/confirm?token={sent(provider, 'confirm_new_email')[0].token}"
    stranger = provider.browser()
    asked = stranger.get(link)
    assert asked.status_code == 303
    assert asked.location.startswith("/signin?next=")
    bob = provider.browser(provider.person("bob@example.org"))
    refused = bob.get(link)
    assert refused.status_code == 400
    assert NEW not in refused.text
    token = bob.submit("/account/email", email="bob@new.example") and sent(provider, "confirm_new_email")[-1].token
    stale = bob.http.post(link, data={"csrf_token": csrf(bob)}, headers={"Accept": "text/html"})
    assert stale.status_code == 400
    assert address(provider, ann) == ann.email
    assert stranger.sign_in(asked.location, ann).location == link
    assert stranger.submit(link).location == "/account/email"
    assert bob.submit(f"/account/email/confirm?token={token}").location == "/account/email"


def csrf(browser: Browser) -> str:
    """Return a CSRF token of the browser."""
    from tests.factories import CSRF

    found = CSRF.search(browser.get("/account/email").text)
    assert found
    return found[1]


def test_a_session_that_ended_meanwhile_keeps_the_link(provider: Provider, ann: Person) -> None:
    """Pressing the button after the session has ended leads over sign-in back to the link."""
    browser = provider.browser(ann)
    browser.submit("/account/email", email=NEW)
    link = f"/account/email/confirm?token={sent(provider, 'confirm_new_email')[0].token}"
    token = csrf(browser)
    with provider.account(ann) as account:
        account.token_epoch += 1
    answer = browser.http.post(link, data={"csrf_token": token}, headers={"Accept": "text/html"})
    assert "token%3D" in answer.location
    assert browser.sign_in(answer.location, ann).location == link


def test_a_taken_address_looks_the_same(provider: Provider, ann: Person) -> None:
    """Answer, page and word to the present address do not tell that another account has it; its owner gets a mail."""
    provider.person(NEW)
    browser = provider.browser(ann)
    taken = browser.submit("/account/email", email=NEW)
    page = browser.get("/account/email/code")
    (told,) = sent(provider, "already_registered")
    assert told.to == NEW
    assert sent(provider, "confirm_new_email") == []
    assert len(sent(provider, "email_change_asked")) == 1
    wrong = browser.submit("/account/email/code", code="000000")
    free = browser.submit("/account/email", email=LATER)
    assert (taken.status_code, taken.location) == (free.status_code, free.location)
    free_page = browser.get("/account/email/code")
    assert words(page) == words(free_page).replace(LATER, NEW)
    assert words(wrong) == words(browser.submit("/account/email/code", code="000000")).replace(LATER, NEW)


def test_an_address_that_was_taken_meanwhile_is_told(provider: Provider, ann: Person) -> None:
    """Somebody else who took the address after the message was sent keeps it, and the form says so."""
    browser = provider.browser(ann)
    browser.submit("/account/email", email=NEW)
    provider.person(NEW)
    code = sent(provider, "confirm_new_email")[0].code
    refused = browser.submit("/account/email/code", code=code)
    assert refused.status_code == 400
    assert "That e-mail address belongs to another account." in words(refused)
    assert address(provider, ann) == ann.email


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("", "Enter your new e-mail address."),
        ("nowhere", "Enter an e-mail address like name@example.com."),
        ("ANN@example.org", "That is your e-mail address already."),
    ],
)
def test_what_is_no_new_address_is_refused(provider: Provider, ann: Person, email: str, sentence: str) -> None:
    """Nothing, no address, and the present one are told at the field, and no mail is sent."""
    refused = provider.browser(ann).submit("/account/email", email=email)
    assert refused.status_code == 400
    assert sentence in words(refused)
    assert sent(provider, "email_change_asked") == []


def test_asking_again_and_again_is_refused(provider: Provider, ann: Person) -> None:
    """After ten messages in a day the next one waits until tomorrow."""
    browser = provider.browser(ann)
    for _ in range(email_change.ASKED_PER_DAY):
        assert browser.submit("/account/email", email=NEW).status_code == 303
    refused = browser.submit("/account/email", email=NEW)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 86400


def test_codes_expire_and_are_tried_five_times(provider: Provider, ann: Person) -> None:
    """A code lives ten minutes; after five wrong ones the right one is refused too, but the link works (item 20)."""
    browser = provider.browser(ann)
    browser.submit("/account/email", email=NEW)
    mail = sent(provider, "confirm_new_email")[0]
    with clock.moved(timedelta(minutes=11)):
        assert "expired" in words(browser.submit("/account/email/code", code=mail.code))
    wrong = "000000" if mail.code != "000000" else "000001"
    for _ in range(4):
        assert browser.submit("/account/email/code", code=wrong).status_code == 400
    assert "tried too often" in words(browser.submit("/account/email/code", code=mail.code))
    assert browser.submit(f"/account/email/confirm?token={mail.token}").status_code == 303


def test_a_password_reset_cancels_a_pending_change(provider: Provider, ann: Person) -> None:
    """What somebody asked for before the owner chose a new password does not happen afterwards."""
    browser = provider.browser(ann)
    browser.submit("/account/email", email=NEW)
    link = f"/account/email/confirm?token={sent(provider, 'confirm_new_email')[0].token}"
    changed = browser.submit("/account/password", current_password=ann.password, new_password="one that is new to it")
    assert changed.status_code == 303
    assert browser.get(link).status_code == 400
    assert browser.get("/account/email/code").location == "/account/email"


def test_a_change_voids_a_pending_reset(provider: Provider, ann: Person) -> None:
    """A reset link that waits at the former address works no more after the change."""
    browser = provider.browser(ann)
    provider.browser().submit("/reset", email=ann.email)
    reset = sent(provider, "reset_password")[0].token
    change(provider, browser)
    assert provider.browser().get(f"/reset/password?token={reset}").status_code == 400


def test_an_unproved_address_hears_nothing(provider: Provider) -> None:
    """Whoever owns an address that nobody proved is neither told nor given a way to take the account."""
    late = provider.person("late@example.org", verified=False)
    browser = provider.browser(late)
    browser.submit("/account/email", email=NEW)
    assert browser.submit("/account/email/code", code=sent(provider, "confirm_new_email")[0].code).status_code == 303
    assert sent(provider, "email_change_asked") + sent(provider, "email_changed") == []
    with provider.account(late) as account:
        assert (account.email, account.is_verified) == (NEW, True)


def test_the_policy_binds_who_moves(provider: Provider, ann: Person) -> None:
    """An address whose domain could not sign up is refused when it is asked for, and when it is confirmed; the former one comes back."""
    only = Rules(Mode.DOMAINS, allow=frozenset({"new.example"}), deny=frozenset({"later.example"}))
    browser = provider.browser(ann)
    decide(provider, only)
    refused = browser.submit("/account/email", email=LATER)
    assert (refused.status_code, sent(provider, "confirm_new_email", LATER)) == (400, [])
    assert "Addresses of this domain cannot be used here" in words(refused)
    undo = change(provider, browser)
    decide(provider, Rules())
    browser.submit("/account/email", email=LATER)
    decide(provider, only)
    refused = browser.submit("/account/email/code", code=sent(provider, "confirm_new_email", LATER)[-1].code)
    assert "Addresses of this domain cannot be used here" in words(refused)
    assert address(provider, ann) == NEW
    assert provider.browser().submit(f"/account/email/undo?token={undo}").status_code in (200, 303)
    assert address(provider, ann) == ann.email
