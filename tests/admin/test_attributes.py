"""The administrators' pages of attributes: defining, changing, deleting, and what one person has in them."""

from collections.abc import Callable

from flask import Flask

from idp.accounts import lookup
from idp.attributes import known, service
from idp.base.database import session
from tests.admin.conftest import Making, Visitor
from tests.support.events import search as events_of

SignIn = Callable[..., Visitor]
PAGE, NEW = "/admin/attributes", "/admin/attributes/new"
DEPARTMENT = {
    "name": "department", "label": "Department", "choices": "Sales\n\nIT", "seen_by": "person", "edited_by": "person", "position": "1",
}  # fmt: skip


def define(admin: Visitor) -> None:
    """Define a choice through the form."""
    assert admin.send(f"{NEW}?kind=choice", **DEPARTMENT).headers["Location"] == PAGE


def test_an_attribute_by_its_page(app: Flask, admin: Visitor) -> None:
    """Defined, listed, changed and deleted after a question; each with before and after in the log, and known at once."""
    assert "No attribute is defined" in admin.text(PAGE)
    define(admin)
    for said in ("Department", "<code>department</code>", "Choice"):
        assert said in admin.text(PAGE)
    page = admin.text(f"{PAGE}/department")
    assert ("Sales\nIT" in page, 'name="minimum"' in page) == (True, False)
    changed = {name: value for name, value in DEPARTMENT.items() if name != "name"} | {
        "choices": "Sales",
        "position": "2",
    }
    assert admin.send(f"{PAGE}/department", **changed, about="Yours.").headers["Location"] == PAGE
    with app.app_context():
        found = known.find("department")
        assert found is not None
        assert (found.choices, found.about, found.position) == (("Sales",), "Yours.", 2)
        (event,) = session().scalars(events_of("attribute.changed"))
        assert event.changes == {"choices": [["Sales", "IT"], ["Sales"]], "about": ["", "Yours."], "position": [1, 2]}
    assert "What people have in it is lost" in admin.text(f"{PAGE}/department/delete")
    assert admin.send(f"{PAGE}/department/delete").headers["Location"] == PAGE
    with app.app_context():
        assert known.find("department") is None
        (event,) = session().scalars(events_of("attribute.deleted"))
        assert (event.actor, event.detail["attribute"]) == (admin.sub, "department")


def test_what_is_wrong_stands_at_its_field(admin: Visitor) -> None:
    """A form that is refused keeps what was typed and says what is wrong, a standard field by its own list."""
    answer = admin.send(f"{NEW}?kind=number", **DEPARTMENT | {"name": "Shoe", "minimum": "few", "about": "Some words"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    for said in ("Begin with a small letter", "Enter a number, such as 12", "Some words"):
        assert said in page
    assert admin.send(f"{NEW}?kind=standard", field="nickname", at_sign_up="y", position="0").status_code == 303
    answer = admin.send(f"{NEW}?kind=standard", field="nickname", position="0")
    assert (answer.status_code, "There is an attribute of this name already." in answer.get_data(as_text=True)) == (
        400,
        True,
    )
    for path in (f"{PAGE}/nothing", f"{PAGE}/nothing/delete"):
        assert admin.get(path).status_code == 404


def test_two_who_edit_at_once(app: Flask, admin: Visitor) -> None:
    """The second is shown what the first has saved, with what was typed kept, and saves over it knowingly."""
    define(admin)
    stale = admin.fields(f"{PAGE}/department")
    own = {name: value for name, value in DEPARTMENT.items() if name != "name"}
    assert admin.send(f"{PAGE}/department", **own | {"about": "Theirs."}).status_code == 303
    answer = admin.client.post(
        f"{PAGE}/department", data=stale | own | {"label": "Unit"}, headers={"Accept": "text/html"}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    for said in ("Somebody else has saved meanwhile", "Theirs.", 'value="Unit"'):
        assert said in page
    with app.app_context():
        row = service.find("department")
        assert row is not None
        assert (row.label, row.about) == ("Department", "Theirs.")


def test_one_persons_attributes(app: Flask, admin: Visitor, add_account: Making, sign_in: SignIn) -> None:
    """An administrator sees and edits what somebody has; the log says which, and not what; the help desk sees it alone."""
    define(admin)
    eve, helper = add_account("eve@example.com"), sign_in(add_account("help@example.com", role="help-desk"))
    base = f"/admin/people/{eve.sub}"
    refused = admin.send(f"{base}/attributes", attribute_department="Spying")
    assert (refused.status_code, "Choose from what is offered." in refused.get_data(as_text=True)) == (400, True)
    stale = admin.fields(f"{base}/attributes")
    assert admin.send(f"{base}/attributes", attribute_department="IT").headers["Location"] == base
    answer = admin.client.post(
        f"{base}/attributes", data=stale | {"attribute_department": "Sales"}, headers={"Accept": "text/html"}
    )
    assert (answer.status_code, "Somebody else has saved meanwhile" in answer.get_data(as_text=True)) == (409, True)
    with app.app_context():
        account = lookup.find(eve.id)
        assert account is not None
        assert account.attributes == {"department": "IT"}
        (event,) = session().scalars(events_of("account.attributes_changed"))
        assert (event.actor, event.subject, event.changes) == (admin.sub, eve.sub, {"filled": ["", "department"]})
    assert "IT" in helper.text(base)
    assert ('id="person-attributes"' in helper.text(base), helper.get(f"{base}/attributes").status_code) == (False, 403)
