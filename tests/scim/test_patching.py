"""PATCH of people (RFC 7644, section 3.5.2), as the RFC has it, and as Microsoft Entra ID and Okta send it."""

from typing import Any

from tests.scim.calling import ENTERPRISE, PATCH, USER, Directory, op, refused

WORK, HOME = (
    {"value": "one@example.org", "type": "work", "primary": True},
    {"value": "home@example.org", "type": "home"},
)


def test_entra_changes_a_person(directory: Directory) -> None:
    """Entra's operations are taken: capital letters, flags as words, value filters, and attributes of the extension."""
    made = directory.make("one@example.org", title="Guide", name={"givenName": "Ann", "familyName": "One"})
    after = directory.patch(
        made,
        op("Replace", "displayName", "Ann Two"),
        op("Add", 'phoneNumbers[type eq "mobile"].value', "+49301234567"),
        op("Replace", 'emails[type eq "work"].value', "two@example.org"),
        op("Replace", "name.familyName", "Two"),
        op("Add", f"{ENTERPRISE}:department", "Tours"),
        op("Add", f"{ENTERPRISE}:manager", "8d3b"),
        op("Replace", "active", "False"),
        op("Remove", "title"),
    )
    assert after["displayName"] == "Ann Two"
    assert after["phoneNumbers"] == [{"type": "mobile", "value": "+49301234567"}]
    assert after["emails"] == [{"value": "two@example.org", "type": "work", "primary": True}]
    assert after["name"] == {"givenName": "Ann", "familyName": "Two"}
    assert after[ENTERPRISE] == {"department": "Tours", "manager": {"value": "8d3b"}}
    assert after["active"] is False
    assert "title" not in after
    assert directory.patch(made, op("Replace", "active", "True"))["active"] is True


def test_entra_replaces_by_one_object(directory: Directory) -> None:
    """An object without a path may name attributes by their paths, of the schema, and of an extension."""
    made = directory.make("one@example.org")
    value = {
        "name.givenName": "Ann",
        f"{USER}:nickName": "Annie",
        f"{ENTERPRISE}:employeeNumber": "7",
        'emails[type eq "work"].value': "two@example.org",
        "active": "false",
    }
    after = directory.patch(made, op("Replace", None, value))
    assert (after["name"]["givenName"], after["nickName"], after["active"]) == ("Ann", "Annie", False)
    assert after[ENTERPRISE] == {"employeeNumber": "7"}
    assert after["emails"][0]["value"] == "two@example.org"


def test_okta_deactivates(directory: Directory) -> None:
    """Okta replaces without a path, and the `id` and the groups that it sends along are not changed."""
    made = directory.make("one@example.org")
    after = directory.patch(made, op("replace", None, {"id": "other", "active": False, "groups": [], "unknown": 1}))
    assert (after["id"], after["active"]) == (made["id"], False)


OF_EMAILS: tuple[Any, ...] = (
    (op("add", "emails", [HOME]), [WORK, HOME]),
    (op("add", "emails", [WORK]), [WORK]),
    (op("add", "EMAILS", HOME | {"primary": True}), [WORK | {"primary": False}, HOME | {"primary": True}]),
    (op("replace", "emails", [HOME]), [HOME]),
    (op("replace", 'emails[type eq "work"]', {"display": "W"}), [WORK | {"display": "W"}]),
    (
        op("add", 'emails[type eq "other"].value', "o@example.org"),
        [WORK, {"type": "other", "value": "o@example.org"}],
    ),
    (
        op("remove", 'emails[value co "one" and not (type eq "home")].primary'),
        [{k: WORK[k] for k in ("value", "type")}],
    ),
)


def test_values_of_an_attribute(directory: Directory) -> None:
    """Values are added once, replaced, chosen by a filter, made where none is chosen, and one alone is primary."""
    made = directory.make("one@example.org", emails=[WORK])
    for operation, expected in OF_EMAILS:
        assert directory.patch(made, operation)["emails"] == expected, operation
        directory.patch(made, op("replace", "emails", [WORK]))


def test_values_are_removed(directory: Directory) -> None:
    """Values go by a filter, or by being listed, and the attribute with its last one."""
    numbers = [{"value": "1", "type": "work"}, {"value": "2", "type": "home"}, {"value": "3", "type": "other"}]
    made = directory.make("one@example.org", phoneNumbers=numbers)
    after = directory.patch(made, op("remove", 'phoneNumbers[type eq "home" or value eq "4"]'))
    assert after["phoneNumbers"] == [numbers[0], numbers[2]]
    after = directory.patch(made, op("remove", "phoneNumbers", [{"value": "1"}]))
    assert after["phoneNumbers"] == [numbers[2]]
    assert "phoneNumbers" not in directory.patch(made, op("remove", "phoneNumbers.value"), op("remove", "phoneNumbers"))


IMPOSSIBLE: tuple[Any, ...] = (
    (op("replace", "unknown", 1), "noTarget"),
    (op("replace", "name.unknown", 1), "noTarget"),
    (op("remove"), "noTarget"),
    (op("replace", 'emails[type eq "none"].value', "x@example.org"), "noTarget"),
    (op("replace", "emails[", 1), "invalidPath"),
    (op("replace", 'userName[type eq "x"]', 1), "invalidPath"),
    (op("replace", "name givenName", 1), "invalidPath"),
    (op("replace", 'emails[type xx "work"]', {}), "invalidFilter"),
    (op("replace", 'emails[unknown eq "work"].value', "x@example.org"), "invalidFilter"),
    (op("replace", "id", "x"), "mutability"),
    (op("replace", "meta.version", "x"), "mutability"),
    (op("replace", "groups", []), "mutability"),
    (op("remove", "userName"), "mutability"),
    (op("replace", "userName", ""), "invalidValue"),
    (op("replace", "emails", []), "invalidValue"),
    (op("replace", "active", 1), "invalidValue"),
    (op("replace", "name", "Ann"), "invalidValue"),
    (op("add", None, [1]), "invalidValue"),
    (op("replace", 'emails[type eq "work"].value', "no address"), "invalidValue"),
    (op("move", "userName", "x"), "invalidSyntax"),
    (op("replace", 'emails[type eq "work"]', "x"), "invalidValue"),
)


def test_what_cannot_be_done_is_refused_whole(directory: Directory) -> None:
    """An operation that cannot be done is refused with its keyword, and those before it are undone."""
    made = directory.make("one@example.org", emails=[WORK])
    for operation, scim_type in IMPOSSIBLE:
        body = {"schemas": [PATCH], "Operations": [op("replace", "title", "Chief"), operation]}
        refused(directory.send("PATCH", f"/Users/{made['id']}", body), 400, scim_type)
    assert directory.again(made) == made


NO_PATCHES: tuple[Any, ...] = (
    b"",
    b"[]",
    b"{",
    b'{"Operations": 1}',
    b'{"Operations": []}',
    b'{"Operations": [1]}',
    b'{"a":1,"a":2}',
)


def test_a_body_that_is_no_patch_is_refused(directory: Directory) -> None:
    """What is no PATCH at all is refused with `invalidSyntax`."""
    made = directory.make("one@example.org")
    for body in NO_PATCHES:
        refused(directory.send("PATCH", f"/Users/{made['id']}", body), 400, "invalidSyntax")
