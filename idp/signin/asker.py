"""Who is asking: the relying party on whose behalf somebody signs in, found from the path that sign-in continues to.

This room lies beneath `oauth`; that room registers how to find out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import g

from idp.base.http import widen_form_action


@dataclass(frozen=True)
class Asker:
    """What the entrance pages show of a relying party, and where its answer may go."""

    name: str
    logo_url: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    login_hint: str | None = None
    form_sources: list[str] = field(default_factory=list)


_finders: list[Callable[[str], Asker | None]] = []


def register(finder: Callable[[str], Asker | None]) -> None:
    """Add a way to find the asker of a path."""
    if finder not in _finders:
        _finders.append(finder)


def find_asker(next_path: str | None) -> Asker | None:
    """Return who asks, and let this page's forms lead on to them."""
    if not next_path:
        return None
    if "asker" not in g:
        g.asker = next(filter(None, (finder(next_path) for finder in _finders)), None)
    asker: Asker | None = g.asker
    if asker is not None:
        widen_form_action(asker.form_sources)
    return asker
