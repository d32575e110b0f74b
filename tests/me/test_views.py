"""A person's own pages: profile, password and activity, each only one's own."""

import re
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from idp import audit
from idp.accounts import passwords
from idp.clients import service as clients
from idp.me import activity
from idp.oauth import ending
from tests.core import mails
from tests.factories import PASSWORD, Person, Provider

NEW_PASSWORD = "quite another pass phrase"
PAGES = ["/account", "/account/password", "/account/activity"]


@pytest.fixture
def ann(provider: Provider) -> Person:
    """Somebody with a verified address and a password."""
    return provider.person(username="ann")


def words(response: TestResponse) -> str:
    """Return what a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", response.text)).split())


def value(response: TestResponse, name: str) -> str:
    """Return what stands in an input."""
    (tag,) = re.findall(rf'<input[^>]*\bid="{name}"[^>]*>', response.text)
    found = re.search(r'\bvalue="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


@pytest.mark.parametrize("path", PAGES)
def test_strangers_sign_in_first_and_come_back(provider: Provider, ann: Person, path: str) -> None:
    """Nobody sees a page without signing in; afterwards the browser is on the page that was asked for."""
    browser = provider.browser()
    asked = browser.get(path)
    assert asked.status_code == 303
    assert asked.location.startswith("/signin?next=")
    assert browser.sign_in(asked.location, ann).location == path
    assert browser.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_marked_in_the_sections(provider: Provider, ann: Person, path: str) -> None:
    """The list of sections names all pages and marks the present one; administration is not for everybody."""
    page = provider.browser(ann).get(path).text
    assert re.findall(r'<a href="([^"]*)"\s+aria-current="page"', page) == [path]
    assert all(f'href="{other}"' in page for other in PAGES)
    assert 'href="/admin"' not in page


def test_administrators_see_the_way_to_administration(provider: Provider) -> None:
    """Only an administrator with a verified address is offered the other area."""
    root = provider.person("root@example.org", is_admin=True)
    unverified = provider.person("late@example.org", verified=False, is_admin=True)
    assert 'href="/admin"' in provider.browser(root).get("/account").text
    assert 'href="/admin"' not in provider.browser(unverified).get("/account").text


def test_a_profile_is_saved_without_stray_spaces(provider: Provider, ann: Person) -> None:
    """Names, username and picture are kept as typed, but for spaces around them, and shown again with a notice."""
    browser = provider.browser(ann)
    fields = {
        "given_name": " Ann ",
        "family_name": "O'Hara",
        "username": "Ann.2",
        "picture": " https://a.example/p.png",
    }
    saved = browser.submit("/account", **fields)
    assert (saved.status_code, saved.location) == (303, "/account")
    page = browser.get("/account")
    assert "Your profile is saved." in words(page)
    assert [value(page, name) for name in fields] == ["Ann", "O'Hara", "Ann.2", "https://a.example/p.png"]
    assert "Profile changed" in words(browser.get("/account/activity"))


def test_an_emptied_profile_is_empty(provider: Provider, ann: Person) -> None:
    """Every part of a profile is optional; an empty username or picture is none at all."""
    browser = provider.browser(ann)
    assert browser.submit("/account").status_code == 303
    with provider.account(ann) as account:
        assert (account.given_name, account.username, account.picture) == ("", None, None)


def test_a_wrong_profile_changes_nothing(provider: Provider, ann: Person) -> None:
    """Everything wrong is told at once, what was typed stays in the form, and nothing is saved."""
    answer = provider.browser(ann).submit(
        "/account", given_name="Anna", username="a b", picture="http://a.example/p.png"
    )
    assert answer.status_code == 400
    assert "Error: " in answer.text.partition("</title>")[0]
    for field in ("username", "picture"):
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}-error"' in answer.text
    assert [value(answer, name) for name in ("given_name", "username")] == ["Anna", "a b"]
    with provider.account(ann) as account:
        assert (account.given_name, account.username) == ("", "ann")


def test_a_username_belongs_to_one_person(provider: Provider, ann: Person) -> None:
    """Somebody else's username is refused in any spelling; one's own may change its capitals."""
    bob = provider.person("bob@example.org")
    refused = provider.browser(bob).submit("/account", username="ANN")
    assert refused.status_code == 400
    assert "That username is taken." in words(refused)
    assert provider.browser(ann).submit("/account", username="ANN").status_code == 303


def test_what_people_type_is_text(provider: Provider, ann: Person) -> None:
    """Markup in a name is shown, never obeyed."""
    browser = provider.browser(ann)
    browser.submit("/account", given_name="<b>Ann</b>")
    assert "<b>Ann</b>" not in browser.get("/account").text


def test_an_unproved_address_can_be_proved(provider: Provider) -> None:
    """The profile says that the address is not confirmed, and its button sends a code and leads to where it is typed."""
    browser = provider.browser(provider.person("new@example.org", verified=False))
    page = browser.get("/account")
    assert "Not confirmed" in words(page)
    action = re.search(r'action="(/verify/resend[^"]*)"', page.text)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert action
    assert token
    sent = browser.http.post(unescape(action[1]), data={"csrf_token": token[1]}, headers={"Accept": "text/html"})
    with provider.working():
        code = mails.newest().code
    assert browser.submit(sent.location, code=code).location == "/account"
    assert "Not confirmed" not in words(browser.get("/account"))


def test_a_new_password_signs_out_everybody_else(provider: Provider, ann: Person) -> None:
    """The browser that changed the password stays; another is out, the new password works, and a mail tells of it (item 17)."""
    here, elsewhere = provider.browser(ann), provider.browser(ann)
    changed = here.submit("/account/password", current_password=PASSWORD, new_password=NEW_PASSWORD)
    assert (changed.status_code, changed.location) == (303, "/account/sessions")
    assert "Your password is changed." in words(here.get("/account/sessions"))
    assert elsewhere.get("/account").status_code == 303
    with provider.working():
        assert (mails.newest().to, mails.newest().label) == (ann.email, "password_changed")
    other = provider.browser()
    assert other.sign_in("/signin", ann).status_code == 400
    assert other.sign_in("/signin", ann, password=NEW_PASSWORD).location == "/account"


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("not the password", NEW_PASSWORD, "current_password"),
        ("", NEW_PASSWORD, "current_password"),
        (PASSWORD, "", "new_password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, "iloveyou", "new_password"),
        (PASSWORD, "ann@example.org", "new_password"),
    ],
)
def test_a_refused_password_changes_nothing(
    provider: Provider, ann: Person, current: str, new: str, field: str
) -> None:
    """A wrong current password and an unfit new one are told at their field; the old one works on, nobody is signed out (item 7)."""
    here, elsewhere = provider.browser(ann), provider.browser(ann)
    answer = here.submit("/account/password", current_password=current, new_password=new)
    assert answer.status_code == 400
    assert re.findall(r'href="#(\w+_password)">', answer.text) == [field]
    assert re.findall(r'id="(\w+_password)-error"', answer.text) == [field]
    assert value(answer, "current_password") == value(answer, "new_password") == ""
    assert elsewhere.get("/account").status_code == 200
    assert provider.browser().sign_in("/signin", ann).location == "/account"


@pytest.mark.usefixtures("_still_clock")
def test_guessing_the_current_password_is_slowed(provider: Provider, ann: Person) -> None:
    """After five wrong passwords the next try waits, and the answer says how long (item 7)."""
    browser = provider.browser(ann)
    for _ in range(5):
        browser.submit("/account/password", current_password="a guess", new_password=NEW_PASSWORD)
    answer = browser.submit("/account/password", current_password=PASSWORD, new_password=NEW_PASSWORD)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1


def test_the_password_form_tells_managers_whose_it_is(provider: Provider, ann: Person) -> None:
    """Password managers find the account's name and the purpose of both fields (ux.md 7)."""
    page = provider.browser(ann).get("/account/password").text
    assert re.search(rf'name="username"[^>]*value="{ann.email}"[^>]*autocomplete="username"', page, re.S)
    assert re.findall(r'autocomplete="(\w+-password)"', page) == ["current-password", "new-password"]


