"""Lists (RFC 7644, section 3.4.2): filters, pages, order, and which attributes are told."""

from typing import Any

import pytest

from tests.factories import Person, Provider
from tests.scim.calling import ENTERPRISE, Directory, op, refused

PEOPLE = (
    ("adele", "Adele", "Vance"),
    ("bjensen", "Barbara", "Jensen"),
    ("BJones", "Bob", "Jónes"),
    ("carl@example.org", "Carl", "Jensen"),
)


@pytest.fixture
def town(directory: Directory) -> Directory:
    """Four people and two groups."""
    made = [
        directory.make(name, name={"givenName": given, "familyName": family}, externalId=f"e-{given}")
        for name, given, family in PEOPLE
    ]
    directory.group("Guides", made[1]["id"], externalId="g")
    directory.group("Drivers")
    directory.patch(made[3], op("replace", "active", False))
    return directory


OF_PEOPLE = (
    ('userName eq "BJENSEN"', "bjensen"),
    ('userName eq "nobody"', ""),
    ('username EQ "carl@example.org"', "carl@example.org"),
    ('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "adele"', "adele"),
    ('userName sw "bj"', "bjensen BJones"),
    ('userName sw "carl@"', "carl@example.org"),
    ('externalId eq "e-Bob"', "BJones"),
    ('externalId eq "e-bob"', ""),
    ("externalId pr and active eq true", "adele bjensen BJones"),
    ("active eq false", "carl@example.org"),
    ('active eq "False"', "carl@example.org"),
    ("not (active eq true)", "carl@example.org"),
    ('emails.value eq "Adele@Example.com"', "adele"),
    ('emails[value eq "adele@example.com"]', "adele"),
    ('emails eq "no address"', ""),
    ('name.familyName eq "jensen"', "bjensen carl@example.org"),
    ('name.familyName eq "Jónes"', "BJones"),
    ('name.givenName sw "Ba" or name.givenName eq "Adele"', "adele bjensen"),
    ('name.familyName eq "Jensen" and (userName eq "adele" or active eq false)', "carl@example.org"),
    ('groups.value eq "1"', "bjensen"),
    ('groups eq "99999999999"', ""),
)


def test_people_are_found(town: Directory) -> None:
    """Each filter that is known finds whom it should, whatever the case of words and names."""
    for text, names in OF_PEOPLE:
        assert [one["userName"] for one in town.find("Users", text)] == names.split()


def test_everybody_is_found_by_subject_and_name(town: Directory, ann: Person, provider: Provider) -> None:
    """People of whom no directory has told anything are found by id, username and address, too."""
    with provider.account(ann) as account:
        account.username = "annie"
    for text in (
        f'id eq "{ann.sub}"',
        'userName eq "Annie"',
        f'emails.value eq "{ann.email}"',
        'userName sw "ann"',
    ):
        assert [one["id"] for one in town.find("Users", text)] == [ann.sub], text
    assert town.find("Users", f'userName eq "{ann.email}"') == []


OF_GROUPS: tuple[Any, ...] = (
    ('displayName eq "guides"', "Guides"),
    ('displayName sw "d"', "Drivers"),
    ('externalId eq "g"', "Guides"),
    ('id eq "2" or externalId pr', "Guides Drivers"),
    ('members.value eq "nobody"', ""),
    ('not (displayName eq "guides")', "Drivers"),
)


def test_groups_are_found(town: Directory) -> None:
    """Each filter on groups that is known finds those that it should."""
    for text, names in OF_GROUPS:
        assert [one["displayName"] for one in town.find("Groups", text)] == names.split()
        (bjensen,) = town.find("Users", 'userName eq "bjensen"')
        for of_members in (f'members eq "{bjensen["id"]}"', f'members[value eq "{bjensen["id"]}"]'):
            assert [one["displayName"] for one in town.find("Groups", of_members)] == ["Guides"]


NO_FILTERS: tuple[Any, ...] = (

        'title eq "x"', 'userName co "x"', "userName pr", "userName eq 1", "userName eq", 'userName eq "x" and', "(", "()", "not userName",
        '"x" eq userName', 'userName eq "x', "userName eq x", 'userName eq "x")', 'userName eq "\\u0000"', 'emails[type eq "work"]',
        'emails[value eq "x" and primary eq true]', "active eq 7", f"{'(' * 9}active eq true{')' * 9}", " or ".join(["id pr"] * 30),
        f'userName eq "{"x" * 1000}"', 'meta.created gt "2011"', 'unknown[x eq "y"]', "\U0001f600",
)  # fmt: skip


