"""The entrance pages: what works, what is told, and what never is."""

import re

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from idp.accounts import lookup, service
from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base.database import commit, session
from idp.sessions import BrowserSession
from tests.core import mails
from tests.signin.browser import Browser, words
from tests.support.hashing import no_free_thread

PASSWORD = "correct horse battery"


@pytest.fixture
def ann(app: Flask) -> str:
    """A person with a verified address."""
    with app.app_context():
        account = service.add("ann@example.com", username="ann", password=PASSWORD, verified=True)
        assert isinstance(account, Account)
        commit()
    return "ann@example.com"


def newest_mail(app: Flask) -> mails.WaitingMail:
    """Return the newest queued mail."""
    with app.app_context():
        mail = mails.newest()
        commit()
    return mail


@pytest.mark.parametrize("name", ["ann", "ANN", "ann@example.com", " Ann@Example.com "])
def test_sign_in_by_name_or_address(app: Flask, ann: str, name: str) -> None:
    """E-mail address or username, in any case, sign in with 303 to the account (ux.md 27)."""
    browser = Browser(app)
    browser.open("/signin")
    answer = browser.post(username=name, password=PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")


def session_cookie(answer: TestResponse) -> str:
    """Return the cookie of the session that an answer sets, with its attributes."""
    return next(cookie for cookie in answer.headers.getlist("Set-Cookie") if cookie.startswith("idp_session="))


def test_the_cookie_is_new_at_each_sign_in(app: Flask, ann: str) -> None:
    """A sign-in gives the browser a new session secret; the one before it does not work any more (item 27)."""
    browser = Browser(app)
    browser.open("/signin")
    first = session_cookie(browser.post(username="ann", password=PASSWORD))
    cookie = {"Cookie": first.partition(";")[0]}
    assert app.test_client(use_cookies=False).get("/account", headers=cookie).status_code == 200
    browser.open("/signin?again=1&next=/account")
    second = session_cookie(browser.post(password=PASSWORD))
    assert first.partition(";")[0] != second.partition(";")[0]
    assert "HttpOnly" in first
    assert "SameSite=Lax" in first
    assert app.test_client(use_cookies=False).get("/account", headers=cookie).status_code == 303


def test_wrong_name_and_wrong_password_look_the_same(app: Flask, ann: str) -> None:
    """Neither text nor status tells whether the name exists; the name stays, the password does not (item 11; ux.md 18)."""
    pages = []
    for name in ("ann@example.com", "ghost@example.com"):
        browser = Browser(app)
        browser.open("/signin")
        answer = browser.send(username=name, password="wrong password")
        assert answer.status_code == 400
        assert 'id="error-summary"' in answer.text
        assert f'value="{name}"' in answer.text
        assert "wrong password" not in answer.text
        assert re.search(r"<title>\s*Error: ", answer.text)
        pages.append(words(answer).replace(name, ""))
    assert pages[0] == pages[1]


def test_sign_up_and_reset_look_the_same_for_a_known_address(app: Flask, ann: str) -> None:
    """A known and an unknown address get the same pages, status and cookies at sign-up and at reset (item 11)."""
    for path, fields, then in (("/signup", {"password": "a fresh new one"}, "/verify"), ("/reset", {}, "/reset/code")):
        seen = []
        for email in ("ann@example.com", "new@example.com"):
            browser = Browser(app)
            browser.open(path)
            answer = browser.post(email=email, **fields)
            assert (answer.status_code, answer.headers["Location"]) == (303, then)
            cookie = answer.headers["Set-Cookie"]
            page = browser.open(then)
            wrong = browser.send(code="000000")
            seen.append(
                (len(cookie), words(page).replace(email, ""), wrong.status_code, words(wrong).replace(email, ""))
            )
        assert abs(seen[0][0] - seen[1][0]) < 8
        assert seen[0][1:] == seen[1][1:]


def test_a_sign_up_by_code_arrives_signed_in(app: Flask) -> None:
    """Sign-up, then the code, sign the person in and go on to where the sign-up came from."""
    browser = Browser(app)
    browser.open("/signup?next=/account/password")
    browser.send(email="new@example.com", password=PASSWORD, username="newbie", given_name="New", family_name="Bie")
    assert browser.path.startswith("/verify")
    browser.send(code=newest_mail(app).code)
    assert browser.path == "/account/password"
    with app.app_context():
        account = lookup.find_by_email("new@example.com")
        assert account is not None
        assert account.is_verified


@pytest.mark.parametrize("by", ["code", "own link", "elsewhere"])
def test_a_new_account_has_shown_its_password(app: Flask, by: str) -> None:
    """Whichever way a sign-up is confirmed, the session says `pwd`: the mail is no factor (item 24), and no second one in any case."""
    browser = Browser(app)
    browser.open("/signup")
    browser.send(email="new@example.com", password=PASSWORD)
    if by == "code":
        browser.send(code=newest_mail(app).code)
    else:
        browser = browser if by == "own link" else Browser(app)
        browser.open(f"/verify/link?token={newest_mail(app).token}")
        browser.send(**({} if by == "own link" else {"password": PASSWORD}))
    assert browser.path == "/account"
    with app.app_context():
        (made,) = session().scalars(select(BrowserSession))
        assert (made.amr, made.second_factor_at) == (["pwd"], None)
        (event,) = session().scalars(select(AuditEvent).where(AuditEvent.event == "signin"))
        assert event.detail["amr"] == "pwd"


def test_opening_a_mailed_link_changes_nothing(app: Flask) -> None:
    """Mail scanners that open the link spend nothing; the page's button confirms, in the browser that signed up (item 38; ux.md 25)."""
    browser = Browser(app)
    browser.open("/signup")
    browser.send(email="new@example.com", password=PASSWORD)
    path = f"/verify/link?token={newest_mail(app).token}"
    for _ in range(3):
        assert Browser(app).open(path).status_code == 200
    stranger = Browser(app)
    stranger.open(path)
    assert stranger.send().status_code == 400
    page = browser.open(path)
    assert 'name="password"' not in page.text
    browser.send()
    assert browser.path == "/account"
    assert browser.open(path).status_code == 400


def test_a_strange_browser_confirms_after_the_password(app: Flask) -> None:
    """Another browser confirms by link and password, and can say that it was not its owner."""
    Browser(app).open("/signup")
    maker = Browser(app)
    maker.open("/signup")
    maker.send(email="new@example.com", password=PASSWORD)
    token = newest_mail(app).token
    stranger = Browser(app)
    stranger.open(f"/verify/link?token={token}")
    assert stranger.send(password="wrong one").status_code == 400
    stranger.send(password=PASSWORD)
    assert stranger.path == "/account"
    maker.open("/signup")
    maker.send(email="other@example.com", password=PASSWORD)
    token = newest_mail(app).token
    owner = Browser(app)
    owner.open(f"/verify/link?token={token}")
    assert owner.send(f"/verify/link/disown?token={token}").status_code == 200
    with app.app_context():
        assert lookup.find_by_email("other@example.com") is None


def test_a_reset_by_code_ends_at_sign_in(app: Flask, ann: str) -> None:
    """The code opens the form for a new password; afterwards the new one signs in and the old one does not."""
    elsewhere = Browser(app)
    elsewhere.sign_in("ann", PASSWORD)
    browser = Browser(app)
    browser.open("/reset")
    browser.send(email=ann)
    browser.send(code=newest_mail(app).code)
    assert browser.path == "/reset/password"
    assert browser.send(password="password123").status_code == 400
    browser.send(password="brand new horse")
    assert browser.path == "/signin"
    assert f'value="{ann}"' in browser.page.text
    browser.send(username="ann", password="brand new horse")
    assert browser.path == "/account"
    elsewhere.open("/account")
    assert elsewhere.path.startswith("/signin")
    assert Browser(app).sign_in("ann", PASSWORD).status_code == 400


def test_links_come_from_the_issuer_not_from_the_host_header(app: Flask, ann: str) -> None:
    """A forged Host header does not reach the links of a mail (item 74)."""
    client = app.test_client()
    page = client.get("/reset", headers={"Host": "evil.example", "Accept": "text/html"})
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token is not None
    client.post("/reset", data={"csrf_token": token[1], "email": ann}, headers={"Host": "evil.example"})
    text = newest_mail(app).text
    assert "evil.example" not in text
    assert "http://127.0.0.1:5000/reset/password?token=" in text


def test_an_expired_form_restarts_with_its_request(app: Flask, ann: str) -> None:
    """A form whose cookie is gone is shown again with the same place to continue to, and then works (ux.md 33)."""
    browser = Browser(app)
    browser.open("/signin?next=/account/password")
    browser.forget_cookies()
    browser.send(username="ann", password=PASSWORD)
    assert browser.path == "/signin?next=/account/password"
    browser.send(username="ann", password=PASSWORD)
    assert browser.path == "/account/password"


def test_a_second_tab_continues(app: Flask, ann: str) -> None:
    """A sign-in form left open in a second tab goes on to its own destination once the first tab is signed in (ux.md 33)."""
    browser = Browser(app)
    browser.open("/signin?next=/account/password")
    browser.sign_in("ann", PASSWORD)
    answer = browser.send("/signin?next=/account/password", username="ann", password=PASSWORD, csrf_token="stale")
    assert answer.status_code == 200
    assert browser.path == "/account/password"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_nobody_is_sent_elsewhere(app: Flask, ann: str, target: str) -> None:
    """A foreign address to continue to is ignored (item 40)."""
    browser = Browser(app)
    browser.open(f"/signin?next={target}")
    assert browser.post(username="ann", password=PASSWORD).headers["Location"] == "/account"


def test_sign_out_ends_the_session_on_the_server(app: Flask, ann: str) -> None:
    """A GET only asks; the POST ends the session, and its old cookie is worth nothing (item 29)."""
    browser = Browser(app)
    browser.open("/signin")
    cookie = session_cookie(browser.post(username="ann", password=PASSWORD)).partition(";")[0]
    page = browser.open("/signout")
    assert 'id="logout-confirm"' in page.text
    assert app.test_client(use_cookies=False).get("/account", headers={"Cookie": cookie}).status_code == 200
    browser.send()
    assert browser.path == "/signed-out"
    assert app.test_client(use_cookies=False).get("/account", headers={"Cookie": cookie}).status_code == 303


@pytest.mark.usefixtures("_still_clock")
def test_the_sixth_wrong_password_is_told_to_wait(app: Flask, ann: str) -> None:
    """After five failures the answer is 429 with Retry-After, known name or not, and never a sleep."""
    for name in ("ann", "ghost"):
        browser = Browser(app)
        browser.open("/signin")
        for _ in range(5):
            assert browser.send(username=name, password="wrong").status_code == 400
        answer = browser.send(username=name, password="wrong")
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) >= 1


def test_the_well_known_address_leads_to_the_password_form(app: Flask) -> None:
    """Password managers find the form for a new password (ux.md 35)."""
    answer = app.test_client().get("/.well-known/change-password")
    assert answer.headers["Location"] == "/account/password"


@pytest.mark.parametrize("path", ["/signin", "/signup", "/reset", "/verify", "/reset/code", "/verify/link", "/setup"])
def test_rubbish_is_never_an_error_of_ours(app: Flask, path: str) -> None:
    """NUL, huge and strange values are refused politely at every form."""
    for junk in ("\0", "x" * 10_000, "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "' OR 1=1 --"):
        browser = Browser(app)
        browser.open(path)
        answer = browser.send(username=junk, password=junk, email=junk, code=junk)
        assert answer.status_code < 500


def test_a_burst_of_sign_ins_is_answered_busy(app: Flask, ann: str) -> None:
    """When more passwords wait to be hashed than can be served in time, the answer is 503 with Retry-After."""
    with no_free_thread(app):
        browser = Browser(app)
        browser.open("/signin")
        answer = browser.send(username="ann", password=PASSWORD)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