def test_a_first_password_comes_by_reset(provider: Provider) -> None:
    """Who has no password yet is led to the reset; nothing else sets one."""
    person = provider.person("fresh@example.org", password_hash=None)
    browser = provider.browser(person)
    page = browser.get("/account/password").text
    assert 'href="/reset?next=/account"' in page
    assert 'id="current_password"' not in page
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/account").text)
    assert token
    fields = {"csrf_token": token[1], "current_password": "", "new_password": NEW_PASSWORD}
    assert browser.http.post("/account/password", data=fields).location == "/account/password"
    with provider.account(person) as account:
        assert account.password_hash is None
        assert not passwords.verify(NEW_PASSWORD, account.password_hash)


def test_activity_is_told_in_plain_words(provider: Provider, ann: Person) -> None:
    """Events name the app and the administrator's hand; what has no words yet shows its own name."""
    app = provider.client(client_name="Paper Shop")
    gone = provider.client(client_name="Closed Shop")
    with provider.working():
        audit.record("consent.given", subject=ann.sub, client_id=app.client_id, source="192.0.2.7")
        audit.record("consent.withdrawn", subject=ann.sub, client_id=gone.client_id)
        audit.record("account.unlocked", subject=ann.sub, actor="somebody else")
        audit.record("password.checked", subject=ann.sub, outcome=audit.FAILURE)
        audit.record("something.new", subject=ann.sub)
    with provider.registration(gone) as row:
        clients.remove(row)
    page = words(provider.browser(ann).get("/account/activity"))
    assert "App allowed to use the account: Paper Shop" in page
    assert "192.0.2.7" in page
    assert f"App no longer allowed to use the account: {gone.client_id}" in page
    assert "Wait after wrong passwords lifted By an administrator" in page
    assert "Wrong password typed Refused" in page
    assert "something.new" in page
    assert page.index("something.new") < page.index("Paper Shop")


