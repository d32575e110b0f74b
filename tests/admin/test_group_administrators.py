"""Giving and withdrawing roles for one group's people, on the pages and by the service."""

from collections.abc import Callable

import pytest
from flask import Flask

from idp.accounts import lookup
from idp.accounts.authority import holding, limited
from idp.accounts.authority.limited import Limit
from idp.audit import AuditEvent
from idp.base.database import session
from tests.admin.conftest import Making, Visitor
from tests.admin.test_asking import mailed
from tests.api.calling import lent_by
from tests.factories import Person, Provider
from tests.groups.making import group, reason

SignIn = Callable[..., Visitor]
PAGE = "/admin/administrators/groups"


@pytest.fixture
def number(app: Flask) -> int:
    """The number of the group /eng."""
    with Provider(app).working():
        return group("/eng").id


def test_a_role_is_given_and_withdrawn(app: Flask, admin: Visitor, add_account: Making, number: int) -> None:
    """The form leads to a question, its answer to the list; the log has role, group, and the roles before and after."""
    ann = add_account("ann@example.com")
    asked = admin.send(PAGE, person="ann@example.com", group="/Eng", role="people", until="2099-01-31")
    path = f"{PAGE}/{number}/{ann.sub}/people"
    assert (asked.status_code, asked.headers["Location"]) == (303, f"{path}/give?until=2099-01-31")
    question = admin.text(asked.headers["Location"])
    assert "People administrator for the people of /eng" in question
    assert "It ends after 2099-01-31." in question
    assert admin.send(asked.headers["Location"]).status_code == 303
    listed = admin.text(PAGE)
    assert "ann@example.com" in listed
    assert "2099-01-31" in listed
    assert "ann@example.com" not in admin.text("/admin/administrators")
    assert "People administrator for the people of /eng" in admin.text(f"/admin/people/{ann.sub}")
    assert admin.send(f"{path}/withdraw").status_code == 303
    assert "Nobody has a role for one group’s people." in admin.text(PAGE)
    with app.app_context():
        rows = session().query(AuditEvent).filter(AuditEvent.subject == ann.sub).order_by(AuditEvent.id)
        found = [
            (row.event, row.actor, row.detail | {"changes": row.changes})
            for row in rows
            if row.event.startswith("administrator.")
        ]
    assert [(event, actor) for event, actor, _details in found] == [
        ("administrator.made", admin.sub),
        ("administrator.withdrawn", admin.sub),
    ]
    assert all((details["role"], details["group"]) == ("people", "/eng") for _event, _actor, details in found)
    assert "people for /eng until 2099-01-31" in str(found[0][2])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"group": "/nowhere"}, "There is no such entry."),
        ({"group": ""}, "Enter the path of a group."),
        ({"person": "nobody@example.com"}, "There is no such entry."),
        ({"role": "reader"}, "Choose from what is offered."),
        ({"until": "soon"}, "Enter the day as year, month and day"),
        ({"until": "2020-01-01"}, "Enter a day"),
    ],
)
def test_a_form_says_what_is_wrong(
    admin: Visitor, add_account: Making, number: int, wrong: dict[str, str], said: str
) -> None:
    """What is wrong is said at its field, and what was typed stays."""
    add_account("ann@example.com")
    answer = admin.send(PAGE, **({"person": "ann@example.com", "group": "/eng", "role": "help-desk"} | wrong))
    assert answer.status_code == 400
    assert said in answer.get_data(as_text=True)


def test_who_may_give_what(app: Flask, add_account: Making, sign_in: SignIn, number: int) -> None:
    """A people administrator of the server gives both roles; one of a group gives none, and a reader sees the list alone."""
    boss = sign_in(add_account("boss@example.com", role="people"))
    ann = add_account("ann@example.com")
    for role in ("help-desk", "people"):
        assert boss.send(f"{PAGE}/{number}/{ann.sub}/{role}/give").status_code == 303
    of_group, bob = sign_in(ann), add_account("bob@example.com")
    give = f"{PAGE}/{number}/{bob.sub}/help-desk/give"
    assert of_group.get(give).status_code == 403
    assert of_group.client.post(give, data=of_group.fields("/account/delete")).status_code == 403
    reader = sign_in(add_account("reader@example.com", role="reader"))
    page = reader.text(PAGE)
    assert "ann@example.com" in page
    assert "/withdraw" not in page
    assert 'id="give"' not in page


def test_two_who_change_the_same_persons_roles(admin: Visitor, add_account: Making, number: int) -> None:
    """Whoever was asked before the roles changed is told so, and nothing is given."""
    ann = add_account("ann@example.com")
    path = f"{PAGE}/{number}/{ann.sub}/help-desk"
    stale = admin.fields(f"{path}/give")
    assert admin.send(f"{PAGE}/{number}/{ann.sub}/people/give").status_code == 303
    answer = admin.client.post(f"{path}/give", data=stale)
    assert answer.status_code == 409
    assert "have changed since you were asked" in answer.get_data(as_text=True)


def test_what_cannot_be_limited(app: Flask, add_account: Making, number: int) -> None:
    """Only help desk and people administrator are for one group's people; others, and accounts that are unfit, are refused by name."""
    ann, closed = add_account("ann@example.com"), add_account("new@example.com", verified=False)
    limit = Limit(number, "/eng")
    with Provider(app).working():
        found, unfit = lookup.find_by_sub(ann.sub), lookup.find_by_sub(closed.sub)
        assert found is not None
        assert unfit is not None
        for role in ("owner", "clients", "reader"):
            assert reason(limited.grant(found, role, limit, actor=None)) == ("role_unlimited", "role")
        assert reason(limited.grant(found, "emperor", limit, actor=None)) == ("role_unknown", "role")
        assert reason(limited.grant(unfit, "people", limit, actor=None)) == ("administrator_unfit", "email")
        assert reason(limited.grant(found, "people", limit, actor=found)) == ("not_permitted", "role")
        assert limited.withdraw(found, "people", limit, actor=None) is None
        assert not found.is_admin


def test_unlimited_permissions_stay_what_they_are(app: Flask, provider: Provider, ann: Person, number: int) -> None:
    """A limited role is carried, and adds nothing to what somebody may on the whole server, so that the HTTP API stays closed."""
    with provider.account(ann) as account:
        assert limited.grant(account, "people", Limit(number, "/eng"), actor=None) is None
        assert holding.permissions_of(account) == frozenset()
        assert "people.write" in holding.carried_by(account)
        assert account.is_admin
    program = lent_by(provider, ann)
    for path in ("/people", f"/people/{ann.sub}", "/groups", "/clients", "/events"):
        assert program.send("GET", path).status_code == 403, path
    assert program.send("POST", f"/people/{ann.sub}/disable").status_code == 403


def test_person_and_owners_are_told_of_the_group(app: Flask, admin: Visitor, add_account: Making, number: int) -> None:
    """The mails to the person and the owners name the group."""
    ann = add_account("ann@example.com")
    assert admin.send(f"{PAGE}/{number}/{ann.sub}/help-desk/give").status_code == 303
    for address in ("ann@example.com", "admin@example.com"):
        assert any("Help desk for the people of /eng" in text for _label, text in mailed(app, address)), address
