"""A person's sessions: listed with browser, times and source; one or all others ended, with what hangs on them."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from idp import sessions
from idp.base import clock, user_agents
from tests.core import mails
from tests.factories import PASSWORD, Browser, Person, Provider
from tests.me.test_views import NEW_PASSWORD, words

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
    "Safari/537.36 Edg/126.0"
)
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605"
PAGE = "/account/sessions"


def press(browser: Browser, path: str, page: str = PAGE) -> TestResponse:
    """Send a form of one button that stands on a page, or might."""
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(page).text)
    assert token
    return browser.http.post(path, data={"csrf_token": token[1]}, headers={"Accept": "text/html"})


def end(browser: Browser, session_id: str | None) -> TestResponse:
    """End one session."""
    return press(browser, f"{PAGE}/{session_id}/end")


def withdraw(browser: Browser, client_id: str) -> TestResponse:
    """Withdraw an app's access."""
    return press(browser, f"/account/apps/{client_id}/withdraw", "/account/apps")


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (SAFARI, "Safari on iOS"),
        (EDGE, "Edge on Windows"),
        (MAC, "Safari on macOS"),
        ("curl/8.1", "curl"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Unknown browser on Linux"),
        ("Mozilla/5.0 test", "Unknown browser"),
        ("", "Unknown browser"),
        ("\x00" * 400, "Unknown browser"),
        ("(" * 100_000, "Unknown browser"),
        ("<script>alert(1)</script>", "Unknown browser"),
    ],
)
def test_user_agents_in_words(app: Flask, user_agent: str, name: str) -> None:
    """A user agent is told as browser and system; whatever is not known is an unknown browser."""
    with app.test_request_context():
        assert user_agents.describe(user_agent) == name


def test_each_session_is_listed_and_this_one_marked(provider: Provider, ann: Person) -> None:
    """The page names browser, times and source of each live session of one's own, and marks the present one (item 33)."""
    here = provider.browser(ann)
    with clock.moved(-timedelta(minutes=20)), provider.working():
        sessions.open_session(ann.id, 0, ["pwd"], sessions.Device("2001:db8::7", FIREFOX))
    bob = provider.person("bob@example.org")
    provider.browser(bob)
    page = here.get(PAGE)
    text = words(page)
    assert len(re.findall(r"<tr role", page.text)) == 3
    assert "Firefox on Linux" in text
    assert "2001:db8::7" in text
    assert text.count("This one") == 1
    assert re.search(r"Unknown browser\s+This one", text)
    assert re.findall(r'aria-current="page">(\w+)<', page.text) == ["Sessions"]


def test_sessions_that_count_no_more_are_not_listed(provider: Provider, ann: Person) -> None:
    """Sessions that ended, were idle for an hour or belong to the time before a password change are not listed."""
    with clock.moved(-timedelta(hours=25)):
        provider.browser(ann)
    provider.browser(ann).sign_out()
    with provider.working():
        sessions.open_session(ann.id, 7, ["pwd"], sessions.Device("192.0.2.8", FIREFOX))
    page = provider.browser(ann).get(PAGE).text
    assert page.count("/end") == 1
    assert "192.0.2.8" not in page


def test_ending_one_session_signs_that_browser_out(provider: Provider, ann: Person) -> None:
    """The ended browser has to sign in, this one goes on, and the activity tells of it (item 33)."""
    here, there, third = (provider.browser(ann) for _ in range(3))
    answer = end(here, there.sid)
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert there.get("/account").status_code == 303
    assert third.get("/account").status_code == 200
    assert "That browser is signed out." in words(here.get(PAGE))
    assert "One browser signed out" in words(here.get("/account/activity"))
    assert end(here, there.sid).status_code == 303


def test_ending_the_present_session_signs_out(provider: Provider, ann: Person) -> None:
    """The button beside "This one" does what signing out does."""
    here, there = provider.browser(ann), provider.browser(ann)
    assert end(here, here.sid).location == "/signed-out"
    assert here.get("/account").status_code == 303
    assert there.get("/account").status_code == 200


@pytest.mark.parametrize("session_id", ["somebody else's", "unknown", "x" * 1500])
def test_other_peoples_sessions_are_not_found(provider: Provider, ann: Person, session_id: str) -> None:
    """A session that is not one's own, or none at all, is 404 and nothing ends."""
    browser, other = provider.browser(ann), provider.browser(provider.person("bob@example.org"))
    assert end(browser, other.sid if session_id == "somebody else's" else session_id).status_code == 404
    assert other.get("/account").status_code == 200
    assert browser.get("/account").status_code == 200


def test_ending_all_others_keeps_this_one(provider: Provider, ann: Person) -> None:
    """Every other browser of one's own is out, this one stays, and nobody else's is touched."""
    here, *others = (provider.browser(ann) for _ in range(3))
    bob = provider.browser(provider.person("bob@example.org"))
    ended = press(here, f"{PAGE}/end-others")
    assert (ended.status_code, ended.location) == (303, PAGE)
    assert [browser.get("/account").status_code for browser in others] == [303, 303]
    assert bob.get("/account").status_code == 200
    page = here.get(PAGE)
    assert "Every other browser is signed out." in words(page)
    assert "sessions-end-others" not in page.text
    assert "One browser signed out" in words(here.get("/account/activity"))


