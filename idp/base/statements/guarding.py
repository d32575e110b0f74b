"""Watching what declared statements write: known when they are declared, and asked about at each execution by who owns the rule."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.sql.dml import UpdateBase


@dataclass(frozen=True)
class Guard:
    """Who watches: over which changes, asked once, and at each execution, which it may refuse by an exception."""

    is_watched: Callable[[UpdateBase], bool]
    is_holding: Callable[[object], bool]
    check: Callable[[UpdateBase, Mapping[str, Any], set[int]], None]


_guards: list[Guard] = []


def guard(watching: Guard) -> None:
    """Have every statement watched from now on; statements are compiled after the application was built."""
    if watching not in _guards:
        _guards.append(watching)


def watched(parts: Sequence[object], *, is_holding: bool) -> tuple[UpdateBase, ...]:
    """Return those changes among a statement's parts that have to be looked at when it is executed.

    One that was declared as `holding` has none, where one of its parts does hold what has to be held.
    """
    if is_holding and all(any(watching.is_holding(part) for part in parts) for watching in _guards):
        return ()
    changes = [part for part in parts if isinstance(part, UpdateBase)]
    return tuple(change for change in changes if any(watching.is_watched(change) for watching in _guards))


def check(changes: Sequence[UpdateBase], values: Mapping[str, Any], held: set[int]) -> None:
    """Ask whether these changes may be made by a transaction that holds the accounts with these numbers."""
    for watching in _guards:
        for change in changes:
            watching.check(change, values, held)
