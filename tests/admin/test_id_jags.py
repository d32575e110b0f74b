"""For which other servers a client gets assertions, as administrators say it on its page, also when two do at once."""

import re
from collections.abc import Callable

from flask import Flask

from idp.base.database import session
from idp.groups import assertion_rules
from idp.groups.assertion_rules import Rule
from tests.admin.conftest import Making, Visitor, register
from tests.forms import FORM, hidden_fields
from tests.support.events import search as events_of

SignIn = Callable[..., Visitor]
CHAT = "https://auth.chat.example/"
TYPED = {"audience": CHAT, "scope": " chat.read  chat.write ", "access": "everybody"}


def rules(app: Flask, client_id: str) -> list[Rule]:
    """Return the rules of a client."""
    with app.app_context():
        return assertion_rules.of_client(client_id)


def form_of(visitor: Visitor, path: str) -> dict[str, str]:
    """Return the hidden fields of the page's form."""
    page = visitor.get(path).get_data(as_text=True)
    return hidden_fields(next(form for form in FORM.findall(page) if 'name="audience"' in form))


def test_a_rule_is_set_changed_and_removed(app: Flask, admin: Visitor) -> None:
    """A rule is set for a server, another for the same takes its place, and it is asked before one is removed; each is on record."""
    client_id = register(admin)
    page = f"/admin/clients/{client_id}/id-jags"
    assert admin.send("/admin/groups/new", name="eng").status_code == 303
    assert admin.send(page, **TYPED).status_code == 303
    assert rules(app, client_id) == [Rule(CHAT, scope="chat.read chat.write")]
    changed = {
        **form_of(admin, f"{page}?audience={CHAT}"),
        "audience": CHAT,
        "audience_client_id": "there",
        "scope": "chat.read",
        "access": "groups",
        "groups": "/eng",
        "resources": "https://api.chat.example/a\nhttps://api.chat.example/b",
        "sso_client_id": client_id,
        "tells_email": "y",
    }
    assert admin.client.post(page, data=changed).status_code == 303
    resources = ("https://api.chat.example/a", "https://api.chat.example/b")
    assert rules(app, client_id) == [Rule(CHAT, "there", "chat.read", resources, ("/eng",), client_id, True)]
    assert CHAT in admin.get(page).get_data(as_text=True)
    remove = f"{page}/remove?audience={CHAT}"
    assert CHAT in admin.get(remove).get_data(as_text=True)
    assert admin.send(remove).status_code == 303
    assert rules(app, client_id) == []
    with app.app_context():
        assert len(session().scalars(events_of("client.id_jags_changed")).all()) == 3


def test_mistakes_are_at_their_fields(app: Flask, admin: Visitor) -> None:
    """What is wrong with each member is told, and nothing is saved."""
    client_id = register(admin)
    page = f"/admin/clients/{client_id}/id-jags"
    for change, said in (
        ({"audience": ""}, "Enter the issuer"),
        ({"audience": "http://auth.chat.example"}, "an https address without a query"),
        ({"audience": f"{CHAT}?a=b"}, "an https address without a query"),
        ({"audience": "http://127.0.0.1:5000"}, "This is the address of this server itself"),
        ({"audience_client_id": "two words"}, "without spaces"),
        ({"scope": 'a"b'}, "quotes"),
        ({"resources": "https://api.chat.example/#x"}, "absolute URIs without a fragment"),
        ({"access": "groups"}, "at least one group"),
        ({"access": "groups", "groups": "/nowhere"}, "There is no group /nowhere."),
        ({"sso_client_id": "nobody"}, "There is no client nobody."),
    ):
        answer = admin.send(page, **(TYPED | change))
        assert answer.status_code == 400, change
        assert said in answer.get_data(as_text=True), change
    assert rules(app, client_id) == []


def test_two_who_edit_one_rule_lose_nothing(app: Flask, admin: Visitor, add_account: Making, sign_in: SignIn) -> None:
    """Who saves a rule that somebody else has changed meanwhile sees the difference, and saves both together."""
    client_id = register(admin)
    page, second = f"/admin/clients/{client_id}/id-jags", sign_in(add_account("second@example.com", role="clients"))
    typed = TYPED | {"scope": "chat.read"}
    admin.send(page, **typed)
    here = f"{page}?audience={CHAT}"
    mine, theirs = form_of(admin, here), form_of(second, here)
    assert second.client.post(page, data=theirs | typed | {"scope": "chat.read chat.write"}).status_code == 303
    stale = admin.client.post(page, data=mine | typed | {"tells_email": "y"})
    text = stale.get_data(as_text=True)
    assert stale.status_code == 409
    assert "Somebody else has saved meanwhile" in text
    form = next(form for form in FORM.findall(text) if 'name="audience"' in form)
    scope = re.search(r'name="scope"[^>]*value="([^"]*)"', form)
    assert scope is not None
    assert scope[1] == "chat.read chat.write"
    again = hidden_fields(form) | typed | {"scope": scope[1], "tells_email": "y"}
    assert admin.client.post(page, data=again).status_code == 303
    assert rules(app, client_id) == [Rule(CHAT, scope="chat.read chat.write", email=True)]