def test_every_event_of_a_person_has_words(app: Flask) -> None:
    """Whatever the house records of a person is told in a sentence, not by the name of the event."""
    calls = re.compile(r"(?:audit\.record|(?<!def )revoke_grant)\((.*?)\)\n", re.DOTALL)
    recorded = {
        (name[1], "failure" if "audit.FAILURE" in call else "success")
        for path in Path(audit.__file__).parent.rglob("*.py")
        for call in calls.findall(path.read_text())
        if "sub" in call and (name := re.search(r'"([a-z_]+\.?[a-z_]*)"', call))
    }
    recorded.add((ending.GIVEN_BACK, "success"))
    recorded |= {(name, "success") for name in ("session.ended", "session.expired", "signout")}
    assert ("signin", "success") in recorded
    with app.test_request_context():
        assert recorded - activity._sentences().keys() == set()


def test_activity_is_one_s_own_and_the_newest(provider: Provider, ann: Person) -> None:
    """Only events of the account itself are listed, fifty of them, the newest first."""
    bob = provider.person("bob@example.org")
    assert "Nothing happened yet." in words(provider.browser(ann).get("/account/activity"))
    with provider.working():
        audit.record("the.oldest", subject=ann.sub)
        audit.record("of.somebody.else", subject=bob.sub)
        for number in range(50):
            audit.record(f"number.{number}.", subject=ann.sub)
    page = words(provider.browser(ann).get("/account/activity"))
    assert "number.0." in page
    assert "the.oldest" not in page
    assert "of.somebody.else" not in page
