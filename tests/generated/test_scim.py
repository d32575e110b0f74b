"""Bodies and queries for /scim/v2 that nobody thought of: each is answered as SCIM answers, and none is a surprise."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generated.stage import Stage
from tests.generated.texts import EDGES, examples
from tests.keys.strangers import JSON
from tests.scim.calling import ENTERPRISE, USER, Directory

NAMES = (
    "userName", "USERNAME", "name", "name.givenName", "emails", 'emails[type eq "work"].value', "emails[", "active", "password", "members",
    "displayName", "externalId", "id", "meta", "schemas", "groups", "photos", "x509Certificates", ENTERPRISE, f"{ENTERPRISE}:manager",
    f"{USER}:userName", "unknown", "", "Operations", "op", "path", "value", "$ref", 'members[value eq "x"]',
)  # fmt: skip
WORDS = (*EDGES, "one@example.org", "bjensen", "True", "work", *NAMES)
VALUES = JSON | st.sampled_from(WORDS) | st.sampled_from([True, False, None, 0, 1.5, [], {}, [{}], 10**400])


def _deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)


OBJECTS = st.dictionaries(st.sampled_from(NAMES), st.recursive(VALUES, _deeper, max_leaves=5), max_size=4)
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "Replace", "remove", "x"])},
    optional={"path": st.sampled_from(WORDS), "value": VALUES | OBJECTS},
)
TOKENS = st.sampled_from([
    "userName", "active", "emails", "emails.value", "externalId", "displayName", "members", "name.familyName", "eq", "ne", "sw", "pr",
    "and", "or", "not", "(", ")", "[", "]", "true", "false", "null", "1",
    '"x"', '"one@example.org"', '"\\u0000"', '"\\ud800"', '"%_"', "\U0001f600",
])  # fmt: skip


@pytest.fixture(scope="module")
def directory(stage: Stage) -> Directory:
    """A directory, with somebody and a group to change."""
    made = Directory(stage.provider, scope="scim scim.vouch")
    made.make("bjensen")
    made.group("Guides")
    return made


def judge(stage: Stage, directory: Directory, method: str, path: str, body: Any = None, **query: Any) -> None:
    """Send a request and check the answer."""
    answer = directory.send(method, path, body, **query)
    surprise, stage.surprises.last = stage.surprises.last, None
    if answer.status_code >= 500:
        raise AssertionError(f"{answer.status_code} {answer.text[:500]}") from surprise
    if answer.status_code != 204:
        assert answer.mimetype == "application/scim+json"
        assert ("detail" in answer.json) == (answer.status_code >= 400)


def target(directory: Directory, kind: str) -> str:
    """Return the path of a resource, which what came before may have renamed."""
    found = directory.get(f"/{kind}", count=1)["Resources"]
    return f"/{kind}/{found[0]['id']}" if found else f"/{kind}/none"


@given(kind=st.sampled_from(["Users", "Groups"]), good=st.booleans(), body=OBJECTS)
@examples(120)
def test_any_object(stage: Stage, directory: Directory, kind: str, good: bool, body: dict[str, Any]) -> None:
    """Any object makes a resource, replaces one, or is refused."""
    base = {"userName": "x@example.org", "displayName": "x"} if good else {}
    judge(stage, directory, "PUT", target(directory, kind), base | body)
    judge(stage, directory, "POST", f"/{kind}", base | body)


@given(kind=st.sampled_from(["Users", "Groups"]), operations=st.lists(OPERATIONS, max_size=3))
@examples(150)
def test_any_operations(stage: Stage, directory: Directory, kind: str, operations: list[Any]) -> None:
    """Any operations change a resource or are refused."""
    judge(stage, directory, "PATCH", target(directory, kind), {"Operations": operations})


@given(
    kind=st.sampled_from(["Users", "Groups"]),
    tokens=st.lists(TOKENS, max_size=8),
    order=st.sampled_from(WORDS),
    start=st.sampled_from(WORDS),
)
@examples(150)
def test_any_query(stage: Stage, directory: Directory, kind: str, tokens: list[str], order: str, start: str) -> None:
    """Any filter, order, page and choice finds something or is refused."""
    try:
        order.encode()
        start.encode()
    except UnicodeEncodeError:
        return
    judge(stage, directory, "GET", f"/{kind}", filter=" ".join(tokens))
    judge(stage, directory, "GET", f"/{kind}", sortBy=order, attributes=start)
    judge(stage, directory, "GET", f"/{kind}", startIndex=start, count=order)
    judge(
        stage, directory, "POST", "/.search", {"filter": " ".join(tokens), "startIndex": start, "attributes": [order]}
    )


@given(bodies=st.lists(OBJECTS | VALUES, max_size=3), bound=VALUES)
@examples(60)
def test_any_bulk(stage: Stage, directory: Directory, bodies: list[Any], bound: Any) -> None:
    """Any bulk is done or refused."""
    paths = ("/Users", "/Groups/bulkId:1", "/Users/x")
    operations = [
        {"method": method, "path": path, "bulkId": "1", "data": data}
        for method, path, data in zip(("POST", "PATCH", "PUT"), paths, bodies, strict=False)
    ]
    judge(stage, directory, "POST", "/Bulk", {"Operations": operations, "failOnErrors": bound})
    judge(stage, directory, "POST", "/Bulk", {"Operations": bodies})
