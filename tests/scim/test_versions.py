"""Entity tags (RFC 7644, section 3.14): what changes them, and whom they stop."""

import pytest

from tests.scim.calling import PATCH, Directory, op, refused, told


@pytest.fixture
def resources(directory: Directory) -> list[dict[str, object]]:
    """A person and a group."""
    made = directory.make("one@example.org")
    return [made, directory.group("Guides", made["id"])]


def test_a_version_changes_with_the_resource(directory: Directory, resources: list[dict[str, object]]) -> None:
    """Each change makes another weak version, what changes nothing none, and who has the present one is answered 304."""
    for made, attribute in zip(resources, ("title", "displayName"), strict=True):
        kind, version = f"/{made['meta']['resourceType']}s/{made['id']}", made["meta"]["version"]
        assert version.startswith('W/"')
        assert directory.send("GET", kind, headers={"If-None-Match": f'"other", {version}'}).status_code == 304
        answer = directory.send("PATCH", kind, {"schemas": [PATCH], "Operations": [op("add", attribute, "New")]})
        changed = answer.headers["ETag"]
        assert changed != version
        assert directory.again(made)["meta"]["version"] == changed
        again = directory.send("PATCH", kind, {"schemas": [PATCH], "Operations": [op("add", attribute, "New")]})
        assert again.headers["ETag"] == changed
        assert directory.send("GET", kind, headers={"If-None-Match": version}).status_code == 200


def test_members_make_a_version_of_a_group(directory: Directory, resources: list[dict[str, object]]) -> None:
    """Who joins and who leaves changes the version of the group."""
    person, group = resources
    versions = {group["meta"]["version"]}
    for operation in (op("remove", "members"), op("add", "members", [{"value": person["id"]}])):
        directory.patch(group, operation, status=204)
        versions.add(directory.again(group)["meta"]["version"])
    assert len(versions) == 3


def test_another_version_is_not_changed(directory: Directory, resources: list[dict[str, object]]) -> None:
    """A change of a version that is not the present one is 412, whatever the method, and changes nothing."""
    for one, body in zip(resources, ({"userName": "x@example.org"}, {"displayName": "x"}), strict=True):
        made, path = directory.again(one), f"/{one['meta']['resourceType']}s/{one['id']}"
        patch = {"schemas": [PATCH], "Operations": [op("add", "externalId", "x")]}
        for method, sent in (("PUT", body), ("PATCH", patch), ("DELETE", None)):
            assert "version" in refused(directory.send(method, path, sent, headers={"If-Match": 'W/"other"'}), 412)
        assert directory.again(made) == made
        for good in (made["meta"]["version"], made["meta"]["version"].removeprefix("W/"), "*"):
            same = {"schemas": [PATCH], "Operations": [op("remove", "externalId")]}
            match = {"If-Match": good if good == "*" else f'"other", {good}'}
            assert directory.send("PATCH", path, same, headers=match).status_code in {200, 204}
        told(directory.send("DELETE", path, headers={"If-Match": "*"}), 204)
