"""Each section's way to what is there: looking, bringing an entry there, deleting, listing all; through the rooms' services alone."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from idp.applying.form import Entry
from idp.applying.sections import (
    attributes,
    clients,
    details,
    groups,
    issuers,
    policies,
    providers,
    provisioning,
    resources,
    roles,
    scopes,
)
from idp.applying.states import State, Terms
from idp.base.outcome import Refused


class Keeper(Protocol):
    """What a module of this folder has. Where something is refused, an entry may be half there: whoever calls undoes everything."""

    def look(self, key: str, /) -> State | None:
        """Return what is there under a name, which nobody else changes until the commit; None for nothing."""

    def put(self, entry: Entry, terms: Terms, /) -> list[Refused]:
        """Bring there what an entry says."""

    def remove(self, key: str, terms: Terms, /) -> list[Refused]:
        """Delete what is there."""

    def every(self, after: str = "", most: int | None = None, /) -> Iterator[State]:
        """Yield all that is there, in the order of a file; of clients and groups, which may be many, so many behind a name."""

    def member_of(self, field: str | None, /) -> str | None:
        """Return the member of an entry that a refusal's field is about."""


KEEPERS: Mapping[str, Keeper] = {
    "attributes": attributes,
    "groups": groups,
    "resources": resources,
    "authorization_details_types": details,
    "clients": clients,
    "scopes": scopes,
    "roles": roles,
    "provisioning": provisioning,
    "providers": providers,
    "issuers": issuers,
    "policies": policies,
}
