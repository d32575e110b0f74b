"""What an application is told of a person and of a group (RFC 7643, sections 4.1 and 4.2), as they are at this moment."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from idp.accounts.models import Account
from idp.groups.models import Group

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

BETWEEN = ": "  # between the names of a path

Document = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """A resource, and which attributes it has none of, by their paths."""

    schema: str
    values: Document
    empty: tuple[str, ...] = field(default=())

    @property
    def digest(self) -> bytes:
        """A digest of all of it: the same where there is nothing new to tell."""
        text = json.dumps([self.schema, self.values, self.empty], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).digest()

    def whole(self) -> Document:
        """Return it as it is made, or put in the place of what is there."""
        return {"schemas": [self.schema], **self.values}

    def patch(self) -> Document:
        """Return it as changes (RFC 7644, section 3.5.2), which leave alone what the application adds of its own."""
        operations: list[Document] = [{"op": "replace", "value": self.values}]
        operations += [{"op": "remove", "path": path} for path in self.empty]
        return {"schemas": [PATCH], "Operations": operations}


def person(account: Account, subject: str, *, is_active: bool) -> Told:
    """Return what an application is told of an account; `externalId` is the `sub` by which its tokens name the person."""
    parts = {"givenName": account.given_name, "familyName": account.family_name}
    known = {name: value for name, value in parts.items() if value}
    full = " ".join(known.values())
    values: Document = {
        "userName": account.email,
        "externalId": subject,
        "displayName": full or account.username or account.email,
        "active": is_active,
        "emails": [{"value": account.email, "type": "work", "primary": True}],
    }
    if known:
        values["name"] = known | {"formatted": full}
    return Told(USER, values, tuple(f"name.{name}" for name, value in parts.items() if not value))


def group(row: Group, remote_ids: Sequence[str]) -> Told:
    """Return what an application is told of a group: the names of its path, and whom it has of its members.

    Applications, this server among them, know no slash in a name.
    """
    members = [{"value": remote_id} for remote_id in sorted(remote_ids)]
    name = row.path.removeprefix("/").replace("/", BETWEEN)
    return Told(GROUP, {"displayName": name, "externalId": f"group-{row.id}", "members": members})