def test_strangers_end_nothing(provider: Provider, ann: Person) -> None:
    """Without a sign-in the form is not reached, and nothing ends."""
    there, stranger = provider.browser(ann), provider.browser()
    for path in (f"{PAGE}/{there.sid}/end", f"{PAGE}/end-others"):
        assert stranger.http.post(path, headers={"Accept": "text/html"}).status_code == 303
    assert there.get("/account").status_code == 200


@pytest.mark.parametrize("way", ["one", "others"])
def test_tokens_end_with_their_session(provider: Provider, ann: Person, way: str) -> None:
    """Access tokens of the ended session are refused at once; those of this session and of offline access go on (item 54)."""
    client, phone = provider.client(), provider.client(public=True)
    here, there = provider.browser(ann), provider.browser(ann)
    bound = provider.grant(client, there)["access_token"]
    code = there.answer(phone)["code"]
    offline = provider.grant(client, there, "openid offline_access")
    own = provider.grant(client, here)["access_token"]
    if way == "one":
        end(here, there.sid)
    else:
        press(here, f"{PAGE}/end-others")
    assert provider.introspect(client, bound).json == {"active": False}
    assert provider.userinfo(bound).status_code == 401
    assert provider.redeem(phone, code).status_code == 400
    for token in (own, offline["access_token"]):
        assert provider.introspect(client, token).json["active"] is True
        assert provider.userinfo(token).status_code == 200
    assert provider.refresh(client, offline["refresh_token"]).status_code == 200


def test_a_new_password_shows_what_is_still_open(provider: Provider, ann: Person) -> None:
    """After a password change the list of sessions says that all others ended, and holds this one alone."""
    here, there = provider.browser(ann), provider.browser(ann)
    changed = here.submit("/account/password", current_password=PASSWORD, new_password=NEW_PASSWORD)
    assert changed.location == PAGE
    page = here.get(PAGE)
    assert "Every other browser and app is signed out" in words(page)
    assert page.text.count("/end") == 1
    assert there.get(PAGE).status_code == 303


def test_an_app_is_shown_and_withdrawn(provider: Provider, ann: Person) -> None:
    """Apps are listed with their scopes in words and their use; withdrawing kills every token, and a mail tells of it (items 56, 70)."""
    client = provider.client(client_name="Paper <Shop>")
    browser = provider.browser(ann)
    browser.consent(client, scope="openid email")
    assert "Last used Not lately" in words(browser.get("/account/apps"))
    tokens = provider.grant(client, browser, "openid email offline_access")
    page = words(browser.get("/account/apps"))
    for said in ("Paper <Shop>", "See your e-mail address", "Stay connected", "Since"):
        assert said in page
    assert "Last used Not lately" not in page
    gone = withdraw(browser, client.client_id)
    assert (gone.status_code, gone.location) == (303, "/account/apps")
    assert provider.introspect(client, tokens["access_token"]).json == {"active": False}
    assert provider.refresh(client, tokens["refresh_token"]).status_code == 400
    assert "No application has access" in words(browser.get("/account/apps"))
    assert browser.authorize(client).location.startswith("/consent?")
    with provider.working():
        mail = mails.newest()
        assert (mail.to, mail.label) == (ann.email, "app_withdrawn")
        assert "Paper <Shop>" in mail.text


@pytest.mark.parametrize("client_id", ["nobody", "x" * 1500])
def test_withdrawing_what_was_never_given_does_nothing(provider: Provider, ann: Person, client_id: str) -> None:
    """An app without access is withdrawn from nobody: no mail, no event, no error; others keep theirs."""
    client, bob = provider.client(), provider.person("bob@example.org")
    browser = provider.browser(ann)
    provider.browser(bob).consent(client)
    browser.consent(provider.client(client_name="Another"))
    for name in (client_id, client.client_id):
        assert withdraw(browser, name).location == "/account/apps"
    with provider.working():
        assert [mail for mail in mails.waiting() if mail.label == "app_withdrawn"] == []
    assert "App no longer allowed" not in words(browser.get("/account/activity"))
    assert "Paper Shop" in words(provider.browser(bob).get("/account/apps"))


def test_a_new_browser_is_told_by_mail_in_words(provider: Provider, ann: Person) -> None:
    """The first browser of an account is news to nobody; a later one is told by mail, with its name and where it was."""
    for user_agent in (FIREFOX, SAFARI):
        browser = provider.browser()
        browser.http.environ_base["HTTP_USER_AGENT"] = user_agent
        assert browser.sign_in("/signin", ann).location == "/account"
    with provider.working():
        told = [mail for mail in mails.waiting() if mail.label == "new_device"]
    assert [mail.to for mail in told] == [ann.email]
    assert "Safari on iOS" in told[0].text
    assert "127.0.0.1" in told[0].text
    assert "AppleWebKit" not in told[0].text
