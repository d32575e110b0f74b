"""Who is asking: the relying party on whose behalf somebody signs in, found from the path that sign-in continues to.

This room lies beneath `oauth`; that room registers how to find out.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask import g

from idp.base.leaving import lead_on


@dataclass(frozen=True)
class Asker:
    """What the entrance pages show of a relying party."""

    name: str
    logo_url: str | None = None
    accent_url: str | None = None  # the sheet of its colour
    policy_uri: str | None = None
    tos_uri: str | None = None
    login_hint: str | None = None
    is_over: bool = False  # what they asked has been answered, or has expired


_finders: list[Callable[[str], Asker | None]] = []


def register(finder: Callable[[str], Asker | None]) -> None:
    """Add a way to find the asker of a path."""
    if finder not in _finders:
        _finders.append(finder)


def find_asker(next_path: str | None) -> Asker | None:
    """Return who asks, on a page whose forms lead on to that path."""
    if not next_path:
        return None
    lead_on()
    if "asker" not in g:
        g.asker = next(filter(None, (finder(next_path) for finder in _finders)), None)
    asker: Asker | None = g.asker
    return asker
