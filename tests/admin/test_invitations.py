"""The pages of invitations: a list that is pasted, what became of it, and what may be told to whom."""

from collections.abc import Callable

import pytest
from flask import Flask

from idp.accounts import lookup as accounts
from idp.accounts.admission import service as admission
from idp.accounts.admission.rules import Mode, Rules
from idp.base.database import commit
from idp.groups import lookup as groups
from idp.invitations import lookup
from tests.admin.conftest import Making, Visitor
from tests.core import mails
from tests.groups import making

LIST, NEW = "/admin/invitations", "/admin/invitations/new"
SignIn = Callable[..., Visitor]


@pytest.fixture
def people(add_account: Making, sign_in: SignIn) -> Visitor:
    """A people administrator, who is no owner."""
    return sign_in(add_account("people@example.com", role="people", given_name="Pat"))


def letters(app: Flask) -> list[mails.WaitingMail]:
    """Return the letters that wait."""
    with app.app_context():
        return [mail for mail in mails.waiting() if mail.label.startswith("invitation")]


def group(app: Flask, path: str) -> None:
    """Make a group."""
    with app.app_context():
        making.group(path)
        commit()


def test_a_pasted_list_is_invited(app: Flask, people: Visitor, add_account: Making) -> None:
    """Everybody on a table is written to once, who has an account gets the groups, and the list shows each; a reload sends nothing."""
    group(app, "/eng")
    known = add_account("known@example.com")
    fields = people.fields(NEW) | {
        "addresses": "name,email\nA,a@example.com\nB,b@example.com\nK,known@example.com",
        "groups": "/eng",
    }
    answers = [people.client.post(NEW, data=fields | {"days": "14"}) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == [LIST, LIST]
    assert sorted((mail.to, mail.label) for mail in letters(app)) == [
        ("a@example.com", "invitation"),
        ("b@example.com", "invitation"),
        ("known@example.com", "invitation_given"),
    ]
    assert all("Pat invites you" in mail.text for mail in letters(app) if mail.label == "invitation")
    page = people.text(LIST)
    for said in ("2 invitations are on their way.", "1 person has an account already", "This form was sent already."):
        assert said in page
    assert f'href="/admin/people/{known.sub}"' in page
    assert page.count("/eng") >= 3
    assert "a@example.com" not in people.text(f"{LIST}?state=came")
    assert "a@example.com" in people.text(f"{LIST}?q=A@ex")
    assert "No invitation matches." in people.text(f"{LIST}?q=zz")


def test_a_list_with_mistakes_invites_nobody(app: Flask, people: Visitor) -> None:
    """Each mistake is named with its line, what was typed stays, and nobody is written to before all is right."""
    text = "a@example.com\nnobody\nb@example.com, x@"
    answer = people.send(NEW, addresses=text, groups="/nowhere", days="7")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    for sentence in ("Line 2: “nobody” is no", "Line 3: “x@” is no", "There is no group /nowhere."):
        assert sentence in page
    assert "b@example.com, x@" in page
    assert people.send(NEW, addresses="a@example.com", days="8").status_code == 400
    assert letters(app) == []


def test_sending_again_and_revoking(app: Flask, people: Visitor) -> None:
    """A letter sent again has a new link; one that is revoked, after a question, opens nothing, and neither can be done to what is over."""
    people.send(NEW, addresses="a@example.com", days="7")
    old = letters(app)[0].token
    assert people.send(LIST, f"{LIST}/1/resend").status_code == 303
    new = letters(app)[-1].token
    assert [people.client.get(f"/invitation?token={token}").status_code for token in (old, new)] == [400, 200]
    assert "Revoke the invitation of a@example.com?" in people.text(f"{LIST}/1/revoke")
    for said in ("The invitation is revoked.", "This invitation is over already."):
        assert people.send(f"{LIST}/1/revoke").headers["Location"] == LIST
        assert said in people.text(LIST)
    assert people.client.get(f"/invitation?token={new}").status_code == 400
    assert people.send(f"{LIST}/1/revoke", f"{LIST}/1/resend").status_code == 303
    assert "This invitation is over" in people.text(LIST)
    assert people.get(f"{LIST}/2/revoke").status_code == 404
    assert len(letters(app)) == 2


def test_who_may_invite(app: Flask, people: Visitor, add_account: Making, sign_in: SignIn) -> None:
    """A reader and the help desk see the list alone; whoever administers more than the inviter is put into no group by an invitation."""
    group(app, "/eng")
    for role in ("reader", "help-desk"):
        visitor = sign_in(add_account(f"{role}@example.com", role=role))
        assert (visitor.get(LIST).status_code, visitor.get(NEW).status_code) == (200, 403)
        assert 'id="invite"' not in visitor.text(LIST)
    boss = add_account("boss@example.com", admin=True)
    assert people.send(NEW, addresses=boss.email, groups="/eng", days="7").headers["Location"] == LIST
    assert "1 account was left as it is" in people.text(LIST)
    with app.app_context():
        account = accounts.find_by_email(boss.email)
        assert account is not None
        assert groups.memberships(account.id) == []
        assert lookup.find_newest(boss.email) is None
    assert letters(app) == []


def test_nobody_is_invited_to_a_closed_house(app: Flask, people: Visitor) -> None:
    """While nobody may sign up the list says so and nobody can be invited."""
    with app.app_context():
        admission.put(Rules(Mode.CLOSED), actor="the tests")
        commit()
    assert "Nobody may sign up at present" in people.text(LIST)
    answer = people.send(NEW, addresses="a@example.com", days="7")
    assert (answer.status_code, "New accounts cannot be made here" in answer.get_data(as_text=True)) == (400, True)
    assert letters(app) == []
