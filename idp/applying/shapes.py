"""Mappings, whose members are kinds: those that may stand in one, of which some are needed, and none twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from idp.applying import scalars
from idp.applying.document import Listed, Mapped, Node, Place, Scalar, shorten
from idp.applying.kinds import At, Choice, Kind, Schema, Text, is_nothing


@dataclass(frozen=True)
class Filled:
    """The members of a mapping that are there and have a value, with the place of each."""

    place: Place
    values: dict[str, Any]
    places: dict[str, Place]


@dataclass(frozen=True)
class Member:
    """A member of a mapping: its name, what it may be, and what it is, in a sentence for editors."""

    name: str
    kind: Kind
    about: str
    is_needed: bool = False


@dataclass(frozen=True)
class Members:
    """A mapping whose members are known. One without a value is as one that is not there; others are refused."""

    members: tuple[Member, ...]
    # What somebody may expect here, and why it is not: told instead of that it is unknown.
    absent: Mapping[str, str] = field(default_factory=dict)

    def read(self, node: Node, at: At) -> Any:
        """Return the members that are there."""
        if not isinstance(node, Mapped):
            return at.refuse(node.place, "Members are needed here, each on a line of its own: “name: value”.")
        known = {member.name: member for member in self.members}
        values: dict[str, Any] = {}
        places: dict[str, Place] = {}
        for key, value in node.members:
            member = known.get(key.text)
            if member is None:
                at.member(shorten(key.text)).refuse(key.place, self._say_unknown(key.text))
                continue
            places[key.text] = key.place
            if not is_nothing(value):
                values[key.text] = member.kind.read(value, at.member(key.text))
        for member in self.members:
            if member.is_needed and member.name not in values:
                place = places.get(member.name, node.place)
                at.member(member.name).refuse(place, f"“{member.name}” is needed: {member.about}")
        return Filled(node.place, values, places)

    def schema(self) -> Schema:
        """Return it as JSON Schema has it."""
        needed = [member.name for member in self.members if member.is_needed]
        properties = {member.name: _describe(member) for member in self.members}
        made: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
        return made | ({"required": needed} if needed else {})

    def _say_unknown(self, name: str) -> str:
        if name in self.absent:
            return self.absent[name]
        if name == "<<":
            return (
                "Members are not merged here: “<<” belongs to YAML 1.1. Write them out, or repeat a value by an alias."
            )
        near = get_close_matches(name, [member.name for member in self.members], 1)
        return (
            f"There is no member of this name. Did you mean {near[0]}?" if near else "There is no member of this name."
        )


@dataclass(frozen=True)
class Tagged:
    """A mapping whose members are said by one of them, the first."""

    tag: str
    about: str
    kinds: Mapping[str, tuple[Member, ...]]

    def read(self, node: Node, at: At) -> Any:
        """Return the members that are there."""
        said = Member(self.tag, Choice(tuple(self.kinds)), self.about, is_needed=True)
        found = next((value for key, value in _members(node) if key.text == self.tag), None)
        word = found.text if isinstance(found, Scalar) else ""
        # Without the word nothing can be said of the other members.
        return Members((said, *self.kinds.get(word, next(iter(self.kinds.values()))))).read(node, at)

    def schema(self) -> Schema:
        """Return it as JSON Schema has it."""
        return {
            "oneOf": [
                Members((Member(self.tag, Choice((word,)), self.about, is_needed=True), *members)).schema()
                for word, members in self.kinds.items()
            ]
        }


@dataclass(frozen=True)
class Json:
    """An object of JSON as it stands, such as a key set."""

    def read(self, node: Node, at: At) -> Any:
        """Return the object."""
        value = _to_json(node, at)
        return value if isinstance(value, dict) else at.refuse(node.place, "An object is needed here.")

    def schema(self) -> Schema:
        """Return it as JSON Schema has it."""
        return {"type": "object"}


def _describe(member: Member) -> Schema:
    """Return a member's schema; one that is not needed may have no value."""
    made = member.kind.schema()
    if not member.is_needed:
        made = {"anyOf": [made, {"type": "null"}]}
    return made | {"description": member.about}


def _members(node: Node) -> Sequence[tuple[Scalar, Node]]:
    return node.members if isinstance(node, Mapped) else ()


def _to_json(node: Node, at: At) -> Any:
    if isinstance(node, Mapped):
        return {key.text: _to_json(value, at.member(shorten(key.text))) for key, value in node.members}
    if isinstance(node, Listed):
        return [_to_json(item, at.item(number)) for number, item in enumerate(node.items)]
    if node.is_plain:
        if node.text in scalars.NOTHING:
            return None
        if node.text in scalars.TRUE | scalars.FALSE:
            return node.text in scalars.TRUE
        if scalars.WHOLE.fullmatch(node.text):
            return int(node.text)
    return Text().read(node, at)
