"""Entity tags (RFC 7644, section 3.14), and two who change the same resource at the same instant."""

from threading import Barrier, Thread

import pytest

from tests.factories import Provider
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


def at_once(directory: Directory, path: str, bodies: list[object], headers: dict[str, str]) -> list[int]:
    """Return the statuses of PATCHes that are sent at the same instant."""
    ready, statuses = Barrier(len(bodies)), list[int]()

    def send(body: object) -> None:
        ready.wait(10)
        statuses.append(directory.send("PATCH", path, body, headers=headers).status_code)

    threads = [Thread(target=send, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(statuses)


def patches(attribute: str, mark: str) -> list[object]:
    """Return PATCHes that each write something else."""
    return [{"schemas": [PATCH], "Operations": [op("replace", attribute, f"{mark}{one}")]} for one in range(3)]


def test_of_two_with_the_same_version_one_wins(directory: Directory, resources: list[dict[str, object]]) -> None:
    """Of three PATCHes at the same instant with the same If-Match one is done, and the others are 412."""
    for made, attribute, good in zip(resources, ("title", "displayName"), (200, 204), strict=True):
        path = f"/{made['meta']['resourceType']}s/{made['id']}"
        for mark in ("A", "B", "C"):
            version = directory.again(made)["meta"]["version"]
            assert at_once(directory, path, patches(attribute, mark), {"If-Match": version}) == [good, 412, 412]


def test_without_a_version_nobody_is_lost(provider: Provider, directory: Directory) -> None:
    """Members who are added by many requests at the same instant all belong to the group then."""
    people = [directory.make(f"p{number}@example.org")["id"] for number in range(6)]
    made = directory.group("Guides")
    bodies: list[object] = [
        {"schemas": [PATCH], "Operations": [op("add", "members", [{"value": one}, {"value": people[0]}])]}
        for one in people
    ]
    assert at_once(directory, f"/Groups/{made['id']}", bodies, {}) == [204] * 6
    assert sorted(directory.members(made)) == sorted(people)


def test_one_name_is_given_once(directory: Directory) -> None:
    """Of four who make a person of the same userName at the same instant one succeeds, and the others are told of the conflict."""
    ready, statuses = Barrier(4), list[int]()

    def make(number: int) -> None:
        ready.wait(10)
        body = {"userName": "CORP\\bjensen", "emails": [{"value": f"b{number}@example.org"}]}
        statuses.append(directory.send("POST", "/Users", body).status_code)

    threads = [Thread(target=make, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(statuses) == [201, 409, 409, 409]
    assert directory.get("/Users")["totalResults"] == 1
