"""Groups (RFC 7643, section 4.2): made, renamed in their place, filled and emptied, as the RFC, Entra ID and Okta do it."""

import json
from datetime import timedelta
from typing import Any

from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import session
from idp.groups import lookup, members
from tests.factories import Provider
from tests.groups.making import account, group
from tests.scim.calling import Directory, op, refused, told


def ids(directory: Directory, *names: str) -> list[str]:
    """Make people and return their ids."""
    return [directory.make(f"{name}@example.org")["id"] for name in names]


def test_a_group_is_made_read_and_deleted(provider: Provider, directory: Directory) -> None:
    """A group of the first level is made with its members, read as told, found by its name, and deleted."""
    one, two = ids(directory, "one", "two")
    made = directory.group("Tour Guides", one, two, externalId="g1")
    assert made["members"][0] == {"value": one, "$ref": f"{provider.issuer}/scim/v2/Users/{one}", "type": "User"}
    assert directory.again(made) == made
    assert directory.find("Groups", 'displayName eq "tour guides"') == [made]
    assert directory.get(f"/Users/{one}")["groups"][0]["value"] == made["id"]
    with provider.working():
        event = session().query(AuditEvent).filter_by(event="group.created").one()
        assert (event.actor, event.detail["group"]) == (directory.actor, "/Tour Guides")
    told(directory.send("DELETE", f"/Groups/{made['id']}"), 204)
    refused(directory.send("GET", f"/Groups/{made['id']}"), 404)


CHANGES: tuple[Any, ...] = (
    ([op("Add", "members", [{"value": "three"}])], "one two three"),
    ([op("add", None, {"members": [{"value": "three"}, {"value": "one"}]})], "one two three"),
    ([op("Remove", "members", [{"value": "one"}])], "two"),
    ([op("remove", 'members[value eq "one"]')], "two"),
    ([op("remove", 'members[value eq "one" or value eq "two"]')], ""),
    ([op("remove", 'members[value eq "stranger"]')], "one two"),
    ([op("remove", "members")], ""),
    ([op("replace", "members", [{"value": "three"}, {"value": "two"}])], "two three"),
    ([op("remove", "members"), op("add", "members", {"value": "three"})], "three"),
    ([op("add", "members", [{"value": "three"}]), op("remove", 'members[value eq "three"]')], "one two"),
    ([op("replace", None, {"id": "7", "displayName": "Guides"})], "one two"),
)


def test_members_change(directory: Directory) -> None:
    """Members are added, removed and replaced, in the order of the operations; the answer is empty, since a group may be large."""
    people = dict(zip(("one", "two", "three"), ids(directory, "one", "two", "three"), strict=True))
    for number, (operations, expected) in enumerate(CHANGES):
        made = directory.group(f"Tour {number}", people["one"], people["two"])
        assert directory.patch(made, *(_named(operation, people) for operation in operations), status=204) == {}
        assert sorted(directory.members(made)) == sorted(people[name] for name in expected.split()), operations


def _named(value: object, people: dict[str, str]) -> dict[str, object]:
    """Return an operation with ids in the place of names."""
    text = json.dumps(value)
    for name, sub in people.items():
        text = text.replace(f'"value": "{name}"', f'"value": "{sub}"').replace(f'\\"{name}\\"', f'\\"{sub}\\"')
    return dict(json.loads(text))


def test_a_group_is_replaced(directory: Directory) -> None:
    """A PUT says name, members and externalId; what it leaves out is taken away."""
    one, two = ids(directory, "one", "two")
    made = directory.group("Tour Guides", one, externalId="g1")
    after = told(
        directory.send("PUT", f"/Groups/{made['id']}", {"displayName": "Guides", "members": [{"value": two}]}), 200
    )
    assert (after["displayName"], [member["value"] for member in after["members"]]) == ("Guides", [two])
    assert "externalId" not in after
    assert after["id"] == made["id"]


def test_a_group_below_another_is_named_by_its_path(provider: Provider, directory: Directory) -> None:
    """A group that administrators put below another is named by both, renamed in its place, and never moved or deleted with others."""
    with provider.working():
        number = str(group("/eng/backend").id)
        parent = str(group("/eng").id)
    below = directory.get(f"/Groups/{number}")
    assert below["displayName"] == "eng/backend"
    directory.patch(below, op("replace", "displayName", "eng/services"), status=204)
    assert [one["id"] for one in directory.find("Groups", 'displayName eq "eng/services"')] == [number]
    for name in ("services", "other/services", "eng/a/b"):
        directory.patch(below, op("replace", "displayName", name), status=400)
    refused(directory.send("DELETE", f"/Groups/{parent}"), 403)
    with provider.working():
        assert lookup.find_by_path("/eng/services") is not None


NO_GROUPS: tuple[Any, ...] = (
    ({}, 400, "invalidValue"),
    ({"displayName": "a/b"}, 400, "invalidValue"),
    ({"displayName": "x" * 65}, 400, "invalidValue"),
    ({"displayName": "Taken"}, 409, "uniqueness"),
    ({"displayName": "x", "members": [{"value": "nobody"}]}, 400, "invalidValue"),
    ({"displayName": "x", "members": [{"type": "User"}]}, 400, "invalidValue"),
    ({"displayName": "x", "members": [{"value": "1", "type": "Group"}]}, 400, "invalidValue"),
    ({"displayName": "x", "members": [1]}, 400, "invalidValue"),
    ({"displayName": "x", "externalId": "x" * 256}, 400, "invalidValue"),
)


def test_what_is_no_group_is_refused(directory: Directory) -> None:
    """A body that makes no group is refused with its keyword, and nothing is made."""
    directory.group("taken")
    for body, status, scim_type in NO_GROUPS:
        refused(directory.send("POST", "/Groups", body), status, scim_type)
    assert directory.get("/Groups")["totalResults"] == 1


def test_a_membership_that_has_ended_begins_anew(provider: Provider, directory: Directory) -> None:
    """Who was a member until a day, which is over, is told no more, and is a member for good once a directory says so."""
    ann = provider.person()
    with provider.working():
        assert members.add(group("/staff"), account(ann), ends_at=clock.now() - timedelta(days=1), actor="test") is None
        number = group("/staff").id
    staff = directory.get(f"/Groups/{number}")
    assert "members" not in staff
    directory.patch(staff, op("add", "members", [{"value": ann.sub}]), status=204)
    assert directory.members(staff) == [ann.sub]


def test_many_members_by_one_request(directory: Directory) -> None:
    """A group is told without its members where these are not wanted, and with them after a change where they are asked for."""
    people = ids(directory, *(f"p{number}" for number in range(5)))
    made = directory.group("Tour Guides", *people)
    assert "members" not in directory.get(f"/Groups/{made['id']}", excludedAttributes="members")
    assert directory.get("/Groups", attributes="displayName")["Resources"][0].keys() == {"schemas", "id", "displayName"}
    after = directory.patch(made, op("remove", f'members[value eq "{people[0]}"]'), attributes="members")
    assert len(after["members"]) == 4
