"""What belongs to a person over HTTP: groups, owned groups, roles and clients are brought, told and taken, as the pages do."""

import pytest

from tests.api.calling import Program, lent_by
from tests.factories import Person, Provider


@pytest.fixture
def ann(provider: Provider, robot: Program) -> Person:
    """Somebody, beside groups, roles and a client to belong to."""
    for path in ("/groups/eng", "/groups/eng/web", "/roles/editor", "/roles/poster?client_id=shop"):
        if "client_id" in path:
            provider.client(client_id="shop")
        robot.ask("PUT", path, {}, status=201)
    return provider.person()


def test_groups_of_somebody(robot: Program, ann: Person) -> None:
    """Somebody is put into a group until a day, then for good, told with it, and taken out; each with its mark in the log."""
    path = f"/people/{ann.sub}/groups"
    assert robot.ask("PUT", f"{path}/eng/web", {"until": "2099-01-31"}) == {"path": "/eng/web", "until": "2099-01-31"}
    assert robot.ask("GET", path)["items"] == [{"path": "/eng/web", "until": "2099-01-31"}]
    assert robot.ask("PUT", f"{path}/eng/web", {}) == {"path": "/eng/web", "until": None}
    robot.ask("PUT", f"{path}/eng")
    assert [row["path"] for row in robot.ask("GET", f"/people/{ann.email}/groups")["items"]] == ["/eng", "/eng/web"]
    robot.ask("DELETE", f"{path}/eng", status=204)
    robot.refused("DELETE", f"{path}/eng", status=404)
    told = [row["event"] for row in robot.ask("GET", "/events", who=ann.sub)["items"] if row["actor"] == "client robot"]
    assert told == ["group.member_removed", "group.member_added", "group.member_changed", "group.member_added"]


def test_groups_that_somebody_owns(robot: Program, ann: Person) -> None:
    """Owning is apart from belonging."""
    path = f"/people/{ann.sub}/owned-groups"
    assert robot.ask("PUT", f"{path}/eng") == {"path": "/eng"}
    assert robot.ask("GET", path)["items"] == [{"path": "/eng"}]
    assert robot.ask("GET", f"/people/{ann.sub}/groups")["items"] == []
    robot.ask("DELETE", f"{path}/eng", status=204)
    robot.refused("DELETE", f"{path}/eng", status=404)


def test_roles_of_somebody(robot: Program, ann: Person) -> None:
    """Roles of the server and of a client are given, told with why somebody has them, and taken."""
    path = f"/people/{ann.sub}/roles"
    robot.ask("PUT", f"{path}/editor", {"until": "2099-01-31"})
    robot.ask("PUT", f"{path}/poster?client_id=shop")
    assert robot.ask("GET", path)["items"] == [
        {"name": "editor", "client_id": None, "until": "2099-01-31", "by": "given"},
        {"name": "poster", "client_id": "shop", "until": None, "by": "given"},
    ]
    robot.refused("PUT", f"{path}/poster", status=404)
    robot.ask("DELETE", f"{path}/editor", status=204)
    robot.refused("DELETE", f"{path}/editor", status=404)


def test_clients_that_somebody_owns(provider: Provider, robot: Program, ann: Person) -> None:
    """An owner is named, finds the client, and is named no more; nobody owns one with an unproved address."""
    path = f"/people/{ann.sub}/clients"
    assert robot.ask("PUT", f"{path}/shop")["client_id"] == "shop"
    assert [row["client_id"] for row in robot.ask("GET", path)["items"]] == ["shop"]
    assert "shop" in provider.browser(ann).get("/account/clients").text
    robot.ask("DELETE", f"{path}/shop", status=204)
    robot.refused("DELETE", f"{path}/shop", status=404)
    bob = provider.person("bob@example.org", verified=False)
    robot.refused("PUT", f"/people/{bob.sub}/clients/shop", status=409)


@pytest.mark.parametrize(
    ("body", "member", "sentence"),
    [
        ({"until": "tomorrow"}, "until", "day"),
        ({"until": "2001-01-01"}, "until", "over"),
        ({"until": 7}, "until", "2027-01-31"),
        ({"till": "2099-01-31"}, "till", "no member"),
    ],
)
def test_bad_bodies(robot: Program, ann: Person, body: dict[str, object], member: str, sentence: str) -> None:
    """What is wrong is named, and nothing is done."""
    for kind in ("groups/eng", "roles/editor"):
        told = robot.refused("PUT", f"/people/{ann.sub}/{kind}", body, status=400)
        assert sentence in told[member]
    assert robot.ask("GET", f"/people/{ann.sub}/groups")["items"] == []


def test_what_is_not_there(robot: Program, ann: Person) -> None:
    """A person, group, role or client that there is not is 404, by name."""
    for path in ("groups/nowhere", "owned-groups/nowhere", "roles/none", "clients/none"):
        for method in ("PUT", "DELETE"):
            robot.refused(method, f"/people/{ann.sub}/{path}", status=404)
    for kind in ("groups", "owned-groups", "roles", "clients"):
        robot.refused("GET", f"/people/nobody/{kind}", status=404)
    robot.refused("PUT", "/people/nobody/groups/eng", status=404)


def test_nobody_goes_beyond_the_pages(provider: Provider, robot: Program, ann: Person) -> None:
    """A client's token puts no owner of the server into a group; without the permission of a person nothing is told or done."""
    root = provider.person("root@example.org", is_admin=True)
    robot.refused("PUT", f"/people/{root.sub}/groups/eng", status=403)
    robot.ask("PUT", f"/people/{root.sub}/clients/shop")
    program = lent_by(provider, ann)
    for method, path in (("GET", "groups"), ("PUT", "groups/eng"), ("PUT", "roles/editor"), ("PUT", "clients/shop")):
        program.refused(method, f"/people/{ann.sub}/{path}", status=403)
