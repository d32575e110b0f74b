"""Members of an export, of the type that they should have: an export is a stranger's, and a wrong type is no value."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

LONGEST = 4000  # characters of a text that are looked at
TRUE = frozenset({"true", "t", "1", "yes", "y", "on"})


def text(whole: Any, *names: str) -> str:
    """Return the first text, or number, that a member of these names has; empty for none. Halves of characters are replaced."""
    for name in names:
        value = whole.get(name) if isinstance(whole, Mapping) else None
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value:
            return value[:LONGEST].encode("utf-8", "replace").decode()
    return ""


def flag(whole: Any, name: str, default: bool = False) -> bool:
    """Return a yes or no, as JSON has it or as tables write it."""
    value = whole.get(name) if isinstance(whole, Mapping) else None
    if isinstance(value, str):
        return value.strip().lower() in TRUE if value.strip() else default
    return bool(value) if isinstance(value, bool | int) else default


def texts(whole: Any, name: str) -> list[str]:
    """Return the texts of a list; one alone counts as a list."""
    value = whole.get(name) if isinstance(whole, Mapping) else None
    found = value if isinstance(value, list) else [value]
    return [one[:LONGEST].encode("utf-8", "replace").decode() for one in found if isinstance(one, str) and one]


def keys(whole: Any, name: str) -> list[str]:
    """Return the keys of a list, which are texts or numbers."""
    value = whole.get(name) if isinstance(whole, Mapping) else None
    found = [text({name: one}, name) for one in value] if isinstance(value, list) else []
    return [key for key in found if key]


def mapping(whole: Any, name: str) -> Mapping[str, Any]:
    """Return an object; an empty one for anything else."""
    value = whole.get(name) if isinstance(whole, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def objects(whole: Any, name: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list."""
    value = whole.get(name) if isinstance(whole, Mapping) else None
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def instant(value: Any) -> datetime | None:
    """Return an instant, from ISO 8601, milliseconds since 1970, or a column of a database; None for what is none."""
    try:
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC)
        found = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    if found is None:
        return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def flat(whole: Mapping[str, Any]) -> dict[str, str]:
    """Return members as texts; the values of a list with commas between, and an object as JSON."""
    return {str(name): _write(value) for name, value in whole.items() if value not in (None, "", [], {})}


def _write(value: Any) -> str:
    if isinstance(value, list) and not any(isinstance(one, list | dict) for one in value):
        return ", ".join(_write(one) for one in value)
    try:
        told = value if isinstance(value, str) else json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        told = "?"
    return told[:LONGEST].encode("utf-8", "replace").decode()
