"""The page of initial access tokens: made and shown once, listed, revoked after asking."""

from flask import Flask

from idp.base.database import session
from idp.clients import initial_tokens
from tests.admin.conftest import Visitor, shown
from tests.pages.reading import Page
from tests.support.events import search as events_of

PAGE = "/admin/registration"


def test_a_token_is_made_and_shown_once(app: Flask, admin: Visitor) -> None:
    """The answer to the form shows the token; the list has its label and uses, and nothing shows it again."""
    answer = admin.send(PAGE, label="Tea house", uses="2", days="3")
    assert answer.status_code == 201
    token = shown(answer.text, "initial-access-token")
    assert shown(answer.text, "registration-endpoint").endswith("/oauth/register")
    with app.app_context():
        row = initial_tokens.find(token)
        assert row is not None
        assert (row.label, row.uses_left, (row.expires_at - row.created_at).days) == ("Tea house", 2, 3)
        event = session().scalars(events_of("initial_access_token.created")).one()
        assert event.actor == admin.sub
    listed = admin.text(PAGE)
    assert "Tea house" in listed
    assert token not in listed


def test_a_form_works_once(app: Flask, admin: Visitor) -> None:
    """The same form sent again makes no second token."""
    form = admin.fields(PAGE) | {"label": "tea", "days": "7"}
    assert admin.client.post(PAGE, data=form).status_code == 201
    again = admin.client.post(PAGE, data=form)
    assert (again.status_code, again.headers["Location"]) == (303, PAGE)
    with app.app_context():
        assert len(session().scalars(initial_tokens.search()).all()) == 1


def test_wrong_numbers_are_told_at_their_field(app: Flask, admin: Visitor) -> None:
    """What is no number, or out of bounds, is 400 with the error at its field, and what was typed stays."""
    for field, value, sentence in (
        ("uses", "0", "Enter a number from 1 to 1000000."),
        ("uses", "many", "Enter a whole number, or leave it empty."),
        ("days", "0", "Enter a number from 1 to 366."),
        ("days", "", "Enter a number of days."),
        ("days", "9" * 5000, "Enter a whole number of days."),
    ):
        answer = admin.send(PAGE, **({"label": "tea", "days": "7"} | {field: value}))
        assert answer.status_code == 400, (field, value[:9])
        (told,) = [element for element in Page("tokens", answer.text).elements if element["id"] == f"{field}-error"]
        assert told.text == f"Error: {sentence}"
        assert 'value="tea"' in answer.text
    with app.app_context():
        assert session().scalars(initial_tokens.search()).all() == []


def test_a_token_is_revoked(app: Flask, admin: Visitor) -> None:
    """Revoking is asked about first; afterwards the token is good for nothing, and revoking it again changes nothing."""
    token = shown(admin.send(PAGE, label="", days="7").text, "initial-access-token")
    with app.app_context():
        row = initial_tokens.find(token)
        assert row is not None
    page = f"{PAGE}/{row.id}/revoke"
    form = admin.fields(page)
    for _time in range(2):
        assert admin.client.post(page, data=form).headers["Location"] == PAGE
    with app.app_context():
        assert initial_tokens.find(token) is None
    for number in (row.id, 2**31, 10**20):
        assert admin.get(f"{PAGE}/{number}/revoke").status_code == 404
