"""Changing the fields of a profile and custom attributes at once, all of them or nothing, for pages that ask for both."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.accounts import attribute_values, details, service
from idp.accounts.models import Account
from idp.accounts.service import Profile
from idp.base.database import session
from idp.base.outcome import Refused


@dataclass(frozen=True)
class Filled:
    """What somebody typed: `profile`, or None where it stays; texts of other standard claims and of custom attributes, by name."""

    profile: Profile | None = None
    claims: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)


def fill(account: Account, filled: Filled, *, source: str) -> list[Refused]:
    """Change what was filled in; claims that are not named stay.

    Refusals: those of `service.change_profile` and `attribute_values.change`.
    """
    with session().begin_nested() as together:
        refusals = _change_profile(account, filled, source)
        refusals += attribute_values.change(account, filled.attributes, source=source)
        if refusals:
            together.rollback()
    if refusals:
        session().refresh(account)
    return refusals


def _change_profile(account: Account, filled: Filled, source: str) -> list[Refused]:
    if filled.profile is None and not filled.claims:
        return []
    present = Profile(account.given_name, account.family_name, account.username, account.picture)
    more = details.named_texts(account.details) | dict(filled.claims)
    return service.change_profile(account, filled.profile or present, more=more, source=source)
