"""Which required fields somebody lacks: custom attributes and standard ones that an administrator has made required.

Where nothing is required, or the account is there anyway, the database is not asked.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import Select, select

from idp.accounts import attribute_values, details
from idp.accounts.models import Account
from idp.attributes import known
from idp.attributes.definition import Definition
from idp.base.outcome import Reason, Refused
from idp.base.statements import parameter, statement

OF_ACCOUNT = ("given_name", "family_name", "username", "picture")


class Somebody(Protocol):
    """An account, or what was read of one."""

    @property
    def given_name(self) -> str:
        """The first name."""

    @property
    def family_name(self) -> str:
        """The last name."""

    @property
    def username(self) -> str | None:
        """The username."""

    @property
    def picture(self) -> str | None:
        """The address of a picture."""

    @property
    def details(self) -> dict[str, Any]:
        """The other standard claims."""

    @property
    def attributes(self) -> dict[str, Any] | None:
        """The custom attributes."""


def of(whom: Somebody) -> list[Definition]:
    """Return what somebody has to fill in, in the order of the attributes."""
    return [definition for definition in known.demanded() if not _has(whom, definition)]


def is_anything(whom: Somebody) -> bool:
    """Return whether somebody has to fill anything in."""
    return bool(known.demanded()) and bool(of(whom))


def is_anything_of(account_id: int) -> bool:
    """Return the same of an account that was not read: one statement, where anything is required at all."""
    if not known.demanded():
        return False
    row = _profile.first(id=account_id)
    return row is not None and bool(of(row))


def read_newcomer(
    told: Mapping[str, str | None], more: Mapping[str, str], attributes: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any]] | list[Refused]:
    """Return the details and attributes of somebody who signs up on a page, or everything that is wrong with them.

    `told` are the fields of the profile itself. Refusals: those of `details.read` and `attribute_values.read`, ATTRIBUTE_NEEDED.
    """
    found = details.read(more)
    custom = attribute_values.read(attributes, [one for one in known.custom() if one.is_asked])
    refusals = [wrong for read in (found, custom) if isinstance(read, list) for wrong in read]
    texts = {**told, **more, **attributes}
    refusals += [
        Refused(Reason.ATTRIBUTE_NEEDED, field_of(one))
        for one in known.demanded()
        if not (texts.get(one.name) or "").strip()
    ]
    if refusals or isinstance(found, list) or isinstance(custom, list):
        return refusals
    return found, custom


def field_of(definition: Definition) -> str:
    """Return the field by which a refusal names an attribute."""
    return definition.name if definition.is_custom else field_of_name(definition.name)


def field_of_name(name: str) -> str:
    """Return the field of a standard one: that of the claim, or of the address's member."""
    return name.rpartition(".")[2]


def _has(whom: Somebody, definition: Definition) -> bool:
    if definition.is_custom:
        return (whom.attributes or {}).get(definition.name) is not None
    if definition.name in OF_ACCOUNT:
        return bool(getattr(whom, definition.name))
    found: Any = whom.details or {}
    for part in definition.name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return bool(found)


@statement
def _profile(_dialect: str) -> Select[Any]:
    columns = (getattr(Account, name) for name in (*OF_ACCOUNT, "details", "attributes"))
    return select(*columns).where(Account.id == parameter("id", Account.id))
