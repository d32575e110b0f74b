"""The words of a type: a text with places such as {creditor.name}, which stand for what an object says there.

Nothing in it is executed. What is put in is the client's, and stays apart from the words around it, so that a page can show which is which.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from idp.base import writing

PLACE = re.compile(r"\{([^{}]*)\}")
PATH = re.compile(r"[A-Za-z0-9_$-]{1,64}(\.[A-Za-z0-9_$-]{1,64}){0,7}")
LONGEST_VALUE = 200  # characters
MOST_ITEMS = 20
NOTHING = "–"


def find_fault(words: str) -> str | None:
    """Return the place that is none, or the bracket that stands alone; None where every place can be read."""
    for match in PLACE.finditer(words):
        if not PATH.fullmatch(match.group(1)):
            return match.group(0)
    return next((bracket for bracket in "{}" if bracket in PLACE.sub("", words)), None)


def fill(words: str, detail: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Return the words in pieces, in order: each a text, and whether it is what the object says."""
    return [piece for piece in _pieces(words, detail) if piece[0]]


def _pieces(words: str, detail: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    at = 0
    for match in PLACE.finditer(words):
        yield words[at : match.start()], False
        yield _write(_find(detail, match.group(1))), True
        at = match.end()
    yield words[at:], False


def _find(value: Any, path: str) -> Any:
    """Return what stands at a path: members by name, items of a list by number; None for nothing."""
    for name in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and name.isascii() and name.isdigit() and len(name) < 4 and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def _write(value: Any) -> str:
    """Return a value as people read it; of a list its items, of an object nothing that it says."""
    if isinstance(value, list):
        more = ", …" if len(value) > MOST_ITEMS else ""
        return _cut(", ".join(_write(item) for item in value[:MOST_ITEMS]) + more) or NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return _cut(_show(str(value))) or NOTHING
    return NOTHING


def _show(text: str) -> str:
    """Return a text of somebody else's as it may stand on a page: nothing in it that is not seen or turns what follows."""
    tidied = writing.tidy(text).strip()
    if writing.find_fault(tidied) is None:
        return tidied
    return "".join(
        character if writing.find_fault(character) is None or character == " " else "?" for character in tidied
    )


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
