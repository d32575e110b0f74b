"""The page on which administrators say who may sign up."""

from collections.abc import Callable

import pytest
from flask import Flask

from idp.accounts.admission import service
from idp.accounts.admission.rules import Mode, Rules
from idp.base.database import commit, session
from tests.admin.conftest import Making, Visitor, hidden_fields
from tests.admin.test_editing import cells
from tests.core import mails
from tests.support.events import search as events_of

PAGE = "/admin/sign-up"
SignIn = Callable[..., Visitor]


def rules(app: Flask) -> Rules:
    """Return the policy in force."""
    with app.app_context():
        return service.get()


def test_a_policy_is_saved_and_told(app: Flask, admin: Visitor, add_account: Making) -> None:
    """What is saved stands on the page, every owner is told, and the log has each member before and after, once."""
    add_account("second@example.com", admin=True)
    for _ in range(2):
        fields = {"mode": "domains", "allow": "Corp.example\n*.corp.example", "deny": "", "refuse_disposable": "y"}
        answer = admin.send(PAGE, **fields)
        assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert rules(app) == Rules(Mode.DOMAINS, frozenset({"corp.example", "*.corp.example"}), frozenset(), True)
    page = admin.text(PAGE)
    assert "The sign-up policy is saved." in page
    assert "*.corp.example\ncorp.example" in page
    assert "Version 1, decided by admin@example.com" in page
    with app.app_context():
        (event,) = session().scalars(events_of("policy.changed"))
        assert event.actor == admin.sub
        assert event.changes == {
            "sign_up.mode": ["open", "domains"],
            "sign_up.allow": [[], ["*.corp.example", "corp.example"]],
            "sign_up.refuse_disposable": [False, True],
        }
        told = [mail for mail in mails.waiting() if mail.label == "administrators_told"]
        assert {mail.to for mail in told} == {"admin@example.com", "second@example.com"}
        assert len(told) == 2
        assert all("People with an address of certain domains" in mail.text for mail in told)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"mode": "domains"}, "Enter at least one domain"),
        ({"mode": "open", "deny": "example.com\nno domain!"}, "“domain!” is no domain"),
        ({"mode": "open", "allow": "\n".join(f"d{number}.example" for number in range(501))}, "at most 500 domains"),
        ({"mode": "nobody"}, "Choose from what is offered."),
        ({}, "Choose one."),
    ],
)
def test_what_is_wrong_is_named(app: Flask, admin: Visitor, fields: dict[str, str], sentence: str) -> None:
    """A policy that makes no sense is 400 with the member and a sentence, what was typed stays, and nothing is saved."""
    answer = admin.send(PAGE, **fields)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "There is a problem" in page, sentence in page) == (400, True, True)
    assert fields.get("deny", "") in page
    assert rules(app) == Rules()


def test_two_who_decide_at_once(app: Flask, admin: Visitor) -> None:
    """The second is told what the first has changed, keeps what was typed, and gets what was not touched; saved again, it counts."""
    read = admin.fields(PAGE)
    with app.app_context():
        service.put(Rules(Mode.CLOSED, deny=frozenset({"bad.example"})), actor="somebody else")
        commit()
    fields = {"mode": "invitation", "allow": "", "deny": ""}
    answer = admin.client.post(PAGE, data=read | fields, headers={"Accept": "text/html"})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "Somebody else has saved meanwhile" in page) == (409, True)
    assert cells(page)[:4] == ["Who may sign up Both changed it", "Everybody", "Nobody", "People who were invited"]
    assert "bad.example</textarea>" in page.replace("\n", "")
    assert rules(app).mode is Mode.CLOSED
    again = admin.client.post(PAGE, data=hidden_fields(page) | fields | {"deny": "bad.example"})
    assert again.status_code == 303
    assert rules(app) == Rules(Mode.INVITATION, deny=frozenset({"bad.example"}))


def test_a_reader_sees_it_and_changes_nothing(app: Flask, add_account: Making, sign_in: SignIn) -> None:
    """Whoever may see policies sees this one without a form, and is refused where they send one."""
    visitor = sign_in(add_account("reader@example.com", role="reader"))
    page = visitor.text(PAGE)
    assert ('id="sign-up-submit"' in page, "Everybody" in page) == (False, True)
    token = {"csrf_token": visitor.fields("/signout")["csrf_token"]}
    answer = visitor.client.post(PAGE, data={"mode": "closed"} | token)
    assert answer.status_code == 403
    assert rules(app) == Rules()
