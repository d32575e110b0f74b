"""What a member may be: each kind reads a node of the file, and says itself as JSON Schema. One definition checks files and helps editors.

Mappings and their members are in `shapes`. A kind never stops at the first thing that is wrong: it notes it with its place, and what it
returns then is used by nobody.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from idp.applying import scalars
from idp.applying.document import Listed, Node, Place, Scalar, Trouble, shorten

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Schema = dict[str, Any]


@dataclass(frozen=True)
class At:
    """The way to a value, and where what is wrong is noted."""

    troubles: list[Trouble]
    path: str = ""

    def member(self, name: str) -> "At":
        """Return the way to a member."""
        return At(self.troubles, f"{self.path}.{name}" if self.path else name)

    def item(self, number: int) -> "At":
        """Return the way to an item of a list, counted from 0."""
        return At(self.troubles, f"{self.path}[{number}]")

    def refuse(self, place: Place, sentence: str) -> Any:
        """Note what is wrong here; what is returned stands for no value."""
        self.troubles.append(Trouble(place, self.path, sentence))


class Kind(Protocol):
    """What a member may be."""

    def read(self, node: Node, at: At) -> Any:
        """Return the value of a node, or note what is wrong with it."""

    def schema(self) -> Schema:
        """Return it as JSON Schema has it."""


@dataclass(frozen=True)
class Text:
    """A text; in quotes where some reader of YAML would take it for something else."""

    def read(self, node: Node, at: At) -> Any:
        """Return the text."""
        if not isinstance(node, Scalar):
            return at.refuse(node.place, "A text is needed here.")
        if node.is_plain and not node.text:
            return at.refuse(node.place, "A text is needed here, and nothing stands here.")
        other = scalars.taken_for(node.text) if node.is_plain else None
        if other is not None:
            said = f"A text is needed here, and some readers of YAML take “{shorten(node.text)}” for {other}."
            return at.refuse(node.place, f"{said} Put it into quotes.")
        return node.text

    def schema(self) -> Schema:
        """Return it as JSON Schema has it."""
        return {"type": "string"}


@dataclass(frozen=True)
class Choice:
    """One of some words."""

    words: tuple[str, ...]

    def read(self, node: Node, at: At) -> Any:
        """Return the word."""
        if isinstance(node, Scalar) and node.text in self.words:
            return node.text
        return at.refuse(node.place, f"Use one of: {', '.join(self.words)}.")

    def schema(self) -> Schema:
        """Return it as JSON Schema has it."""
        return {"enum": list(self.words)}


@dataclass(frozen=True)
class Flag:
    """true or false."""

    def read(self, node: Node, at: At) -> Any:
        """Return the value."""
        if not isinstance(node, Scalar):
            return at.refuse(node.place, "Write true or false.")
        if node.is_plain and node.text in scalars.TRUE | scalars.FALSE:
            return node.text in scalars.TRUE
        if node.text.lower() in scalars.FORMER_TRUTHS:
            sentence = f"Write true or false: “{node.text}” is one of them in YAML 1.1, and a text in YAML 1.2."
            return at.refuse(node.place, sentence)
        return at.refuse(node.place, "Write true or false, without quotes.")

    def schema(self) -> Schema:
        """Return it as JSON Schema has it."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Number:
    """A whole number."""

    least: int
    most: int

    def read(self, node: Node, at: At) -> Any:
        """Return the number."""
        wanted = f"A whole number from {self.least} to {self.most} is needed"
        if not isinstance(node, Scalar) or not scalars.WHOLE.fullmatch(node.text):
            if isinstance(node, Scalar) and re.fullmatch(r"[-+]?0[0-7]+", node.text):
                return at.refuse(node.place, f"{wanted}; some readers of YAML take {shorten(node.text)} for octal.")
            return at.refuse(node.place, f"{wanted}, in decimal digits.")
        if not node.is_plain:
            return at.refuse(node.place, f"{wanted}, without quotes.")
        number = int(node.text)
        return number if self.least <= number <= self.most else at.refuse(node.place, f"{wanted}.")

    def schema(self) -> Schema:
        """Return it as JSON Schema has it."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Day:
    """A day, such as 2027-01-31."""

    def read(self, node: Node, at: At) -> Any:
        """Return the day as it is written."""
        try:
            if isinstance(node, Scalar) and DAY.fullmatch(node.text):
                return date.fromisoformat(node.text).isoformat()
        except ValueError:
            pass
        return at.refuse(node.place, "Write a day as year, month and day, such as 2027-01-31.")

    def schema(self) -> Schema:
        """Return it as JSON Schema has it."""
        return {"type": "string", "format": "date"}


@dataclass(frozen=True)
class Many:
    """A list, each item of one kind."""

    kind: Kind

    def read(self, node: Node, at: At) -> Any:
        """Return the items."""
        if not isinstance(node, Listed):
            return at.refuse(node.place, "A list is needed here: each item on a line of its own, behind “- ”.")
        return [self.kind.read(item, at.item(number)) for number, item in enumerate(node.items)]

    def schema(self) -> Schema:
        """Return it as JSON Schema has it."""
        return {"type": "array", "items": self.kind.schema()}


def is_nothing(node: Node) -> bool:
    """Return whether a node has no value."""
    return isinstance(node, Scalar) and node.is_plain and node.text in scalars.NOTHING
