"""The pages of second factors: setting up an authenticator app, recovery codes, renaming and removing."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pyotp
import pytest
from werkzeug.test import TestResponse

from idp import sessions
from idp.base import clock
from idp.factors import policy, service
from idp.factors.policy import Required
from tests.core import mails
from tests.factories import CSRF, Browser, Person, Provider
from tests.factors.phones import Phone, enrol, mid_step

SECURITY = "/account/security"
ADD, CODES = f"{SECURITY}/authenticator", f"{SECURITY}/recovery-codes"
CODE = re.compile(r"\b[0-9a-z]{4}(?:-[0-9a-z]{4}){3}\b")


@pytest.fixture(autouse=True)
def _mid_step() -> Iterator[None]:
    with mid_step():
        yield


def words(response: TestResponse) -> str:
    """Return what a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", response.text)).split())


def send(browser: Browser, path: str, on: str = SECURITY, **fields: str) -> TestResponse:
    """Send a form that stands on another page than it goes to."""
    token = CSRF.search(browser.get(on).text)
    assert token is not None
    return browser.http.post(path, data={"csrf_token": token[1]} | fields, headers={"Accept": "text/html"})


def begin(browser: Browser, on: str = SECURITY) -> tuple[str, pyotp.TOTP]:
    """Ask for a new authenticator app on the overview; return its page and what the app would make of the secret there."""
    page = send(browser, ADD, on).location
    secret = re.search(r'<code id="secret">([A-Z2-7 ]+)</code>', browser.get(page).text)
    assert secret is not None
    return page, pyotp.TOTP(secret[1].replace(" ", ""))


def add_app(browser: Browser, name: str = "Phone", on: str = SECURITY) -> TestResponse:
    """Add an authenticator app, with the code of the present half minute."""
    page, app = begin(browser, on)
    return browser.submit(page, code=app.at(clock.now()), name=name)


def double(provider: Provider, person: Person) -> tuple[Browser, Phone]:
    """Return a browser in which somebody has signed in with password and code, and the phone, whose codes are unspent."""
    phone = enrol(provider, person)
    with clock.moved(-timedelta(minutes=3)):
        browser = provider.browser()
        browser.sign_in("/signin", person)
        assert browser.submit("/signin/code", code=phone.code()).location == "/account"
    return browser, phone


def set_policy(provider: Provider, required: Required) -> None:
    """Set the rule for the whole server."""
    with provider.working():
        policy.put(required, actor="root")


def test_setting_up_an_app(provider: Provider, ann: Person) -> None:
    """The page shows picture, secret and link; the right code enables the app and leads to ten recovery codes, shown once."""
    browser = provider.browser(ann)
    page, app = begin(browser)
    text = browser.get(page).text
    assert '<div class="qr"' in text
    assert "<svg" in text
    assert f"secret={app.secret}" in unescape(re.findall(r'href="(otpauth:[^"]+)"', text)[0])
    (field,) = re.findall(r'<input[^>]*\bid="code"[^>]*>', text)
    assert 'autocomplete="one-time-code"' in field
    before = browser.http.get_cookie("idp_session").value
    assert browser.submit(page, code=app.at(clock.now()), name="My phone").location == CODES
    assert browser.http.get_cookie("idp_session").value != before
    shown = browser.get(CODES)
    codes = CODE.findall(words(shown))
    assert len(codes) == 10
    listed = words(browser.get(SECURITY))
    assert "My phone" in listed
    assert "Codes left: 10" in listed


def test_a_session_that_adds_a_factor_has_shown_it(provider: Provider, ann: Person) -> None:
    """The browser that set the app up goes on as with two factors, under a new session secret (security.md 27)."""
    browser = provider.browser(ann)
    add_app(browser)
    assert browser.get("/account").status_code == 200
    with provider.working():
        (row,) = sessions.list_live(ann.id, 0)
        assert row.second_factor_at is not None
        assert row.amr == ["pwd", "otp", "mfa"]


