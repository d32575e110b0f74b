"""Bulk (RFC 7644, section 3.7): each request is done or refused by itself, and may name what another one makes."""

from typing import Any

from tests.scim.calling import BULK, PATCH, USER, Directory, op, refused, told


def ask(method: str, path: str, data: object = None, **more: object) -> dict[str, object]:
    """Return one request of a bulk."""
    return {"method": method, "path": path, **({"data": data} if data is not None else {}), **more}


def run(directory: Directory, *requests: dict[str, object], **more: object) -> list[dict[str, object]]:
    """Send requests in one, and return what became of each."""
    answer = directory.send("POST", "/Bulk", {"schemas": [BULK], "Operations": list(requests), **more})
    done: list[dict[str, object]] = told(answer, 200)["Operations"]
    return done


def test_one_request_names_what_another_makes(directory: Directory) -> None:
    """A group is made with a person of the same bulk, whichever stands first, and changed and deleted by its bulkId (section 3.7.2)."""
    person = {"schemas": [USER], "userName": "one@example.org"}
    member = {"displayName": "Guides", "members": [{"value": "bulkId:ann", "type": "User"}]}
    done = run(
        directory,
        ask("POST", "/Groups", member, bulkId="guides"),
        ask("post", "/Users", person, bulkId="ann"),
        ask("PATCH", "/Groups/bulkId:guides", {"schemas": [PATCH], "Operations": [op("add", "externalId", "g")]}),
    )
    assert [(one["method"], one["status"]) for one in done] == [("POST", "201"), ("POST", "201"), ("PATCH", "200")]
    (group,) = directory.find("Groups", 'externalId eq "g"')
    (ann,) = directory.find("Users", 'userName eq "one@example.org"')
    assert [one["value"] for one in group["members"]] == [ann["id"]]
    assert (done[0]["location"], done[0]["version"], done[0]["bulkId"]) == (
        ann["meta"]["location"],
        ann["meta"]["version"],
        "ann",
    )
    assert [one["status"] for one in run(directory, ask("DELETE", f"/Users/{ann['id']}"))] == ["204"]
    assert directory.members(group) == []


def test_what_is_refused_stays_alone(directory: Directory) -> None:
    """A request that is refused says so in its place, and the others are done (section 3.7.3)."""
    good = {"userName": "one@example.org"}
    done = run(
        directory,
        ask("POST", "/Users", good, bulkId="1"),
        ask("POST", "/Users", good, bulkId="2"),
        ask("PUT", "/Users/nobody", good),
        ask("POST", "/Users", {"userName": "two@example.org"}, bulkId="3"),
        ask("DELETE", "/Groups/bulkId:none"),
    )
    assert [one["status"] for one in done] == ["201", "409", "404", "201", "409"]
    assert done[1]["response"]["scimType"] == "uniqueness"
    assert directory.get("/Users")["totalResults"] == 2


def test_after_so_many_failures_it_ends(directory: Directory) -> None:
    """With failOnErrors the bulk ends at so many failures, and what was done before stands."""
    good, bad = ({"userName": "one@example.org"}, {"userName": "x"})
    requests = [ask("POST", "/Users", one, bulkId=str(number)) for number, one in enumerate((good, bad, bad, good))]
    assert [one["status"] for one in run(directory, *requests, failOnErrors=1)] == ["201", "400"]
    assert [one["status"] for one in run(directory, *requests, failOnErrors=3)] == ["409", "400", "400"]


def test_versions_count_in_a_bulk(directory: Directory) -> None:
    """A request with the version that the resource had is refused with 412."""
    made = directory.make("one@example.org")
    body = {"schemas": [PATCH], "Operations": [op("add", "title", "x")]}
    path, version = f"/Users/{made['id']}", made["meta"]["version"]
    done = run(directory, ask("PATCH", path, body, version=version), ask("PATCH", path, body, version=version))
    assert [one["status"] for one in done] == ["200", "412"]


NO_BULKS: tuple[Any, ...] = (

        [], 1, [1], [ask("GET", "/Users/1")], [ask("POST", "/Users/1", {})], [ask("PUT", "/Users", {})], [ask("POST", "/Users", {})],
        [ask("POST", "/Me", {}, bulkId="1")], [ask("PUT", "/Users/1", [])], [ask("DELETE", "/Users/1", bulkId=1)],
)  # fmt: skip


def test_what_is_no_bulk_is_refused(directory: Directory) -> None:
    """A body that is no bulk is refused as a whole."""
    for operations in NO_BULKS:
        refused(directory.send("POST", "/Bulk", {"schemas": [BULK], "Operations": operations}), 400, "invalidSyntax")


def test_a_bulk_has_its_bounds(directory: Directory) -> None:
    """More operations than maxOperations, and more bytes than maxPayloadSize, are 413; failOnErrors is a number."""
    bounds = directory.get("/ServiceProviderConfig")["bulk"]
    one = ask("DELETE", "/Users/x")
    many = {"Operations": [one] * (bounds["maxOperations"] + 1)}
    assert str(bounds["maxOperations"]) in refused(directory.send("POST", "/Bulk", many), 413)
    refused(directory.send("POST", "/Bulk", b" " * (bounds["maxPayloadSize"] + 1)), 413)
    refused(directory.send("POST", "/Bulk", {"Operations": [one], "failOnErrors": 0}), 400, "invalidValue")
