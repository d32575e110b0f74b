"""The schemas of people and groups (RFC 7643, sections 4 and 8.7), which `schemas.json` holds, and what a document of each must have.

They differ from those of the RFC where an account does: an address is required, and so is whether it is open. Members of groups are
people, and their names are not told with them.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from idp.scim.attributes import Attribute, Kind
from idp.scim.problem import INVALID_VALUE, bad

MOST_MEMBERS = 10_000  # of one document

EMPTY: tuple[Any, ...] = (None, "", [], {})

Described = dict[str, Any]

# What every resource has beside its schema (RFC 7643, section 3.1); `externalId` alone is a client's to write.
META = ("resourceType", "created", "lastModified", "location", "version")
COMMON = {
    "id": Attribute("id", "string", is_writable=False),
    "meta": Attribute(
        "meta", "complex", is_writable=False, subs={name.lower(): Attribute(name, "string") for name in META}
    ),
    "schemas": Attribute("schemas", "reference", is_multiple=True, is_writable=False),
    "externalid": Attribute("externalId", "string", is_exact=True),
}


def check_user(document: Mapping[str, Any]) -> None:
    """Refuse a document without what every person has. Raises: Problem, `invalidValue`."""
    _check(USERS, document)


def check_group(document: Mapping[str, Any]) -> None:
    """Refuse a document without what every group has. Raises: Problem, `invalidValue`."""
    _check(GROUPS, document)


def _check(kind: Kind, document: Mapping[str, Any]) -> None:
    for attribute in kind.attributes.values():
        if attribute.is_required and attribute.is_writable and document.get(attribute.name) in EMPTY:
            raise bad(INVALID_VALUE, f"{attribute.name} is required.")


def _attributes(described: Described) -> dict[str, Attribute]:
    return {one["name"].lower(): Attribute.of(one) for one in described["attributes"]}


def _kind(name: str, described: Described, *extensions: Described) -> Kind:
    own = {**COMMON, **_attributes(described)}
    more = {extension["id"]: _attributes(extension) for extension in extensions}
    return Kind(name, described["id"], own, more, {"members": MOST_MEMBERS})


# Every schema of this server, those of discovery among them.
SCHEMAS: list[Described] = json.loads((Path(__file__).parent / "schemas.json").read_text())
_BY_NAME = {described["name"]: described for described in SCHEMAS}

USERS = _kind("User", _BY_NAME["User"], _BY_NAME["EnterpriseUser"])
GROUPS = _kind("Group", _BY_NAME["Group"])
