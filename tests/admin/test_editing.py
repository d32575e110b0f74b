"""Two administrators who edit one thing at once lose nothing, and the log has each change with before and after."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from idp import audit
from idp.admin import editing
from idp.base.database import session
from idp.clients import service as clients
from idp.clients.metadata import Metadata
from tests.admin.conftest import CALLBACK, Making, Visitor, register
from tests.admin.test_clients_protocol import typed
from tests.support.events import search as events_of

SignIn = Callable[..., Visitor]
MEANWHILE = "Somebody else has saved meanwhile"


@pytest.fixture
def second(add_account: Making, sign_in: SignIn) -> Visitor:
    """Another administrator of clients."""
    return sign_in(add_account("second@example.com", role="clients"))


def save(visitor: Visitor, path: str, fields: dict[str, object]) -> TestResponse:
    """Send a form as it was read, with changes."""
    return visitor.client.post(path, data=fields, headers={"Accept": "text/html"})


def metadata_of(app: Flask, client_id: str) -> Metadata:
    """Return what is registered."""
    with app.app_context():
        row = clients.get(client_id)
        assert row is not None
        return clients.to_metadata(row)


def cells(page: str) -> list[str]:
    """Return the texts of the cells of the table that shows the difference."""
    table = page.partition("What has changed meanwhile")[2].partition("</table>")[0]
    found = re.findall(r"<div>(.*?)</div>", table, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in found]


def test_the_second_is_shown_the_difference_and_saves_again(app: Flask, admin: Visitor, second: Visitor) -> None:
    """A stale form is 409 and saves nothing; its page has before, theirs and yours, keeps both changes, and counts when sent again."""
    client_id = register(admin)
    path = f"/admin/clients/{client_id}"
    theirs, yours = typed(second.text(path)), typed(admin.text(path))
    assert save(second, path, theirs | {"client_name": "Tea House", "scope": "openid email"}).status_code == 303
    answer = save(admin, path, yours | {"client_name": "Corner Shop", "redirect_uris": f"{CALLBACK}/2"})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, MEANWHILE in page) == (409, True)
    assert metadata_of(app, client_id).client_name == "Tea House"
    shown = cells(page)
    assert shown[:4] == ["Name Both changed it", "Shop", "Tea House", "Corner Shop"]
    assert shown[4] == "Scopes"
    assert shown[6:8] == ["openid email", "openid profile email offline_access"]
    again = typed(page)
    kept = [again[name] for name in ("client_name", "scope", "redirect_uris")]
    assert kept == [["Corner Shop"], ["openid email"], [f"{CALLBACK}/2"]]
    assert save(admin, path, again).status_code == 303
    made = metadata_of(app, client_id)
    assert (made.client_name, made.scope, made.redirect_uris) == ("Corner Shop", "openid email", [f"{CALLBACK}/2"])


def test_a_change_that_was_taken_back_hinders_nobody(app: Flask, admin: Visitor, second: Visitor) -> None:
    """What counts is what is registered: a form is stale only where that differs from what it was read with."""
    client_id = register(admin)
    path = f"/admin/clients/{client_id}"
    yours = typed(admin.text(path))
    for name in ("Tea House", "Shop"):
        assert save(second, path, typed(second.text(path)) | {"client_name": name}).status_code == 303
    assert save(admin, path, yours | {"client_name": "Mine"}).status_code == 303


@pytest.mark.parametrize("seen", [None, "", "nonsense"])
def test_a_form_that_tells_not_what_it_was_read_with_saves_nothing(
    app: Flask, admin: Visitor, seen: str | None
) -> None:
    """Without what it carries a form is 409 with what was typed still in it, and counts when it is sent again."""
    client_id = register(admin)
    path = f"/admin/clients/{client_id}"
    fields = typed(admin.text(path)) | {"client_name": "Mine", "seen": seen}
    answer = save(admin, path, {name: value for name, value in fields.items() if value is not None})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "This form had expired" in page) == (409, True)
    assert metadata_of(app, client_id).client_name == "Shop"
    assert save(admin, path, typed(page)).status_code == 303
    assert metadata_of(app, client_id).client_name == "Mine"


def test_what_was_changed_is_in_the_log(app: Flask, admin: Visitor, second: Visitor) -> None:
    """The log and the client's page show each member that changed, before and after, and who did it; nothing else."""
    client_id = register(admin)
    path = f"/admin/clients/{client_id}"
    assert save(second, path, typed(second.text(path)) | {"client_name": "Tea House"}).status_code == 303
    assert admin.send(f"{path}/disable").status_code == 303
    with app.app_context():
        events = {event.event: event.changes for event in session().scalars(events_of("client."))}
    assert events == {
        "client.registered": None,
        "client.changed": {"client_name": ["Shop", "Tea House"]},
        "client.disabled": {"disabled": [False, True]},
    }
    for page in (admin.text(path), admin.text("/admin/audit?q=client.changed")):
        assert "Tea House</ins>" in page
        assert "second@example.com" in page


def test_secrets_are_no_changes(app: Flask) -> None:
    """A member that is a secret by its name is refused, and a long value is cut."""
    with app.app_context():
        for name in ("password_hash", "client_secret", "token_digest", "sealed_secret"):
            with pytest.raises(ValueError, match=name):
                audit.record("test.done", changes={name: ("a", "b")})
        audit.record("test.done", changes={"same": (1, 1), "long": ("a", "b" * 5000), "list": ([], ["a"])})
        (event,) = session().scalars(events_of("test.done"))
        assert event.changes == {"long": ["a", "b" * audit.LONGEST + "…"], "list": [[], ["a"]]}


def test_a_renewed_secret_is_in_no_change(app: Flask, admin: Visitor) -> None:
    """What the log keeps of a renewed secret has no value."""
    client_id = register(admin)
    path = f"/admin/clients/{client_id}/secret"
    assert admin.send(path, keep_old="24").status_code == 200
    with app.app_context():
        (event,) = session().scalars(events_of("client.secret_renewed"))
        assert event.changes is None


def test_both_changes_meet() -> None:
    """Of each member that one alone changed that change stands, and of one that both changed, yours."""
    before, theirs, yours = {"a": 1, "b": 1, "c": 1}, {"a": 2, "b": 1, "c": 2}, {"a": 1, "b": 3, "c": 3}
    assert editing.merge(before, theirs, yours) == {"a": 2, "b": 3, "c": 3}
    found = editing.compare(before, theirs, yours, {"a": "A"})
    assert [(one.label, one.is_contested) for one in found] == [("A", False), ("c", True)]
