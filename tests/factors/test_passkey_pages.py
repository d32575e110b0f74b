"""The pages of passkeys over HTTP, with a passkey of software: registering, signing in, stepping up, and every way to fail."""

import json
from datetime import timedelta
from html import unescape

import pytest
from babel.dates import format_date
from werkzeug.test import TestResponse

from idp import audit
from idp.base import clock
from idp.base.database import session
from idp.factors import passkeys, recovery_codes
from idp.federation import catalogue
from idp.federation.definition import Definition
from idp.sessions import BrowserSession
from tests.factories import CSRF, PASSWORD, Browser, Person
from tests.factors.authenticator import Authenticator, encode
from tests.factors.passkey_house import House
from tests.two_factors import enter

NEW, OPTIONS = "/account/security/passkeys/new", "/signin/passkey/options"


def options(browser: Browser, path: str = OPTIONS) -> str:
    """Fetch a challenge as the script of a page does."""
    answer = browser.http.get(path, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    return answer.text


def send(browser: Browser, page: str, path: str, **fields: str) -> TestResponse:
    """Open a page and send its passkey form."""
    token = CSRF.search(browser.get(page).text)
    assert token is not None
    data = {"csrf_token": unescape(token[1])} | fields
    return browser.http.post(path, data=data, headers={"Accept": "text/html"})


def amr(house: House) -> list[str]:
    """Return what the newest session has shown."""
    with house.provider.working():
        return max(session().query(BrowserSession), key=lambda row: row.auth_time).amr


@pytest.fixture
def browser(house: House) -> Browser:
    """A browser without cookies."""
    return house.provider.browser()


@pytest.fixture
def strange(house: House) -> Browser:
    """A server whose address is no name."""
    house.provider.app.extensions["idp.settings"].issuer = "http://127.0.0.1:5000"
    return house.provider.browser()


def test_a_passkey_is_registered(house: House, ann: Person, browser: Browser) -> None:
    """Right after the sign-in a passkey is added, the session has shown two factors, and recovery codes follow."""
    assert browser.sign_in(f"/signin?next={NEW}", ann).location == NEW
    key = Authenticator("http://localhost:5000")
    made = key.create(options(browser, "/account/security/passkeys/options"))
    assert send(browser, NEW, NEW, name="Blue key", credential=made).location == "/account/security/recovery-codes"
    assert amr(house) == ["pwd", "hwk", "mfa"]
    assert [row.name for row in house.rows()] == ["Blue key"]
    assert browser.get("/account").status_code == 200
    again = send(browser, NEW, NEW, name="Blue key", credential=made)
    assert (again.status_code, "That took too long" in again.text) == (400, True)
    assert made not in unescape(again.text)


def test_registering_takes_a_recent_sign_in(house: House, ann: Person, browser: Browser) -> None:
    """Page and options lead strangers to the sign-in; without a name nothing is added."""
    for path in (NEW, "/account/security/passkeys/options"):
        assert browser.get(path).location.startswith("/signin?")
    browser.enter(ann)
    key = Authenticator("http://localhost:5000")
    made = key.create(options(browser, "/account/security/passkeys/options"))
    answer = send(browser, NEW, NEW, name="", credential=made)
    assert (answer.status_code, "Give the passkey a name." in answer.text) == (400, True)
    assert house.rows() == []


def test_a_passkey_signs_in_and_continues(house: House, ann: Person, key: Authenticator, browser: Browser) -> None:
    """A passkey alone opens a session with two factors, and leads on to a path of this server only."""
    for target, place in (("/account/apps", "/account/apps"), ("https://evil.example/", "/account")):
        visitor = house.provider.browser()
        credential = key.get(options(visitor))
        answer = send(visitor, "/signin", f"/signin/passkey?next={target}", credential=credential)
        assert (answer.status_code, answer.location) == (303, place)
        assert amr(house) == ["hwk", "user", "mfa"]


def test_a_passkey_of_theirs_opens_nothing(house: House, ann: Person, key: Authenticator, browser: Browser) -> None:
    """Where an address signs in through one provider alone, a right passkey opens no session; the page says where to go."""
    with house.provider.working():
        definition = Definition(
            "corp", "Corp", issuer="https://id.corp.example", client_id="us", only_domains=["example.org"]
        )
        assert not isinstance(catalogue.create(definition, catalogue.Extras("secret"), actor="test"), list)
    answer = send(browser, "/signin", "/signin/passkey", credential=key.get(options(browser)))
    assert (answer.status_code, "a provider of their own" in answer.text) == (400, True)
    assert browser.get("/account").location.startswith("/signin")


def test_a_refused_passkey_leaves_a_form_that_works(house: House, ann: Person, browser: Browser) -> None:
    """After a refusal the first form of the page still takes the password, and leads on to the same place."""
    page = send(browser, "/signin", "/signin/passkey?next=/account/apps", credential="{}")
    assert (page.status_code, "That passkey was not accepted" in page.text) == (400, True)
    assert 'action="/signin?next=/account/apps"' in page.text
    assert browser.sign_in("/signin?next=/account/apps", ann).location == "/account/apps"


def test_fetching_a_challenge_sets_no_cookie(house: House, browser: Browser) -> None:
    """The sign-in page has named the browser already, so that a late challenge cannot undo a sign-in."""
    browser.get("/signin")
    answer = browser.http.get(OPTIONS)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_passkey_comes_after_the_password(house: House, ann: Person, key: Authenticator, browser: Browser) -> None:
    """The code page offers the account's passkeys, a refusal is told, and the right one signs in."""
    assert browser.sign_in("/signin?next=/account/apps", ann).location == "/signin/code?next=%2Faccount%2Fapps"
    path = "/signin/code/passkey?next=/account/apps"
    wrong = send(browser, "/signin/code", path, credential="[]")
    assert (wrong.status_code, "That passkey was not accepted" in wrong.text) == (400, True)
    asked = options(browser, f"{OPTIONS}?second")
    assert [known["id"] for known in json.loads(asked)["allowCredentials"]] == [encode(key.credential_id)]
    assert send(browser, "/signin/code", path, credential=key.get(asked)).location == "/account/apps"
    assert amr(house) == ["pwd", "hwk", "mfa"]


def test_the_code_page_names_what_there_is(house: House, ann: Person, key: Authenticator, browser: Browser) -> None:
    """An account with passkeys and recovery codes alone is told so, and one without codes is asked for none."""
    with house.provider.account(ann) as account:
        recovery_codes.renew(account.id)
    browser.sign_in("/signin", ann)
    assert "Your account has no authenticator app." in browser.get("/signin/code").text
    with house.provider.account(ann) as account:
        recovery_codes.discard(account.id)
    page = browser.get("/signin/code").text
    assert 'id="passkey-submit"' in page
    assert 'id="code"' not in page
    assert "ask your administrator" in page


def test_who_is_signed_in_confirms_with_a_passkey(house: House, ann: Person, key: Authenticator) -> None:
    """The page that asks once more offers the passkey; of an account without a password it offers that alone."""
    browser = house.provider.browser(ann)
    answer = send(browser, "/signin?again=1", "/signin/passkey?again=1", credential="{}")
    assert "You are signed in as" in answer.text
    assert "Use a passkey instead" in answer.text
    with house.provider.account(ann) as account:
        account.password_hash = None
    page = browser.get("/signin?again=1").text
    assert 'id="password"' not in page
    assert "Choose a password by mail" in page
    credential = key.get(options(browser))
    assert send(browser, "/signin?again=1", "/signin/passkey?again=1", credential=credential).location == "/account"


def test_without_anything_there_is_the_way_of_a_reset(house: House, ann: Person) -> None:
    """An account with neither password nor passkey is led to a mailed code."""
    with house.provider.account(ann) as account:
        account.password_hash = None
    page = house.provider.browser(ann).get("/signin?again=1").text
    assert 'id="passkey-form"' not in page
    assert 'class="button wide" href="/reset"' in page


def test_at_an_address_no_passkeys_are_offered(house: House, ann: Person, strange: Browser) -> None:
    """Where WebAuthn cannot work no page offers it, and the page for a new passkey says why."""
    assert "passkey" not in strange.get("/signin").text
    strange.enter(ann)
    page = strange.get(NEW).text
    assert "Passkeys cannot be used here" in page
    assert 'href="/account/security/authenticator"' in page


def test_too_many_passkeys_are_refused_before_one_is_made(house: House, ann: Person) -> None:
    """At the limit the page sends back to the overview, so that none is left over on a device."""
    for _ in range(passkeys.MOST):
        assert house.register(ann, house.authenticator()) is None
    browser = house.provider.browser()
    browser.enter(ann)
    with house.provider.working():
        for row in session().query(BrowserSession):
            row.second_factor_at = row.auth_time
    assert browser.get(NEW).location == "/account/security"


def test_wrong_passkeys_are_throttled(house: House, ann: Person, key: Authenticator, browser: Browser) -> None:
    """A waiting sign-in takes five tries of its second factor, passkeys included."""
    browser.sign_in("/signin", ann)
    token = CSRF.search(browser.get("/signin/code").text)
    assert token is not None
    form = {"csrf_token": unescape(token[1]), "credential": "{}"}
    answers = [browser.http.post("/signin/code/passkey", data=form) for _ in range(6)]
    assert {answer.status_code for answer in answers[:5]} <= {400, 429}
    assert (answers[5].status_code, answers[5].location) == (303, "/signin?next=%2Faccount")
    assert set(house.events("factor.checked", audit.FAILURE)) == {ann.sub}


def test_a_password_alone_is_too_little(house: House, ann: Person, key: Authenticator, browser: Browser) -> None:
    """With a passkey on the account the password opens no page (item 23)."""
    assert browser.sign_in("/signin", ann, password=PASSWORD).location == "/signin/code"
    assert browser.get("/account").location.startswith("/signin?")


def test_passkeys_are_listed_with_their_times(house: House, ann: Person, key: Authenticator, browser: Browser) -> None:
    """The overview names each passkey, when it was added, and when it was used last or that it never was (ux.md 31)."""
    enter(browser, ann)
    page = browser.get("/account/security").text
    assert [name in page for name in ("Key", "Never")] == [True, True]
    with clock.moved(timedelta(days=1)):
        signed_in = send(browser, "/signin", "/signin/passkey", credential=key.get(options(browser)))
        assert signed_in.location == "/account"
        page = browser.get("/account/security").text
    (row,) = house.rows()
    assert row.last_used_at is not None
    assert row.last_used_at - row.created_at > timedelta(hours=23)
    assert f'datetime="{row.last_used_at.isoformat(timespec="seconds")}"' in page
    assert "Never" not in page
    assert format_date(row.created_at, "long", locale="en") in page
