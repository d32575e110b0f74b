"""Owners of a client: people who see and change its registration without administering anything, and add nothing to what it may do."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from idp.accounts.authority import owning
from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import commit, session
from idp.clients import service as clients
from tests.admin.conftest import CALLBACK, Making, Visitor, hidden_fields, register
from tests.admin.test_clients_protocol import typed

SignIn = Callable[..., Visitor]
MOVED = "https://moved.example.com/callback"


@pytest.fixture
def ann(add_account: Making, sign_in: SignIn) -> Visitor:
    """Somebody who administers nothing."""
    return sign_in(add_account("ann@example.com"))


@pytest.fixture
def shop(admin: Visitor, ann: Visitor) -> str:
    """A client that Ann owns, as an administrator has said."""
    client_id = register(admin)
    assert admin.send(f"/admin/clients/{client_id}/owners", person="ann@example.com").status_code == 303
    return client_id


def events(app: Flask) -> list[tuple[str, str | None, str | None]]:
    """Return what the audit log has of owners: what, whose, by whom."""
    with app.app_context():
        rows = session().query(AuditEvent).order_by(AuditEvent.id)
        return [(row.event, row.subject, row.actor) for row in rows if row.event.startswith("client.owner")]


def test_an_owner_finds_and_changes_the_client(app: Flask, ann: Visitor, shop: str) -> None:
    """The client stands on a page of one's own, reached from one's apps; settings are saved and the secret renewed in the owner's name."""
    assert 'href="/account/clients"' in ann.text("/account/apps")
    assert f'href="/admin/clients/{shop}"' in ann.text("/account/clients")
    path = f"/admin/clients/{shop}"
    page = ann.text(path)
    assert "You own this client" in page
    assert ann.client.post(path, data=typed(page) | {"redirect_uris": MOVED}).status_code == 303
    renewed = ann.client.post(f"{path}/secret", data=hidden_fields(ann.text(f"{path}/secret")) | {"keep_old": "24"})
    assert renewed.status_code == 200
    with app.app_context():
        row = clients.get(shop)
        assert row is not None
        assert row.redirect_uris == [MOVED]
        log = session().query(AuditEvent).filter(AuditEvent.client_id == shop, AuditEvent.actor == ann.sub)
        assert {event.event for event in log} == {"client.changed", "client.secret_renewed"}


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("first_party", "y"),
        ("scope", "openid profile email offline_access groups"),
        ("grant_types", ["authorization_code", "refresh_token", "client_credentials"]),
        ("require_pkce", ""),
        ("require_second_factor", "y"),
        ("fedcm_enabled", "y"),
        ("subject_type", "pairwise"),
    ],
)
def test_an_owner_adds_nothing_to_what_it_may_do(
    app: Flask, ann: Visitor, shop: str, member: str, value: object
) -> None:
    """More scopes and grants, consent that nobody is asked for and less protection are refused at the field, and nothing has changed."""
    path = f"/admin/clients/{shop}"
    fields = typed(ann.text(path))
    with app.app_context():
        row = clients.get(shop)
        assert row is not None
        before = clients.to_metadata(row)
    answer = ann.client.post(
        path, data={name: text for name, text in fields.items() if name != member} | {member: value}
    )
    assert answer.status_code == 400
    assert "Only an administrator of clients" in answer.get_data(as_text=True)
    with app.app_context():
        row = clients.get(shop)
        assert row is not None
        assert clients.to_metadata(row) == before


def test_an_owner_may_take_something_from_it(app: Flask, ann: Visitor, shop: str) -> None:
    """Fewer scopes are the owner's to decide."""
    path = f"/admin/clients/{shop}"
    assert ann.client.post(path, data=typed(ann.text(path)) | {"scope": "openid"}).status_code == 303
    with app.app_context():
        row = clients.get(shop)
        assert row is not None
        assert row.scope == "openid"


def test_an_owner_opens_nothing_else(admin: Visitor, ann: Visitor, shop: str) -> None:
    """Other clients, the list, who may use the client, its end and its owners stay closed, and no page offers them."""
    other = register(admin, client_name="Other")
    assert ann.get(f"/admin/clients/{other}").status_code == 403
    assert ann.get("/admin/clients/unknown").status_code == 403
    for path in ("/admin", "/admin/clients", "/admin/clients/new", "/admin/people", "/admin/registration"):
        assert ann.get(path).status_code == 403, path
    page = ann.text(f"/admin/clients/{shop}")
    for part in ("access", "claims", "owners", "disable", "delete"):
        assert ann.get(f"/admin/clients/{shop}/{part}").status_code == 403, part
        assert f'href="/admin/clients/{shop}/{part}"' not in page
    assert 'href="/admin' not in page.partition("<main")[0]
    token = hidden_fields(page)
    for part in ("disable", "delete", "access", "owners"):
        assert ann.client.post(f"/admin/clients/{shop}/{part}", data=token).status_code == 403, part
    preview = f"/admin/clients/{shop}/preview?who="
    assert "sub" in ann.text(f"{preview}ann@example.com")
    assert ann.get(f"{preview}admin@example.com").status_code == 403


