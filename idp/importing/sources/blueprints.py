"""The entries of a blueprint of authentik, read from YAML one by one: a document of any length, of which one entry is in memory.

What stands for something else (`!KeyOf`, `!Find`, `!Env`) is left as the text that it is; anchors are of one entry.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from idp.importing.entries import Unreadable

SCALARS = {"true": True, "false": False, "null": None, "~": None, "": None}


def entries(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield what stands under `entries`, counted from 1.

    Raises:
        Unreadable: it is no YAML from some line on.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    number = 0
    try:
        with path.open(encoding="utf-8-sig") as file:
            events = iter(yaml.parse(file, Loader=loader))
            if not _go_to_entries(events):
                raise Unreadable(f"{path.name} is no blueprint: it has no list of entries")
            for event in events:
                if isinstance(event, yaml.SequenceEndEvent):
                    return
                number += 1
                yield number, _build(event, events, {})
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        place = getattr(error, "problem_mark", None)
        line = f", line {place.line + 1}" if place is not None else ""
        raise Unreadable(f"{path.name} is no YAML from behind its {number}. entry on{line}") from None


def _go_to_entries(events: Iterator[Any]) -> bool:
    """Pass over what stands before the list of entries; return whether there is one."""
    for event in events:
        if isinstance(event, yaml.MappingStartEvent):
            break
    for key in events:
        if isinstance(key, yaml.MappingEndEvent):
            return False
        value = next(events)
        if getattr(key, "value", None) == "entries":
            return isinstance(value, yaml.SequenceStartEvent)
        _build(value, events, {})
    return False


def _build(event: Any, events: Iterator[Any], anchors: dict[str, Any]) -> Any:
    """Return the value that begins with an event."""
    if isinstance(event, yaml.AliasEvent):
        return anchors.get(str(event.anchor))
    if isinstance(event, yaml.ScalarEvent):
        made: Any = _read_scalar(event)
    elif isinstance(event, yaml.SequenceStartEvent):
        made = []
        while not isinstance(inner := next(events), yaml.SequenceEndEvent):
            made.append(_build(inner, events, anchors))
    else:
        made = {}
        while not isinstance(key := next(events), yaml.MappingEndEvent):
            name = _build(key, events, anchors)
            made[str(name)] = _build(next(events), events, anchors)
    if event.anchor:
        anchors[event.anchor] = made
    return made


def _read_scalar(event: Any) -> Any:
    """Return a plain scalar as what it means, as far as it matters here; numbers stay texts, which identifiers are read from."""
    is_plain = event.style in (None, "") and event.implicit[0]
    return SCALARS.get(event.value.lower(), event.value) if is_plain else event.value
