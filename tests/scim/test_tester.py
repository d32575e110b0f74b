"""scim2-tester finds nothing to complain of, and the schemas are those of RFC 7643, but for what is named."""

from typing import Any

import pytest
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_models import EnterpriseUser, Group, ResourceType, Schema, ServiceProviderConfig, User
from scim2_tester import Status, check_server

from idp.scim.schema import SCHEMAS
from tests.scim.calling import BASE, Directory

MODELS = (User, EnterpriseUser, Group, ServiceProviderConfig, ResourceType, Schema)
# What differs from the RFC here: the path of an attribute, and its member.
OWN = {
    "User.active.required",
    "User.emails.required",
    "User.emails.value.required",
    "Group.members.display",
    "Group.members.$ref.referenceTypes",
    "Group.members.type.canonicalValues",
}


@pytest.mark.parametrize("backend", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True)
def test_the_tester_is_content(trusted: Directory) -> None:
    """Every check of scim2-tester succeeds: discovery, making, reading, replacing, PATCH of every attribute, and erasing."""
    headers = {"Authorization": f"Bearer {trusted.token}"}
    client = WSGISCIMClient(trusted.provider.app, f"{trusted.provider.issuer}{BASE}", headers=headers)
    results = check_server(client)
    failed = [f"{one.title}: {one.reason}" for one in results if one.status not in {Status.SUCCESS, Status.SKIPPED}]
    assert failed == []
    assert sum(one.status is Status.SUCCESS for one in results) > 50


def test_the_schemas_are_those_of_the_rfc() -> None:
    """Each schema is what scim2-models has of RFC 7643, but for what is named above."""
    differences = set()
    for ours, model in zip(SCHEMAS, MODELS, strict=True):
        theirs = model.to_schema().model_dump()
        assert (ours["id"], ours["name"]) == (theirs["id"], theirs["name"])
        differences |= compare(ours["name"], ours["attributes"], theirs["attributes"])
    assert differences == OWN


def compare(place: str, ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> set[str]:
    """Return where two lists of attributes differ."""
    mine, own = ({one["name"]: one for one in listed} for listed in (ours, theirs))
    found = {f"{place}.{name}" for name in mine.keys() ^ own.keys()}
    for name in mine.keys() & own.keys():
        one, other = mine[name], own[name]
        found |= {
            f"{place}.{name}.{key}"
            for key in one.keys() | other.keys()
            if key != "subAttributes" and one.get(key) != other.get(key)
        }
        found |= compare(f"{place}.{name}", one.get("subAttributes") or [], other.get("subAttributes") or [])
    return found
