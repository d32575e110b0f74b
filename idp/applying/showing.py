"""What became of a file, for people as a unified diff, for programs as JSON. A secret is never told: only that it is another one."""

from collections.abc import Iterator
from difflib import unified_diff
from typing import Any

from idp.applying import writing
from idp.applying.document import Trouble
from idp.applying.running import Change, Outcome
from idp.applying.states import State

CONTEXT = 3  # lines around a change
ABSENT = "/dev/null"
BEFORE, AFTER, SOME = "(the one before)", "(another one)", "(not shown)"


def draw(changes: list[Change]) -> Iterator[str]:
    """Yield the lines of a unified diff: each entry as a file of its own."""
    for change in changes:
        name = change.title
        before, after = _write(change, change.before, BEFORE), _write(change, change.after, AFTER)
        source = f"a/{name}" if change.before is not None else ABSENT
        target = f"b/{name}" if change.after is not None else ABSENT
        yield from unified_diff(before, after, source, target, n=CONTEXT, lineterm="")


def sum_up(outcome: Outcome, *, dry_run: bool) -> str:
    """Return a sentence that says how much changed."""
    if not outcome.changes:
        return f"Nothing to do: all {outcome.unchanged} entries are as the file says."
    words = (f"{count} {action}" for action, count in outcome.counts().items())
    counted = f"{', '.join(words)}, {outcome.unchanged} as they were"
    return f"Nothing was written. It would be: {counted}." if dry_run else f"Done: {counted}."


def tell(outcome: Outcome, *, dry_run: bool) -> dict[str, Any]:
    """Return what became of a file as JSON has it."""
    return {
        "dry_run": dry_run,
        "changes": [_tell(change) for change in outcome.changes],
        "unchanged": outcome.unchanged,
    }


def tell_troubles(troubles: list[Trouble]) -> dict[str, Any]:
    """Return what is wrong with a file as JSON has it; a line of 0 is nowhere in it."""
    return {
        "errors": [
            {
                "line": trouble.place.line,
                "column": trouble.place.column,
                "path": trouble.path,
                "message": trouble.sentence,
            }
            for trouble in troubles
        ]
    }


def write_trouble(source: str, trouble: Trouble) -> str:
    """Return what is wrong as compilers write it, so that editors find the place."""
    place = f"{source}:{trouble.place.line}:{trouble.place.column}" if trouble.place.line else source
    return f"{place}: {trouble.path}: {trouble.sentence}" if trouble.path else f"{place}: {trouble.sentence}"


def _tell(change: Change) -> dict[str, Any]:
    before, after = (state.told if state is not None else None for state in (change.before, change.after))
    return {
        "section": change.section,
        "key": change.key,
        "action": change.action,
        "line": change.place.line or None,
        "before": before,
        "after": after,
        "not_shown": _differing(change),
    }


def _differing(change: Change) -> list[str]:
    """Return the members that are others than before and are not shown."""
    before, after = (state.hidden if state is not None else {} for state in (change.before, change.after))
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def _write(change: Change, state: State | None, word: str) -> list[str]:
    """Return the lines of an entry, with a word in place of what is not shown."""
    if state is None:
        return []
    is_both = change.before is not None and change.after is not None
    differing = _differing(change)
    hidden = {name: word if is_both and name in differing else SOME for name in sorted(state.hidden)}
    return writing.write(state.told | hidden).splitlines()
