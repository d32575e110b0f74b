"""People as resources (RFC 7643, section 4.1): what the account says now, and for the rest the word of the directory.

The version of a resource is made of what it says, whoever changed it (RFC 7644, section 3.14); groups, which are nobody's to write here,
are not a part of it.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from idp.accounts import identity
from idp.accounts.models import Account
from idp.base.database import session
from idp.base.extensions import settings
from idp.groups import lookup as groups
from idp.groups.models import Group, GroupMember
from idp.scim import profile
from idp.scim.models import ScimUser, ScimUserId

PATH = "/scim/v2"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"

Document = dict[str, Any]


@dataclass(frozen=True)
class Known:
    """What is known of one account: the account, the directory's word, and how the client that asks names it."""

    account: Account
    row: ScimUser | None
    external_id: str | None

    @property
    def written(self) -> Document:
        """The attributes that a client may write, as they are."""
        account, row = self.account, self.row
        told: Document = deepcopy(row.attributes) if row is not None else profile.describe(account)
        told |= {"userName": user_name(account, row), "active": account.disabled_at is None}
        own = {"givenName": account.given_name, "familyName": account.family_name}
        name = {key: value for key, value in {**told.pop("name", {}), **own}.items() if value}
        told |= {"name": name} if name else {}
        told |= {"externalId": self.external_id} if self.external_id is not None else {}
        return told | {"emails": _emails(account, told.get("emails", []))}

    @property
    def changed_at(self) -> datetime:
        """When anything of it was last changed."""
        return max(self.account.updated_at, self.row.updated_at if self.row is not None else self.account.updated_at)


def user_name(account: Account, row: ScimUser | None) -> str:
    """Return by which name a directory knows an account; where none has named it, the username, else the address."""
    return row.user_name if row is not None else account.username or account.email


def version_of(identifier: str, written: Mapping[str, Any]) -> str:
    """Return the weak entity tag of a resource that says so much."""
    text = json.dumps([identifier, written], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'


def know(account: Account, client_id: str) -> Known:
    """Return what is known of an account, as the database has it at this moment."""
    row = session().get(ScimUser, account.id, populate_existing=True)
    own = session().get(ScimUserId, (client_id, account.id), populate_existing=True)
    return Known(account, row, own.external_id if own is not None else None)


def know_all(accounts: Sequence[Account], client_id: str) -> list[Known]:
    """Return what is known of many accounts, in their order."""
    numbers = [account.id for account in accounts]
    rows = {row.account_id: row for row in session().scalars(select(ScimUser).where(ScimUser.account_id.in_(numbers)))}
    own = select(ScimUserId.account_id, ScimUserId.external_id)
    own = own.where(ScimUserId.client_id == client_id, ScimUserId.account_id.in_(numbers))
    names: dict[int, str] = dict(session().execute(own).all())
    return [Known(account, rows.get(account.id), names.get(account.id)) for account in accounts]


def tell(known: Iterable[Known]) -> list[Document]:
    """Return resources as they are sent."""
    listed = list(known)
    memberships = _memberships([one.account.id for one in listed])
    return [_tell_one(one, memberships[one.account.id]) for one in listed]


def instant(at: datetime) -> str:
    """Return an instant as RFC 7643, section 2.3.5, has it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def location(kind: str, identifier: str) -> str:
    """Return the address of a resource."""
    return f"{settings().issuer}{PATH}/{kind}/{identifier}"


def _tell_one(known: Known, memberships: list[Document]) -> Document:
    account, written = known.account, known.written
    schemas = [USER, *(name for name in written if name.startswith("urn:"))]
    meta = {
        "resourceType": "User",
        "created": instant(account.created_at),
        "lastModified": instant(known.changed_at),
        "location": location("Users", account.sub),
        "version": version_of(account.sub, written),
    }
    own = {"groups": memberships} if memberships else {}
    return {"schemas": schemas, "id": account.sub, **written, **own, "meta": meta}


def _emails(account: Account, told: list[Document]) -> list[Document]:
    """Return the addresses that a directory told, the one that counts as the account has it."""
    if not told:
        return [{"value": account.email, "type": "work", "primary": True}]
    counting = profile.main(told)
    read = identity.read_email(str(counting.get("value", "")))
    if read == account.email:
        return told
    return [{**one, "value": account.email} if one is counting else one for one in told]


def _memberships(numbers: list[int]) -> dict[int, list[Document]]:
    query = select(GroupMember.account_id, Group.id, Group.path).join(Group, Group.id == GroupMember.group_id)
    query = query.where(GroupMember.account_id.in_(numbers), groups.counts(GroupMember)).order_by(Group.path_folded)
    found: dict[int, list[Document]] = defaultdict(list)
    for account_id, group_id, path in session().execute(query):
        told = {"value": str(group_id), "$ref": location("Groups", str(group_id))}
        found[account_id].append({**told, "display": path.removeprefix("/"), "type": "direct"})
    return found
