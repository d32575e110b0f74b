"""Roles of the server and of clients, given to people, to groups and by default; and where somebody stands, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import run, session
from idp.clients import service as clients
from idp.groups import ending, members
from idp.roles import giving, service, standing
from idp.roles.models import Role, RoleHolder
from idp.roles.service import Default
from tests.factories import Person, Provider
from tests.groups.making import account, group, reason


def role(name: str, client_id: str | None = None, default: Default = Default.NOBODY) -> Role:
    """Return a role, made where it is not there yet."""
    found = service.find_by_name(name, client_id)
    made = found if found is not None else service.create(name, client_id=client_id, default=default, actor="root")
    assert isinstance(made, Role), made
    return made


def stands(person: Person, client_id: str | None = None) -> tuple[str, ...]:
    """Return the roles that a client would be told."""
    found = standing.of(person.id, client_id)
    return (*found.of_server, *found.of_client)


def test_roles_of_server_and_client(provider: Provider, ann: Person) -> None:
    """Of the roles that somebody has, a client is told those of the server and its own, and never another client's."""
    shop, desk = provider.client(client_id="shop"), provider.client(client_id="desk")
    with provider.working():
        for found in (role("staff"), role("seller", "shop"), role("agent", "desk")):
            assert giving.give(found, account(ann), actor="root") is None
        assert stands(ann) == ("staff",)
        assert stands(ann, shop.client_id) == ("staff", "seller")
        assert stands(ann, desk.client_id) == ("staff", "agent")
        assert [(found.name, why) for found, why, _end in giving.roles_of(account(ann))] == [
            ("agent", "given"), ("seller", "given"), ("staff", "given"),
        ]  # fmt: skip


def test_names_cannot_be_mistaken(provider: Provider) -> None:
    """A client's role has no name of the server's roles, and the other way round; two clients may have the same."""
    provider.client(client_id="shop")
    provider.client(client_id="desk")
    with provider.working():
        role("admin")
        role("seller", "shop")
        assert reason(service.create("ADMIN", client_id="shop", actor="root")) == ("role_taken", "name")
        assert reason(service.create("Seller", actor="root")) == ("role_taken", "name")
        assert reason(service.create("seller", client_id="shop", actor="root")) == ("role_taken", "name")
        assert isinstance(service.create("seller", client_id="desk", actor="root"), Role)
        assert reason(service.create("x", client_id="nobody", actor="root")) == ("unknown", "client_id")
        for name in ("", "two words", "a,b", "x" * 65):
            assert reason(service.create(name, actor="root")) == ("role_name", "name")
        assert [found.name for found in service.search("sell shop", 9).rows()] == ["seller"]
        assert [found.client_id for found in service.search("seller", 9, client_id="desk").rows()] == ["desk"]
        assert service.search("...", 9).rows() == []


def test_a_group_gives_its_roles_to_those_below(provider: Provider, ann: Person) -> None:
    """A role of a group is had by the members of the groups below it, as long as membership and gift last."""
    soon = ending.read((clock.now() + timedelta(days=2)).date().isoformat())
    with provider.working():
        assert giving.give_to_group(role("engineer"), group("/eng"), actor="root") is None
        giving.give_to_group(role("oncall"), group("/eng"), ends_at=soon, actor="root")  # type: ignore[arg-type]
        members.add(group("/eng/backend"), account(ann), actor="root")
        assert stands(ann) == ("engineer", "oncall")
        assert [(found.name, why) for found, why, _end in giving.roles_of(account(ann))] == [
            ("engineer", "/eng"),
            ("oncall", "/eng"),
        ]
        with clock.moved(timedelta(days=4)):
            assert stands(ann) == ("engineer",)
        assert giving.take_from_group(role("engineer"), group("/eng"), actor="root") is True
        assert giving.take_from_group(role("engineer"), group("/eng"), actor="root") is False
        assert stands(ann) == ("oncall",)
        found = standing.of(ann.id, None)
        assert (found.paths, found.names) == (("/eng", "/eng/backend"), ("eng", "backend"))
        with clock.moved(timedelta(days=40)):
            assert giving.purge(10) == 1


def test_default_roles_touch_no_row(provider: Provider, ann: Person) -> None:
    """A role of new people is had by who came since it was one, one of everybody by all, and neither makes a row."""
    with provider.working():
        run(update(Account).values(created_at=clock.now() - timedelta(days=1)))
        role("reader", default=Default.EVERYBODY)
        newcomer = role("newcomer", default=Default.NEW)
    with clock.moved(timedelta(seconds=1)):
        bob = provider.person("bob@example.org")
    with provider.working():
        assert stands(ann) == ("reader",)
        assert stands(bob) == ("newcomer", "reader")
        assert session().scalar(select(func.count()).select_from(RoleHolder)) == 0
        assert isinstance(service.change(newcomer, description="", default=Default.NEW, actor="root"), Role)
        assert stands(bob) == ("newcomer", "reader"), "saved again it begins at the same instant"
        service.change(newcomer, description="New here", default=Default.NOBODY, actor="root")
        assert stands(bob) == ("reader",)
        (event,) = session().scalars(select(AuditEvent).where(AuditEvent.event == "role.changed"))
        assert event.changes == {"description": ["", "New here"], "default": ["new", "nobody"]}


def test_ends_and_changes(provider: Provider, ann: Person) -> None:
    """A role given until a day ends with it; taking what was not given says so; every change has its line."""
    with provider.working():
        soon = ending.read((clock.now() + timedelta(days=2)).date().isoformat())
        giving.give(role("staff"), account(ann), ends_at=soon, actor="root")  # type: ignore[arg-type]
        with clock.moved(timedelta(days=4)):
            assert stands(ann) == ()
        giving.give(role("staff"), account(ann), actor="root")
        with clock.moved(timedelta(days=4)):
            assert stands(ann) == ("staff",)
        assert giving.take(role("staff"), account(ann), actor="root") is True
        assert giving.take(role("staff"), account(ann), actor="root") is False
        recorded = select(AuditEvent.event).where(AuditEvent.event.like("role.%")).order_by(AuditEvent.id)
        told = list(session().scalars(recorded))
        assert told == ["role.created", "role.given", "role.given", "role.taken"]


def test_a_deleted_client_leaves_no_role(provider: Provider, ann: Person) -> None:
    """With a client its roles are gone, so that nobody has them again whoever gets its identifier."""
    shop = provider.client(client_id="shop")
    with provider.working():
        giving.give(role("seller", "shop"), account(ann), actor="root")
    with provider.registration(shop) as row:
        clients.remove(row)
    provider.client(client_id="shop")
    with provider.working():
        assert stands(ann, "shop") == ()
        assert service.find_by_name("seller", "shop") is None


def test_deleting_a_role(provider: Provider, ann: Person) -> None:
    """A deleted role is had by nobody, and what it was given to is counted before."""
    with provider.working():
        staff = role("staff")
        giving.give(staff, account(ann), actor="root")
        giving.give_to_group(staff, group("/eng"), actor="root")
        assert service.hanging_on(staff) == service.Hanging(1, 1)
        assert service.remove(staff, actor="root") is True
        assert service.remove(staff, actor="root") is False
        assert reason(giving.give(staff, account(ann), actor="root")) == ("unknown", "role")
        assert stands(ann) == ()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_role_is_no_right_here(provider: Provider, ann: Person) -> None:
    """Whatever a role is called, it opens no page of administration."""
    with provider.working():
        giving.give(role("administrator"), account(ann), actor="root")
    assert provider.browser(ann).get("/admin").status_code == 403