def test_what_is_no_filter_here_is_refused(town: Directory) -> None:
    """A filter that cannot be read, is too large, or that no index answers is refused with `invalidFilter` and a sentence."""
    for text in NO_FILTERS:
        for kind in ("Users", "Groups"):
            refused(town.send("GET", f"/{kind}", filter=text), 400, "invalidFilter")
        refused(town.send("POST", "/.search", {"filter": text}), 400, "invalidFilter")


def test_pages(town: Directory) -> None:
    """A page begins where it is asked to, holds at most so many, and tells how many there are (section 3.4.2.4)."""
    page = town.get("/Users", startIndex=2, count=2)
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (4, 2, 2)
    assert [one["userName"] for one in page["Resources"]] == ["bjensen", "BJones"]
    none = town.get("/Users", count=0)
    assert (none["totalResults"], "Resources" in none) == (4, False)
    assert town.get("/Users", startIndex=-5, count=-1)["itemsPerPage"] == 0
    assert town.get("/Users", startIndex=9)["Resources"] == []
    assert town.get("/Users", count=100000)["itemsPerPage"] == 4
    refused(town.send("GET", "/Users", startIndex="x"), 400, "invalidValue")


ORDERS: tuple[Any, ...] = (
    ("userName", "adele bjensen BJones carl@example.org"),
    ("name.familyName", "bjensen carl@example.org BJones adele"),
    ("emails.value", "adele bjensen BJones carl@example.org"),
    ("meta.created", "adele bjensen BJones carl@example.org"),
)


def test_order(town: Directory) -> None:
    """People are sorted either way (section 3.4.2.3)."""
    for sort_by, names in ORDERS:
        for order, expected in (("ascending", names.split()), ("descending", names.split()[::-1])):
            found = town.get("/Users", sortBy=sort_by, sortOrder=order)["Resources"]
            if sort_by == "name.familyName":
                assert {one["userName"] for one in found[:2]} == set(expected[:2]) or order == "descending"
            else:
                assert [one["userName"] for one in found] == expected
        assert [one["displayName"] for one in town.get("/Groups", sortBy="displayName")["Resources"]] == [
            "Drivers",
            "Guides",
        ]


def test_an_order_that_is_not_there_is_refused(town: Directory) -> None:
    """An attribute by which nothing is sorted, and an order that is none, are refused by name."""
    assert "title" not in refused(town.send("GET", "/Users", sortBy="title"), 400, "invalidPath")
    refused(town.send("GET", "/Groups", sortBy="members"), 400, "invalidPath")
    refused(town.send("GET", "/Users", sortBy="userName", sortOrder="up"), 400, "invalidValue")


def test_attributes_are_chosen(town: Directory) -> None:
    """An answer holds what is asked for, or all but what is not wanted, and `id` always (section 3.9)."""
    (made,) = town.find("Users", 'userName eq "bjensen"')
    path = f"/Users/{made['id']}"
    always = {"id": made["id"], "schemas": made["schemas"]}
    assert town.get(path, attributes="userName,NAME.familyName") == always | {
        "userName": "bjensen",
        "name": {"familyName": "Jensen"},
    }
    assert town.get(path, attributes="emails.value") == always | {"emails": [{"value": "bjensen@example.com"}]}
    assert town.get(path, attributes=f"{made['schemas'][0]}:userName") == always | {"userName": "bjensen"}
    assert town.get(path, excludedAttributes="id,emails,name.givenName,meta") == {
        key: value for key, value in made.items() if key not in {"emails", "meta"}
    } | {"name": {"familyName": "Jensen"}}
    refused(town.send("GET", path, attributes="userName", excludedAttributes="name"), 400, "invalidValue")
    after = town.patch(
        made,
        op("add", f"{ENTERPRISE}:division", "D"),
        op("add", f"{ENTERPRISE}:department", "T"),
        attributes=f"{ENTERPRISE}:division",
    )
    assert after[ENTERPRISE] == {"division": "D"}


def test_search_by_a_body(town: Directory) -> None:
    """A search asks for what a query does, of one kind or of both, people first (section 3.4.3)."""
    body = {
        "filter": 'userName sw "b"',
        "attributes": ["userName"],
        "startIndex": 2,
        "count": 1,
        "sortBy": "userName",
    }
    answer = town.send("POST", "/Users/.search", body)
    assert [one["userName"] for one in answer.json["Resources"]] == ["BJones"]
    everything = town.send("POST", "/.search", {"startIndex": 4, "count": 2}).json
    assert (everything["totalResults"], [one["meta"]["resourceType"] for one in everything["Resources"]]) == (
        6,
        ["User", "Group"],
    )
    groups = town.send("POST", "/.search", {"filter": 'displayName eq "guides"'}).json
    assert [one["displayName"] for one in groups["Resources"]] == ["Guides"]
    assert town.send("POST", "/Groups/.search", {"attributes": ["displayName"]}).json["totalResults"] == 2
