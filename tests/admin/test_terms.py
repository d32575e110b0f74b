"""The pages on which administrators publish terms of service, and end them."""

from collections.abc import Callable

from flask import Flask

from idp.base.database import commit, session
from idp.terms import service
from idp.terms.models import TermsVersion
from tests.admin.conftest import Making, Visitor, hidden_fields
from tests.core import mails
from tests.support.events import search as events_of

PAGE, NEW = "/admin/terms", "/admin/terms/new"
SignIn = Callable[..., Visitor]


def test_a_version_is_published_and_told(app: Flask, admin: Visitor, add_account: Making) -> None:
    """It is in force at once, for whoever published it, too; every owner is told, and the log has what was in force before and after."""
    add_account("second@example.com", admin=True)
    assert "There are no terms" in admin.text(PAGE)
    answer = admin.send(NEW, name="2027-01", summary="New.", terms="Be kind.\n\nStay so.")
    assert answer.headers["Location"] == PAGE
    assert admin.get(PAGE).headers["Location"] == "/terms?next=%2Fadmin%2Fterms"
    assert admin.send("/terms?next=/admin/terms").headers["Location"] == PAGE
    page = admin.text(PAGE)
    for said in ("2027-01</a>", "Accepted by: 1", "admin@example.com", "In force"):
        assert said in page
    assert "Stay so." in admin.text(f"{PAGE}/1")
    assert "Be kind." in admin.text(NEW)
    assert admin.get(f"{PAGE}/2").status_code == 404
    with app.app_context():
        (changed,) = session().scalars(events_of("policy.changed"))
        assert (changed.actor, changed.changes) == (admin.sub, {"terms": [0, 1]})
        (published,) = session().scalars(events_of("terms.published"))
        assert published.detail["version"] == "2027-01"
        told = [mail.to for mail in mails.waiting() if mail.label == "administrators_told"]
        assert sorted(told) == ["admin@example.com", "second@example.com"]


def test_what_is_wrong_is_named(app: Flask, admin: Visitor) -> None:
    """A version without a name or a text is 400 with the member, and what was typed stays."""
    answer = admin.send(NEW, name="", summary="Some words", terms="")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    for said in ("Enter a name of 1 to 64", "Enter the terms.", "Some words"):
        assert said in page
    with app.app_context():
        assert service.in_force() == service.NONE


def test_two_who_publish_at_once(app: Flask, admin: Visitor) -> None:
    """The second is shown what the first has put in force, keeps what was typed, and publishes by sending it again."""
    read = admin.fields(NEW)
    with app.app_context():
        assert isinstance(service.publish("theirs", "Their text.", actor="somebody else"), TermsVersion)
        commit()
    assert admin.send("/terms").status_code == 303
    fields = {"name": "ours", "terms": "Our text."}
    answer = admin.client.post(NEW, data=read | fields, headers={"Accept": "text/html"})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "Somebody else has saved meanwhile" in page, "Our text." in page) == (409, True, True)
    assert f'href="{PAGE}/1"' in page
    again = admin.client.post(NEW, data=hidden_fields(page) | fields)
    assert again.headers["Location"] == PAGE
    with app.app_context():
        assert service.in_force() == 2


def test_terms_end_after_a_question(app: Flask, admin: Visitor, add_account: Making, sign_in: SignIn) -> None:
    """A reader sees the versions alone; an owner is asked, and then nobody has to accept any."""
    with app.app_context():
        service.publish("2027-01", "Be kind.", actor="the tests")
        commit()
    reader = sign_in(add_account("reader@example.com", role="reader"))
    for visitor in (reader, admin):
        assert visitor.send("/terms").status_code == 303
    assert ('id="terms-end"' in reader.text(PAGE), 'id="terms-end"' in admin.text(PAGE)) == (False, True)
    assert reader.get(f"{PAGE}/end").status_code == 403
    assert "End the terms of service?" in admin.text(f"{PAGE}/end")
    for _ in range(2):
        assert admin.send(f"{PAGE}/end").headers["Location"] == PAGE
    assert 'id="terms-end"' not in admin.text(PAGE)
    with app.app_context():
        assert service.in_force() == service.NONE
        assert len(list(session().scalars(events_of("terms.ended")))) == 1