def test_who_provisions_by_it_is_not_lent(app: Flask, admin: Visitor, ann: Visitor) -> None:
    """A client with the scope `scim` changes people: its owner, who may not, neither changes it nor gets its secret."""
    client_id = register(admin, kind="service", scope="scim", redirect_uris="")
    assert admin.send(f"/admin/clients/{client_id}/owners", person="ann@example.com").status_code == 303
    path = f"/admin/clients/{client_id}"
    answer = ann.client.post(path, data=typed(ann.text(path)) | {"client_name": "Mine"})
    assert (answer.status_code, "Ask an administrator" in answer.get_data(as_text=True)) == (400, True)
    assert ann.get(f"{path}/secret").status_code == 403


def test_owners_are_named_removed_and_give_up(app: Flask, admin: Visitor, ann: Visitor, shop: str) -> None:
    """Naming twice is once; who is removed, or gives it up, sees the client no more from that moment on; each is on record."""
    path = f"/admin/clients/{shop}"
    assert admin.send(f"{path}/owners", person="ann@example.com").status_code == 303
    assert "ann@example.com" in admin.text(f"{path}/owners")
    assert "sees and changes it no more" in admin.text(f"{path}/owners/{ann.sub}/remove")
    assert admin.send(f"{path}/owners/{ann.sub}/remove").status_code == 303
    assert ann.get(path).status_code == 403
    assert "You own no client" in ann.text("/account/clients")
    assert admin.get(f"{path}/owners/{ann.sub}/remove").status_code == 404
    admin.send(f"{path}/owners", person="ann@example.com")
    assert ann.send(f"{path}/give-up").status_code == 303
    assert ann.get(path).status_code == 403
    by_admin, by_ann = (ann.sub, admin.sub), (ann.sub, ann.sub)
    added, removed = ("client.owner_added", *by_admin), ("client.owner_removed", *by_admin)
    assert events(app) == [added, removed, added, ("client.owner_removed", *by_ann)]


@pytest.mark.parametrize(
    ("person", "columns", "sentence"),
    [
        ("nobody@example.com", {}, "There is no such entry"),
        ("eve@example.com", {"verified": False}, "Only an enabled account with a confirmed address can own an app."),
        ("", {}, "Enter the address or username"),
    ],
)
def test_who_cannot_own_it_is_said(
    admin: Visitor, add_account: Making, shop: str, person: str, columns: dict[str, bool], sentence: str
) -> None:
    """Nobody, and an account whose address nobody has proved, are refused at the field."""
    if columns:
        add_account(person, **columns)
    answer = admin.send(f"/admin/clients/{shop}/owners", person=person)
    assert (answer.status_code, sentence in answer.get_data(as_text=True)) == (400, True)


def test_who_administers_clients_names_anybody(add_account: Making, sign_in: SignIn, shop: str) -> None:
    """A client administrator names an owner of the server too, and is shown nobody but owners."""
    add_account("eve@example.com", role="help-desk")
    visitor = sign_in(add_account("clients@example.com", role="clients"))
    path = f"/admin/clients/{shop}/owners"
    assert visitor.send(path, person="eve@example.com").status_code == 303
    page = visitor.text(path)
    assert "eve@example.com" in page
    assert "/admin/people" not in page


def test_an_owner_who_was_closed_out_saves_nothing(app: Flask, ann: Visitor, shop: str) -> None:
    """A form that was opened by an owner is refused once the client is owned no more."""
    path = f"/admin/clients/{shop}"
    fields = typed(ann.text(path))
    with app.app_context():
        account = next(owner for owner in owning.owners(shop))
        assert owning.remove(shop, account, actor="test")
        commit()
    assert ann.client.post(path, data=fields | {"redirect_uris": MOVED}).status_code == 403
    with app.app_context():
        row = clients.get(shop)
        assert row is not None
        assert row.redirect_uris == [CALLBACK]


def test_a_deleted_client_is_owned_by_nobody(app: Flask, admin: Visitor, ann: Visitor, shop: str) -> None:
    """With the client its owners go, so that another one of the same name is not theirs."""
    assert admin.send(f"/admin/clients/{shop}/delete").status_code == 303
    assert ann.get(f"/admin/clients/{shop}").status_code == 403
    assert "You own no client" in ann.text("/account/clients")
    with app.app_context():
        assert owning.owners(shop) == []


def test_the_list_tells_of_the_last_use(app: Flask, admin: Visitor) -> None:
    """List and page tell the day of the last use; the list is narrowed to what nobody has used for so long, the longest first."""

    today = clock.now().date()
    old, new = register(admin, client_name="Old"), register(admin, client_name="New")
    with app.app_context():
        row = clients.get(old)
        assert row is not None
        row.last_used_on = row.unused_since = today - timedelta(days=100)
        commit()
    assert f'datetime="{(today - timedelta(days=100)).isoformat()}"' in admin.text(f"/admin/clients/{old}")
    listed = admin.text("/admin/clients?unused=90")
    assert (f"/admin/clients/{old}" in listed, f"/admin/clients/{new}" in listed) == (True, False)
    assert "No client has been unused for so long" in admin.text("/admin/clients?unused=365")
    assert "No client of these words" in admin.text("/admin/clients?unused=90&q=new")
    assert f"/admin/clients/{new}" in admin.text("/admin/clients?unused=x")
