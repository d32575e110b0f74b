"""The administrators' pages of APIs: registering, changing, deleting, and what people then read on the consent page."""

from flask import Flask

from idp.base.database import session
from idp.resources import known
from tests.admin.conftest import Visitor
from tests.support.events import search as events_of

PAGE, NEW = "/admin/resources", "/admin/resources/new"
API = "https://api.example/orders"
FIELDS = {
    "resource": API, "resource_name": "Orders", "scopes": "orders.read See your orders | Which ones.\n\norders.write Order",
    "access_token_format": "jwt", "access_token_signing_alg": "RS256", "access_token_life": "600",
}  # fmt: skip
CHANGEABLE = {name: value for name, value in FIELDS.items() if name != "resource"}


def register(app: Flask, admin: Visitor) -> str:
    """Register an API through the form, and return the address of its page."""
    assert admin.send(NEW, **FIELDS).headers["Location"] == PAGE
    text = admin.text(PAGE)
    return f"{PAGE}/{text.partition(PAGE + '/')[2].partition('new')[2].partition(PAGE + '/')[2].partition(chr(34))[0]}"


def test_an_api_by_its_page(app: Flask, admin: Visitor) -> None:
    """Registered, listed, changed and deleted after a question; each with before and after in the log, and known at once."""
    assert "No API is registered" in admin.text(PAGE)
    path = register(app, admin)
    for said in ("Orders", API, "<code>orders.write</code>", "RS256"):
        assert said in admin.text(PAGE)
    assert "orders.read See your orders | Which ones.\norders.write Order" in admin.text(path)
    assert admin.send(path, **CHANGEABLE | {"access_token_format": "opaque"}).headers["Location"] == PAGE
    with app.app_context():
        found = known.find(API)
        assert found is not None
        assert found.is_opaque
        (event,) = session().scalars(events_of("resource.changed"))
        assert (event.actor, event.changes) == (admin.sub, {"access_token_format": ["jwt", "opaque"]})
    assert "hears at once that it is not active" in admin.text(f"{path}/delete")
    assert admin.send(f"{path}/delete").headers["Location"] == PAGE
    with app.app_context():
        assert known.find(API) is None
    for gone in (path, f"{path}/delete", f"{PAGE}/99999999999999999999"):
        assert admin.get(gone).status_code == 404


def test_what_is_wrong_stands_at_its_field(admin: Visitor) -> None:
    """A form that is refused keeps what was typed, and says what is wrong."""
    wrong = FIELDS | {"resource": "api.example", "scopes": "openid Know you", "access_token_life": "soon"}
    answer = admin.send(NEW, **wrong)
    assert (answer.status_code, "Enter a whole number of seconds." in answer.text) == (400, True)
    answer = admin.send(NEW, **wrong | {"access_token_life": "5"})
    assert answer.status_code == 400
    for said in (
        "An absolute URI without a fragment",
        "means something to this server",
        "from 60 to 86400",
        "openid Know you",
    ):
        assert said in answer.text


def test_two_who_edit_at_once(app: Flask, admin: Visitor) -> None:
    """The second is shown what the first has saved, with what was typed kept, and saves over it knowingly."""
    path = register(app, admin)
    stale = admin.fields(path)
    assert admin.send(path, **CHANGEABLE | {"resource_name": "Theirs"}).status_code == 303
    yours = CHANGEABLE | {"scopes": "orders.read Mine"}
    answer = admin.client.post(path, data=stale | yours, headers={"Accept": "text/html"})
    assert answer.status_code == 409
    for said in ("Somebody else has saved meanwhile", 'value="Theirs"', "orders.read Mine"):
        assert said in answer.text
    fields = admin.fields(path)
    assert admin.client.post(path, data=fields | yours | {"resource_name": "Theirs"}).status_code == 303
    with app.app_context():
        found = known.find(API)
        assert found is not None
        assert (found.resource_name, [scope.title for scope in found.scopes]) == ("Theirs", ["Mine"])