def test_a_refused_enrolment_changes_nothing(provider: Provider, ann: Person) -> None:
    """A wrong code, and no name, are told at their field on the same page, which still works."""
    browser = provider.browser(ann)
    page, app = begin(browser)
    refused = browser.submit(page, code="000000", name="Phone")
    assert refused.status_code == 400
    assert 'href="#code"' in refused.text
    assert "That code is not right." in words(refused)
    assert 'href="#name"' in browser.submit(page, code=app.at(clock.now()), name=" ").text
    assert browser.get("/account").status_code == 200
    with provider.account(ann) as account:
        assert not account.has_second_factor
    assert browser.submit(page, code=app.at(clock.now()), name="Phone").location == CODES


def test_a_finished_expired_or_foreign_enrolment_is_dead(provider: Provider, ann: Person) -> None:
    """The secret is not shown again after its confirmation, nor late, nor to anybody else; all look alike (security.md 21)."""
    browser, other = provider.browser(ann), provider.browser(provider.person("bob@example.org"))
    page, app = begin(browser)
    code = app.at(clock.now())
    for answer in (other.get(page), send(other, page, code=code, name="Mine")):
        assert (answer.status_code, answer.location) == (303, SECURITY)
    with clock.moved(timedelta(minutes=31)):
        browser.sign_in(browser.get(page).location, ann)
        assert browser.get(page).location == SECURITY
        page, app = begin(browser)
        browser.submit(page, code=app.at(clock.now()), name="Phone")
        for path in (page, f"{ADD}/nonsense"):
            assert browser.get(path).location == SECURITY
        assert app.secret not in browser.get(SECURITY).text
        assert "is finished or has expired" in words(browser.get(page, follow_redirects=True))


def test_factors_are_changed_after_a_fresh_sign_in_only(provider: Provider, ann: Person) -> None:
    """Ten minutes later password and code are asked for again before anything about factors changes (security.md 32)."""
    browser, phone = double(provider, ann)
    with clock.moved(timedelta(minutes=10)):
        paths = [ADD, CODES, f"{SECURITY}/authenticator/{phone.id}/remove"]
        for path in paths:
            assert browser.get(path).location.startswith("/signin?")
            assert send(browser, path).location.startswith("/signin?")
        assert browser.get(SECURITY).status_code == 200
        asked = browser.get(CODES).location
        step = browser.submit(asked, password=ann.password)
        step = browser.get(step.location)
        assert step.location.startswith("/signin/code?")
        assert browser.submit(step.location, code=phone.code()).location == CODES
        assert browser.get(CODES).status_code == 200


def test_codes_are_shown_until_they_are_saved(provider: Provider, ann: Person) -> None:
    """New codes stay on their page, sealed in the cookie, until "I saved them" is ticked; afterwards only their number (ux.md 32)."""
    browser, _phone = double(provider, ann)
    assert send(browser, CODES).location == CODES
    codes = CODE.findall(words(browser.get(CODES)))
    assert CODE.findall(words(browser.get(CODES))) == codes
    with browser.http.session_transaction() as cookie:
        assert not any(code.replace("-", "") in repr(dict(cookie)).replace("-", "") for code in codes)
        kept = dict(cookie)
    unsaved = send(browser, f"{CODES}/saved", CODES)
    assert unsaved.status_code == 400
    assert "Save the codes first" in words(unsaved)
    assert CODE.findall(words(unsaved)) == codes
    assert send(browser, f"{CODES}/saved", CODES, saved="y").location == SECURITY
    later = browser.get(CODES)
    assert not CODE.search(words(later))
    assert "Codes left: 10" in words(later)
    other, _phone = double(provider, provider.person("bob@example.org"))
    with other.http.session_transaction() as cookie:
        cookie["sealed_codes"] = kept["sealed_codes"]
    assert not CODE.search(words(other.get(CODES)))


def test_codes_that_nobody_saved_vanish(provider: Provider, ann: Person) -> None:
    """Half an hour later the page shows them no more."""
    browser, phone = double(provider, ann)
    send(browser, CODES)
    with clock.moved(timedelta(minutes=31)):
        browser.sign_in(browser.get(CODES).location, ann)
        browser.submit(browser.get(CODES).location, code=phone.code())
        assert "Codes left: 10" in words(browser.get(CODES))


