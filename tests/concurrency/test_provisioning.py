"""Directories that change the same person or group at the same instant: of one version one succeeds, and nothing is lost."""

from threading import Barrier, Thread

from tests.factories import Provider
from tests.scim.calling import PATCH, Directory, op


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


def test_of_two_with_the_same_version_one_wins(provider: Provider) -> None:
    """Of three PATCHes at the same instant with the same If-Match one is done, and the others are 412."""
    directory = Directory(provider)
    person = directory.make("one@example.org")
    resources = (person, directory.group("Guides", person["id"]))
    for made, attribute, good in zip(resources, ("title", "displayName"), (200, 204), strict=True):
        path = f"/{made['meta']['resourceType']}s/{made['id']}"
        for mark in ("A", "B", "C"):
            version = directory.again(made)["meta"]["version"]
            assert at_once(directory, path, patches(attribute, mark), {"If-Match": version}) == [good, 412, 412]


def test_without_a_version_nobody_is_lost(provider: Provider) -> None:
    """Members who are added by many requests at the same instant all belong to the group then."""
    directory = Directory(provider)
    people = [directory.make(f"p{number}@example.org")["id"] for number in range(6)]
    made = directory.group("Guides")
    bodies: list[object] = [
        {"schemas": [PATCH], "Operations": [op("add", "members", [{"value": one}, {"value": people[0]}])]}
        for one in people
    ]
    assert at_once(directory, f"/Groups/{made['id']}", bodies, {}) == [204] * 6
    assert sorted(directory.members(made)) == sorted(people)


def test_one_user_name_is_given_once(provider: Provider) -> None:
    """Of four who make a person of the same userName at the same instant one succeeds, and the others are told of the conflict."""
    directory = Directory(provider)
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
