"""Whose tokens a client exchanges, as administrators say it on its page: checked at the fields, and safe when two edit at once."""

import re
from collections.abc import Callable

from flask import Flask

from idp.base.database import session
from idp.clients import exchanges
from idp.clients.exchanges import Rule
from tests.admin.conftest import Making, Visitor, register
from tests.forms import FORM, hidden_fields
from tests.support.events import search as events_of

SignIn = Callable[..., Visitor]


def rules(app: Flask, client_id: str) -> list[Rule]:
    """Return the rules of a client."""
    with app.app_context():
        return exchanges.of_client(client_id)


def form_of(visitor: Visitor, path: str) -> dict[str, str]:
    """Return the hidden fields of the page's form."""
    page = visitor.get(path).get_data(as_text=True)
    return hidden_fields(next(form for form in FORM.findall(page) if 'name="subject"' in form))


def test_a_rule_is_set_changed_and_removed(app: Flask, admin: Visitor) -> None:
    """A rule is set for a pair, another for the same takes its place, and it is asked before one is removed; each is on record."""
    client_id = register(admin)
    page = f"/admin/clients/{client_id}/exchanges"
    typed = {"subject": client_id, "audience": "", "scope": " read  write ", "manner": "delegation"}
    assert admin.send(page, **typed).status_code == 303
    assert rules(app, client_id) == [Rule(client_id, "", "read write")]
    change = form_of(admin, f"{page}?subject={client_id}&audience=")
    changed = typed | {"scope": "read", "manner": "impersonation", "once": "y"}
    assert admin.client.post(page, data=change | changed).status_code == 303
    assert rules(app, client_id) == [Rule(client_id, "", "read", "impersonation", True)]
    assert client_id in admin.get(page).get_data(as_text=True)
    remove = f"{page}/remove?subject={client_id}&audience="
    assert "this server" in admin.get(remove).get_data(as_text=True)
    assert admin.send(remove).status_code == 303
    assert rules(app, client_id) == []
    with app.app_context():
        assert len(session().scalars(events_of("client.exchanges_changed")).all()) == 3


def test_mistakes_are_at_their_fields(app: Flask, admin: Visitor) -> None:
    """A client that is not there, a scope that cannot be had and a missing subject are named at their fields, and nothing is saved."""
    client_id = register(admin)
    page = f"/admin/clients/{client_id}/exchanges"
    good = {"subject": client_id, "manner": "delegation"}
    for change, said in (
        ({"subject": "nobody"}, "There is no client nobody."),
        ({"audience": "nobody"}, "There is no client nobody."),
        ({"audience": "https://api.example/"}, "There is no API https://api.example/."),
        ({"scope": "account"}, "cannot be had"),
        ({"scope": 'a"b'}, "quotes"),
        ({"subject": ""}, "Enter the identifier"),
    ):
        answer = admin.send(page, **(good | change))
        assert answer.status_code == 400
        assert said in answer.get_data(as_text=True)
    assert rules(app, client_id) == []


def test_two_who_edit_one_rule_lose_nothing(app: Flask, admin: Visitor, add_account: Making, sign_in: SignIn) -> None:
    """Who saves a rule that somebody else has changed meanwhile sees the difference, and saves both together."""
    client_id = register(admin)
    page, second = f"/admin/clients/{client_id}/exchanges", sign_in(add_account("second@example.com", role="clients"))
    typed = {"subject": client_id, "audience": "", "scope": "read", "manner": "delegation"}
    admin.send(page, **typed)
    here = f"{page}?subject={client_id}&audience="
    mine, theirs = form_of(admin, here), form_of(second, here)
    assert second.client.post(page, data=theirs | typed | {"scope": "read write"}).status_code == 303
    stale = admin.client.post(page, data=mine | typed | {"manner": "impersonation"})
    text = stale.get_data(as_text=True)
    assert stale.status_code == 409
    assert "Somebody else has saved meanwhile" in text
    form = next(form for form in FORM.findall(text) if 'name="subject"' in form)
    scope = re.search(r'name="scope"[^>]*value="([^"]*)"', form)
    assert scope is not None
    assert scope[1] == "read write"
    again = hidden_fields(form) | typed | {"scope": scope[1], "manner": "impersonation"}
    assert admin.client.post(page, data=again).status_code == 303
    assert rules(app, client_id) == [Rule(client_id, "", "read write", "impersonation")]
