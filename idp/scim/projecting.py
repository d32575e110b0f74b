"""Which attributes an answer holds: those that are asked for, or all but those that are not wanted (RFC 7644, section 3.9)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from idp.scim.attributes import Kind
from idp.scim.problem import INVALID_VALUE, bad

ALWAYS = frozenset({"id", "schemas"})  # whatever is asked for (RFC 7643, section 3.1)
MOST = 100  # attributes of one request

Document = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """What is asked for and what is not wanted, in lower case and without the schema of the resource; all of it where nothing is said."""

    wanted: frozenset[str] = frozenset()
    unwanted: frozenset[str] = frozenset()

    def shows(self, name: str) -> bool:
        """Return whether an answer holds any of an attribute of the resource."""
        lower = name.lower()
        if self.wanted:
            return any(one == lower or one.startswith(f"{lower}.") for one in self.wanted)
        return lower not in self.unwanted

    def cut(self, document: Mapping[str, Any]) -> Document:
        """Return what an answer holds of a resource."""
        if not self.wanted and not self.unwanted:
            return dict(document)
        return {name: self._cut_one(name, value) for name, value in document.items() if self._keeps(name)}

    def _keeps(self, name: str) -> bool:
        if name in ALWAYS:
            return True
        if name.startswith("urn:") and self.wanted:
            return any(one == name.lower() or one.startswith(f"{name.lower()}:") for one in self.wanted)
        return self.shows(name)

    def _cut_one(self, name: str, value: Any) -> Any:
        if name in ALWAYS:
            return value
        if isinstance(value, list):
            return [self._cut_one(name, one) for one in value]
        if not isinstance(value, Mapping):
            return value
        mark = ":" if name.startswith("urn:") else "."
        return {key: one for key, one in value.items() if self._keeps_sub(name.lower(), f"{name}{mark}{key}".lower())}

    def _keeps_sub(self, whole: str, part: str) -> bool:
        return (whole in self.wanted or part in self.wanted) if self.wanted else part not in self.unwanted


ALL = Choice()


def read(kinds: Iterable[Kind], attributes: Any, excluded: Any) -> Choice:
    """Return the choice that two parameters stand for, each a text with commas, or a list.

    Raises:
        Problem: `invalidValue`, where both are there, or one is no list of names.
    """
    wanted, unwanted = _names(kinds, "attributes", attributes), _names(kinds, "excludedAttributes", excluded)
    if wanted and unwanted:
        raise bad(INVALID_VALUE, "attributes and excludedAttributes cannot be used together.")
    return Choice(wanted, unwanted)


def _names(kinds: Iterable[Kind], parameter: str, value: Any) -> frozenset[str]:
    listed = value.split(",") if isinstance(value, str) else value or []
    if not isinstance(listed, list) or len(listed) > MOST or not all(isinstance(one, str) for one in listed):
        raise bad(INVALID_VALUE, f"{parameter} must be a list of at most {MOST} names.")
    own = [f"{kind.schema.lower()}:" for kind in kinds]
    found = set()
    for name in listed:
        lower = name.strip().lower()
        found.add(next((lower.removeprefix(prefix) for prefix in own if lower.startswith(prefix)), lower))
    return frozenset(found - {""})
