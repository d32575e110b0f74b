"""The report of an import: a line for each entry, and how much of everything came, was there, and did not come."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CAME, KNOWN, NOT_COME = "came", "known", "not_come"
PARTS = {"groups": "membership", "roles": "role assignment"}  # what a line counts, and what that is called in sums


@dataclass(frozen=True)
class Line:
    """What became of one entry; `without` are the parts that did not come, each with its reason."""

    kind: str
    at: str
    foreign_id: str
    outcome: str
    why: str | None = None
    without: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """Return the line as operators read it."""
        own: dict[str, Any] = {
            "kind": self.kind,
            "at": self.at,
            "id": self.foreign_id,
            "outcome": self.outcome,
            "why": self.why,
        }
        own["without"] = dict(self.without)
        return {name: value for name, value in (own | dict(self.more)).items() if value not in (None, {}, "")}


@dataclass
class Counts:
    """How many entries of each kind came, were known, and did not come; how often a part was left behind."""

    came: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    not_come: Counter[str] = field(default_factory=Counter)
    without: Counter[str] = field(default_factory=Counter)

    @classmethod
    def read(cls, kept: Mapping[str, Mapping[str, int]]) -> "Counts":
        """Return counts as `kept` wrote them."""
        return cls(**{name: Counter(kept.get(name, {})) for name in ("came", "known", "not_come", "without")})

    def add(self, line: Line) -> None:
        """Count a line."""
        {CAME: self.came, KNOWN: self.known, NOT_COME: self.not_come}[line.outcome][line.kind] += 1
        for part, kind in PARTS.items():
            if line.more.get(part):
                self.came[kind] += line.more[part]
        self.without.update(f"{line.kind}.{part}" for part in line.without)

    def kept(self) -> dict[str, dict[str, int]]:
        """Return the counts as they are kept, and told."""
        return {name: dict(sorted(counter.items())) for name, counter in vars(self).items()}