def test_new_codes_void_the_old_ones_and_a_low_count_warns(provider: Provider, ann: Person) -> None:
    """The overview says how many are left, warns at three, and loudly at none; making new ones voids the earlier ones (ux.md 32)."""
    browser, _phone = double(provider, ann)
    assert "You have no recovery codes left" in words(browser.get(SECURITY))
    send(browser, CODES)
    codes = CODE.findall(words(browser.get(CODES)))
    with provider.account(ann) as account:
        for code in codes[:6]:
            assert service.check_code(account, code, source="192.0.2.1") == ["otp"]
    assert "Codes left: 4" in words(browser.get(SECURITY))
    with provider.account(ann) as account:
        service.check_code(account, codes[6], source="192.0.2.1")
    assert "Few recovery codes are left: 3" in words(browser.get(SECURITY))
    send(browser, f"{CODES}/saved", CODES, saved="y")
    send(browser, CODES)
    fresh = provider.browser()
    fresh.sign_in("/signin", ann)
    assert fresh.submit("/signin/code", code=codes[7]).status_code == 400
    assert "Codes left: 10" in words(browser.get(SECURITY))
    with provider.working():
        assert "New recovery codes were made" in mails.newest().text


def test_nobody_without_a_factor_makes_codes(provider: Provider, ann: Person) -> None:
    """Recovery codes stand in for a factor: who has none is led to the overview, and gets none."""
    browser = provider.browser(ann)
    assert browser.get(CODES).location == SECURITY
    assert send(browser, CODES).location == SECURITY
    with provider.account(ann) as account:
        assert service.of(account).codes_left == 0


def test_a_factor_is_renamed_and_removed(provider: Provider, ann: Person) -> None:
    """The overview leads to both; removal asks first, is told, and leaves the password alone (item 22)."""
    browser, phone = double(provider, ann)
    place = f"{SECURITY}/authenticator/{phone.id}"
    assert f'href="{place}/rename"' in browser.get(SECURITY).text
    assert browser.submit(f"{place}/rename", name="").status_code == 400
    assert browser.submit(f"{place}/rename", name="x" * 65).status_code == 400
    assert browser.submit(f"{place}/rename", name="Old <b>phone").location == SECURITY
    assert "Old &lt;b&gt;phone" in browser.get(SECURITY).text
    assert "It is your last second factor." in words(browser.get(f"{place}/remove"))
    assert browser.submit(f"{place}/remove").location == SECURITY
    assert "It is removed" in words(browser.get(SECURITY))
    assert provider.browser().sign_in("/signin", ann).location == "/account"


def test_other_people_s_factors_are_not_there(provider: Provider, ann: Person) -> None:
    """Pages and answers for another account's factor, or of another kind, are 404."""
    _browser, phone = double(provider, ann)
    bob, _phone = double(provider, provider.person("bob@example.org"))
    for path in (f"authenticator/{phone.id}/rename", f"authenticator/{phone.id}/remove", f"passkey/{phone.id}/remove"):
        assert bob.get(f"{SECURITY}/{path}").status_code == 404
        assert send(bob, f"{SECURITY}/{path}", name="Mine").status_code == 404


def test_a_required_factor_stays(provider: Provider, ann: Person) -> None:
    """Under a policy the page of the last factor says why it stays, and the answer refuses; a second one makes it removable."""
    browser, phone = double(provider, ann)
    set_policy(provider, Required.EVERYBODY)
    place = f"{SECURITY}/authenticator/{phone.id}/remove"
    sentence = "A second factor is required here. Add another one before you remove the last."
    assert sentence in words(browser.get(place))
    refused = send(browser, place)
    assert refused.status_code == 400
    assert "There is a problem" in words(refused)
    assert sentence in words(refused)
    enrol(provider, ann, "Spare")
    assert browser.submit(place).location == SECURITY
