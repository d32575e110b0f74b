"""The attributes of a resource as its schema has them (RFC 7643, section 7): names in any case, kinds of values, and paths to them.

A document of a client is read into one with the names of the schema. What the schema does not know, or lets nobody write, is left out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.scim import filters
from idp.scim.filters import Filter
from idp.scim.problem import INVALID_PATH, INVALID_VALUE, NO_TARGET, bad

LONGEST_TEXT = 4000  # characters of one value
MOST_VALUES = 100  # of one attribute, but for members of groups, which have a bound of their own
PATH = re.compile(
    r"(?P<name>[A-Za-z$][A-Za-z0-9_$-]*)(?:\[(?P<filter>.*)\])?(?:\.(?P<sub>[A-Za-z$][A-Za-z0-9_$-]*))?", re.S
)
FLAGS = {"true": True, "false": False}


@dataclass(frozen=True)
class Attribute:
    """One attribute, with its sub-attributes by their names in lower case."""

    name: str
    kind: str
    is_multiple: bool = False
    is_writable: bool = True
    is_required: bool = False
    is_exact: bool = False
    subs: Mapping[str, "Attribute"] = field(default_factory=dict)

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> "Attribute":
        """Return an attribute as a schema describes it."""
        subs = [cls.of(sub) for sub in described.get("subAttributes") or ()]
        return cls(
            described["name"],
            described["type"],
            bool(described.get("multiValued")),
            described.get("mutability") != "readOnly",
            bool(described.get("required")),
            bool(described.get("caseExact")),
            {sub.name.lower(): sub for sub in subs},
        )


@dataclass(frozen=True)
class Path:
    """A place in a document: an attribute of the resource or of an extension, perhaps some of its values, perhaps a sub-attribute of these.

    Without an attribute it is the whole extension.
    """

    extension: str | None
    attribute: Attribute | None
    chosen: Filter | None = None
    sub: Attribute | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of resource: its schema, its extensions, and the attributes of each by their names in lower case."""

    name: str
    schema: str
    attributes: Mapping[str, Attribute]
    extensions: Mapping[str, Mapping[str, Attribute]]
    most_values: Mapping[str, int] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        """Where its resources are."""
        return f"/{self.name}s"

    def read(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the attributes of a document that may be written, by the names of the schema; those without a value are left out.

        Raises:
            Problem: `invalidValue`, for a value of another kind than the attribute's.
        """
        found: dict[str, Any] = {}
        for name, value in document.items():
            extension = self._find_extension(name)
            if extension is not None:
                found |= self._read_extension(extension, value)
            elif (attribute := self.attributes.get(self._strip(name).lower())) is not None:
                found |= read_member(attribute, value, most=self._most(attribute))
        return found

    def read_value(self, path: Path, value: Any) -> Any:
        """Return a value for a place; None for one that is none. Problems: as of `read`."""
        if path.attribute is None:
            return self._read_extension(path.extension or "", value).get(path.extension or "")
        if path.sub is not None:
            return read_one(path.sub, value, f"{path.attribute.name}.{path.sub.name}")
        if path.chosen is not None:
            return read_one(path.attribute, value, path.attribute.name)
        return read_member(path.attribute, value, most=self._most(path.attribute)).get(path.attribute.name)

    def find(self, text: str) -> Path:
        """Return the place that a path names.

        Raises:
            Problem: `invalidPath` for what is none, `noTarget` for an attribute that the schema does not have.
        """
        extension, rest = self._split(text.strip())
        if extension is not None and not rest:
            return Path(extension, None)
        parsed = PATH.fullmatch(rest)
        if parsed is None or len(text) > filters.LONGEST:
            raise bad(INVALID_PATH, f"“{text[:100]}” is no path.")
        names = self.extensions[extension] if extension is not None else self.attributes
        attribute = names.get(parsed["name"].lower())
        if attribute is None:
            raise bad(NO_TARGET, f"There is no attribute {text[:100]} of a {self.name}.")
        sub = None
        if parsed["sub"] is not None and (sub := attribute.subs.get(parsed["sub"].lower())) is None:
            raise bad(NO_TARGET, f"There is no attribute {text[:100]} of a {self.name}.")
        if parsed["filter"] is None:
            return Path(extension, attribute, None, sub)
        if not (attribute.is_multiple and attribute.subs):
            raise bad(INVALID_PATH, f"{attribute.name} has no values to choose among.")
        return Path(extension, attribute, filters.read(parsed["filter"]), sub)

    def _most(self, attribute: Attribute) -> int:
        return self.most_values.get(attribute.name, MOST_VALUES)

    def _find_extension(self, name: str) -> str | None:
        return next((urn for urn in self.extensions if urn.lower() == name.lower()), None)

    def _split(self, text: str) -> tuple[str | None, str]:
        """Return the extension that a path begins with, if any, and the rest."""
        for urn in self.extensions:
            if text.lower() == urn.lower():
                return urn, ""
            if text.lower().startswith(f"{urn.lower()}:"):
                return urn, text[len(urn) + 1 :]
        return None, self._strip(text)

    def _strip(self, name: str) -> str:
        """Return a name without the schema of the resource itself."""
        return name[len(self.schema) + 1 :] if name.lower().startswith(f"{self.schema.lower()}:") else name

    def _read_extension(self, urn: str, value: Any) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise bad(INVALID_VALUE, f"{urn} must be an object.")
        known = self.extensions[urn]
        found: dict[str, Any] = {}
        for name, one in value.items():
            attribute = known.get(name.lower())
            if attribute is not None:
                found |= read_member(attribute, one)
        return {urn: found} if found else {}


def read_member(attribute: Attribute, value: Any, *, most: int = MOST_VALUES) -> dict[str, Any]:
    """Return an attribute with its value, or nothing where it has none or nobody may write it."""
    if not attribute.is_writable or value is None:
        return {}
    if not attribute.is_multiple:
        one = read_one(attribute, value, attribute.name)
        return {attribute.name: one} if one is not None else {}
    values = value if isinstance(value, list) else [value]
    if len(values) > most:
        raise bad(INVALID_VALUE, f"{attribute.name} has more than {most} values.")
    read = [one for one in (read_one(attribute, item, attribute.name) for item in values) if one is not None]
    return {attribute.name: read} if read else {}


def read_one(attribute: Attribute, value: Any, name: str) -> Any:
    """Return a single value as it is kept, None for one that is none. Flags may be words, as some clients send them."""
    if value is None:
        return None
    if attribute.kind == "complex":
        return _read_complex(attribute, value, name)
    if attribute.kind == "boolean":
        flag = FLAGS.get(value.strip().lower()) if isinstance(value, str) else value
        if not isinstance(flag, bool):
            raise bad(INVALID_VALUE, f"{name} must be true or false.")
        return flag
    if attribute.kind in {"integer", "decimal"}:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise bad(INVALID_VALUE, f"{name} must be a number.")
        return value
    if not isinstance(value, str):
        raise bad(INVALID_VALUE, f"{name} must be a text.")
    if len(value) > LONGEST_TEXT or "\0" in value:
        raise bad(INVALID_VALUE, f"{name} is longer than {LONGEST_TEXT} characters, or has one that cannot be used.")
    return value or None


def _read_complex(attribute: Attribute, value: Any, name: str) -> dict[str, Any] | None:
    if isinstance(value, str) and "value" in attribute.subs:
        value = {"value": value} if value else {}  # so some clients name members, and managers
    if not isinstance(value, Mapping):
        raise bad(INVALID_VALUE, f"{name} must be an object.")
    found: dict[str, Any] = {}
    for key, one in value.items():
        sub = attribute.subs.get(key.lower())
        if sub is not None and sub.is_writable and (read := read_one(sub, one, f"{name}.{sub.name}")) is not None:
            found[sub.name] = read
    return found or None
