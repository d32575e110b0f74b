"""Whether a value of a document meets a filter: for the paths of a PATCH (RFC 7644, section 3.5.2)."""

from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt
from typing import Any

from idp.scim.attributes import Attribute
from idp.scim.filters import Compare, Filter, Joined, Negated, Present, Within
from idp.scim.problem import INVALID_FILTER, bad

TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "co": lambda text, part: part in text,
    "sw": str.startswith,
    "ew": str.endswith,
}
ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {"gt": gt, "ge": ge, "lt": lt, "le": le}


def meets(value: Mapping[str, Any], condition: Filter, attribute: Attribute) -> bool:
    """Return whether one value of a complex attribute meets a condition on its sub-attributes.

    Raises:
        Problem: `invalidFilter`, for a sub-attribute that it does not have, or a comparison that makes no sense.
    """
    match condition:
        case Joined(word, parts):
            found = [meets(value, part, attribute) for part in parts]  # all of them: each is looked at for mistakes
            return all(found) if word == "and" else any(found)
        case Negated(part):
            return not meets(value, part, attribute)
        case Present(path):
            return value.get(_find(path, attribute).name) is not None
        case Compare():
            return _compare(value, condition, attribute)
        case Within():
            raise bad(INVALID_FILTER, f"{attribute.name} has no values within its values.")


def fixed(condition: Filter) -> dict[str, Any] | None:
    """Return the sub-attributes that a condition demands by `eq` alone, so that a value can be made that meets it; else None."""
    match condition:
        case Compare(path, "eq", value):
            return {path: value}
        case Joined("and", parts):
            found: dict[str, Any] = {}
            for part in parts:
                one = fixed(part)
                if one is None:
                    return None
                found |= one
            return found
        case _:
            return None


def _compare(value: Mapping[str, Any], asked: Compare, attribute: Attribute) -> bool:
    sub = _find(asked.path, attribute)
    present, wanted = value.get(sub.name), asked.value
    if sub.kind == "boolean" and isinstance(wanted, str):
        wanted = {"true": True, "false": False}.get(wanted.lower(), wanted)
    if isinstance(present, str) and isinstance(wanted, str) and not sub.is_exact:
        present, wanted = present.casefold(), wanted.casefold()
    if asked.operator in {"eq", "ne"}:
        return (present == wanted) == (asked.operator == "eq")
    if isinstance(present, bool) or not isinstance(wanted, str | float):
        raise bad(INVALID_FILTER, f"{asked.path} does not compare by {asked.operator}.")
    if asked.operator in TEXTS:
        return isinstance(present, str) and isinstance(wanted, str) and TEXTS[asked.operator](present, wanted)
    is_alike = isinstance(present, str) == isinstance(wanted, str) and present is not None
    return is_alike and ORDERS[asked.operator](present, wanted)


def _find(path: str, attribute: Attribute) -> Attribute:
    sub = attribute.subs.get(path.lower().removeprefix(f"{attribute.name.lower()}."))
    if sub is None:
        raise bad(INVALID_FILTER, f"There is no attribute {path[:100]} of {attribute.name}.")
    return sub
