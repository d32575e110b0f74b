"""Resources: which there may be, who has a scope, what a process knows of them, and two who define one at once."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from idp.base.database import commit, session
from idp.resources import known, service
from idp.resources.definition import Definition, Scope, check, read_line, tidy, write_line
from tests.support.events import search as events_of

ORDERS = Definition("https://api.example/orders", "Orders", (Scope("orders.read", "See your orders", "Which ones."),))


@pytest.mark.parametrize(
    ("changed", "member"),
    [
        ({"resource": "api.example"}, "resource"),
        ({"resource": "/orders"}, "resource"),
        ({"resource": "https://api.example/#part"}, "resource"),
        ({"resource": "https:///orders"}, "resource"),
        ({"resource": "https://api.example/a b"}, "resource"),
        ({"resource": "https://[half/"}, "resource"),
        ({"resource": "https://api.example/" + "a" * 500}, "resource"),
        ({"resource_name": "turned \u202e name"}, "resource_name"),
        ({"resource_name": "n" * 101}, "resource_name"),
        ({"scopes": ()}, "scopes"),
        ({"scopes": (Scope("openid"),)}, "scopes"),
        ({"scopes": (Scope("admin"),)}, "scopes"),
        ({"scopes": (Scope("claim:name"),)}, "scopes"),
        ({"scopes": (Scope('a"b'),)}, "scopes"),
        ({"scopes": (Scope("a"), Scope("a"))}, "scopes"),
        ({"scopes": (Scope("a", "t" * 101),)}, "scopes"),
        ({"scopes": tuple(Scope(f"s{number}") for number in range(51))}, "scopes"),
        ({"access_token_signing_alg": "HS256"}, "access_token_signing_alg"),
        ({"access_token_format": "paper"}, "access_token_format"),
        ({"access_token_life": 59}, "access_token_life"),
        ({"access_token_life": 86401}, "access_token_life"),
    ],
)
def test_what_is_wrong_names_its_member(app: Flask, changed: dict[str, Any], member: str) -> None:
    """Whatever is wrong with a definition is refused with the member; an identifier is an absolute URI (RFC 8707, 2)."""
    with app.test_request_context():
        refusals = check(tidy(replace(ORDERS, **changed)))
        assert {refused.field for refused in refusals} == {member}
        assert check(tidy(replace(ORDERS, resource="urn:example:api", resource_name=""))) == []
        issuer = app.extensions["idp.settings"].issuer
        for own in (issuer, f"{issuer}/"):
            assert [refused.field for refused in check(tidy(replace(ORDERS, resource=own)))] == ["resource"]


def test_a_line_of_a_scope_is_read_as_it_is_written() -> None:
    """A scope with its words goes into a line and comes back; without words it has none."""
    for scope in (*ORDERS.scopes, Scope("a", "One"), Scope("a")):
        assert read_line(write_line(scope)) == scope


def test_a_scope_belongs_to_one_resource(app: Flask) -> None:
    """A second resource is refused a scope that the first has, made or changed, and gets it once that is gone; each step is in the log."""
    with app.test_request_context():
        made = service.create(ORDERS, actor="root")
        assert not isinstance(made, list)
        other = replace(ORDERS, resource="https://api.example/bills")
        taken = service.create(other, actor="root")
        assert isinstance(taken, list)
        assert "belongs to https://api.example/orders" in (taken[0].detail or "")
        bills = service.create(replace(other, scopes=(Scope("bills"),)), actor="root")
        assert not isinstance(bills, list)
        assert isinstance(service.change(bills, other, actor="root"), list)
        service.remove(made, actor="root")
        assert service.change(bills, other, actor="root") is bills
        commit()
        (event,) = session().scalars(events_of("resource.deleted"))
        assert event.changes is not None
        assert event.changes["scopes"] == [["orders.read See your orders | Which ones."], None]
        (event,) = session().scalars(events_of("resource.changed"))
        assert event.changes == {"scopes": [["bills bills"], ["orders.read See your orders | Which ones."]]}


def test_a_process_knows_them_at_once(app: Flask) -> None:
    """From the commit on a resource is found by its identifier to the letter and by its scopes, and not any more when it is deleted."""
    with app.test_request_context():
        assert known.find(ORDERS.resource) is None
        row = service.create(ORDERS, actor="root")
        assert not isinstance(row, list)
        commit()
        assert known.find(ORDERS.resource) == ORDERS
        assert known.find(ORDERS.resource + "/") is None
        assert known.of_scopes(["openid", "orders.read"]) == [ORDERS]
        assert known.open_scopes() == []
        service.change(row, replace(ORDERS, self_registration=True), actor="root")
        commit()
        assert known.open_scopes() == ["orders.read"]
        service.remove(row, actor="root")
        commit()
        assert known.of_scope("orders.read") is None
