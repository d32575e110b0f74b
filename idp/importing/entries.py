"""What a source tells of an export, entry by entry: applications, roles, groups, people, and what cannot come at all.

Every value is as the export has it, but of the right type; `vetting` and the rules of each room judge it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from idp.accounts.foreign_hashes import Unfit


class Unreadable(Exception):
    """A file that cannot be read further; the text says where and why."""


@dataclass(frozen=True)
class Seed:
    """The secret of an authenticator app: six digits from SHA-1, of 30 seconds."""

    name: str
    secret: bytes


class RoleName(NamedTuple):
    """What a role is called: one of the whole server, or of the client of this identifier."""

    name: str
    client_id: str | None = None


@dataclass(frozen=True)
class Person:
    """One account. `password` is a hash in the form that is kept, or why it cannot come; `lost` says so of other parts by name.

    `groups` are paths, as a `Team` has them.
    """

    at: str
    foreign_id: str
    email: str
    verified: bool = False
    username: str = ""
    given_name: str = ""
    family_name: str = ""
    claims: Mapping[str, str] = field(default_factory=dict)
    # What may be an attribute that is defined here, by name; what has none is told.
    attributes: Mapping[str, str] = field(default_factory=dict)
    password: str | Unfit | None = None
    disabled: bool = False
    created_at: datetime | None = None
    seeds: tuple[Seed, ...] = ()
    codes: tuple[str, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    roles: tuple[RoleName, ...] = ()
    lost: Mapping[str, str] = field(default_factory=dict)
    # What stands for the person in tokens there, where it is known.
    subject: str | None = None


@dataclass(frozen=True)
class Application:
    """One client: `members` are those of a registration."""

    at: str
    foreign_id: str
    members: Mapping[str, Any]
    secret: str | None = None
    disabled: bool = False
    lost: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Duty:
    """One role, behind the client that it may belong to. `is_default`: whoever is new has it."""

    at: str
    foreign_id: str
    role: RoleName
    description: str = ""
    is_default: bool = False
    lost: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Team:
    """One group by the names of its path, the highest first, behind the group above it; whoever is in it has its roles."""

    at: str
    foreign_id: str
    path: tuple[str, ...]
    description: str = ""
    roles: tuple[RoleName, ...] = ()
    lost: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Left:
    """What stays behind, of whichever kind, and why."""

    at: str
    kind: str
    foreign_id: str
    why: str


@dataclass(frozen=True)
class Counted:
    """So many of something that could not come yet, told once for a whole file."""

    kind: str
    count: int


Entry = Person | Application | Duty | Team | Left


class Source(Protocol):
    """An export that is read from its beginning, again and again with the same entries in the same order."""

    name: str  # the product, and what tells its installations apart

    def digest(self) -> bytes:
        """Return 32 bytes that change with the export."""

    def entries(self) -> Iterator[Entry]:
        """Yield what there is: whatever others belong to stands before them.

        Raises:
            Unreadable: it cannot be read further.
        """

    def uncounted(self) -> list[Counted]:
        """Return what could not come yet, as far as `entries` has passed it."""
