"""What is there of an entry: as a file would say it, and what of it is compared and never shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.base.outcome import Reason, Refused

YES = "yes"  # with what is deleted, what hangs on it may go


@dataclass(frozen=True)
class State:
    """One entry as it is: its members as a file says them, without those that are at their defaults.

    `identity` is another one where something else of the same name was made later. `hidden` has what tells whether a secret or a picture is
    another one than before.
    """

    told: dict[str, Any]
    identity: str = ""
    hidden: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Terms:
    """Who acts, and what has been accepted by name."""

    actor: str
    accepted: frozenset[str] = frozenset()


def without(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that are not at their defaults."""
    return {name: value for name, value in values.items() if name not in defaults or value != defaults[name]}


def refuse(member: str | None, detail: str) -> Refused:
    """Return the refusal of a member, with a sentence."""
    return Refused(Reason.CLIENT_INVALID, member, detail=detail)
