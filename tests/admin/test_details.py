"""The administrators' pages of types of authorization details: registering, changing, deleting, two who edit at once."""

import json

from flask import Flask

from idp.base.database import session
from idp.details import known
from tests.admin.conftest import Visitor
from tests.support.events import search as events_of

PAGE, NEW, ONE = "/admin/details", "/admin/details/new", "/admin/details/1"
SCHEMA = {"type": "object", "required": ["amount"]}
OWN = {"title": "A payment", "words": "{amount} to {creditor.name}", "json_schema": json.dumps(SCHEMA)}
FIELDS = OWN | {"type": "https://bank.example/payment"}


def test_a_type_by_its_page(app: Flask, admin: Visitor) -> None:
    """Registered, listed, changed and deleted after a question; each with before and after in the log, and known at once."""
    assert "No type is registered" in admin.text(PAGE)
    assert admin.send(NEW, **FIELDS).headers["Location"] == PAGE
    for said in ("A payment", "https://bank.example/payment", "{amount} to {creditor.name}"):
        assert said in admin.text(PAGE)
    assert "&#34;required&#34;" in admin.text(ONE)
    assert admin.send(ONE, **OWN | {"words": "{amount}"}).headers["Location"] == PAGE
    with app.app_context():
        found = known.find("https://bank.example/payment")
        assert found is not None
        assert (found.words, found.json_schema) == ("{amount}", SCHEMA)
        (event,) = session().scalars(events_of("authorization_details_type.changed"))
        assert event.changes == {"words": ["{amount} to {creditor.name}", "{amount}"]}
    assert "No app may ask for anything of this type" in admin.text(f"{ONE}/delete")
    assert admin.send(f"{ONE}/delete").headers["Location"] == PAGE
    with app.app_context():
        assert known.find("https://bank.example/payment") is None
    assert admin.get(ONE).status_code == 404


def test_what_is_wrong_stands_at_its_field(admin: Visitor) -> None:
    """No type, words with a place that is none, what is no schema or refers to elsewhere: each is said at its field."""
    answer = admin.send(NEW, **FIELDS | {"type": "a b", "words": "{amount} to {}", "json_schema": "[1"})
    assert answer.status_code == 400
    for said in ("A type has 1 to 100 characters", "is no place", "A JSON Schema is needed", "[1"):
        assert said in answer.text
    for schema in ('{"type": "nonsense"}', '{"$ref": "http://127.0.0.1:1/x"}', '{"pattern": "(?=a)"}', "{}"):
        answer = admin.send(NEW, **FIELDS | {"json_schema": schema})
        assert (answer.status_code, "JSON Schema" in answer.text) == (400, True), schema


def test_two_who_edit_at_once(app: Flask, admin: Visitor) -> None:
    """The second is shown what the first has saved, with what was typed kept, and saves over it knowingly."""
    admin.send(NEW, **FIELDS)
    stale = admin.fields(ONE)
    assert admin.send(ONE, **OWN | {"title": "Theirs"}).status_code == 303
    answer = admin.client.post(ONE, data=stale | OWN | {"words": "Mine"}, headers={"Accept": "text/html"})
    assert answer.status_code == 409
    for said in ("Somebody else has saved meanwhile", 'value="Theirs"', 'value="Mine"'):
        assert said in answer.text
    assert (
        admin.client.post(ONE, data=admin.fields(ONE) | OWN | {"title": "Theirs", "words": "Mine"}).status_code == 303
    )
    with app.app_context():
        found = known.find("https://bank.example/payment")
        assert found is not None
        assert (found.title, found.words) == ("Theirs", "Mine")
