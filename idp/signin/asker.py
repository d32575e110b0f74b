"""Who is asking: the relying party on whose behalf somebody signs in, found from the path that sign-in continues to.

This room lies beneath `oauth`; that room registers how to find out, and how the asker hears that the person does not want to.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask import g
from werkzeug.wrappers import Response

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
    is_device: bool = False  # it waits elsewhere than in this browser


Answer = Response | tuple[str, int]
Finder = Callable[[str], Asker | None]
Refuser = Callable[[str], Answer | None]

_ways: list[tuple[Finder, Refuser]] = []


def register(finder: Finder, refuser: Refuser) -> None:
    """Add a way to find the asker of a path, and to send it an answer for a person who does not want to go on."""
    if (finder, refuser) not in _ways:
        _ways.append((finder, refuser))


def find_asker(next_path: str | None) -> Asker | None:
    """Return who asks, on a page whose forms lead on to that path."""
    if not next_path:
        return None
    lead_on()
    if "asker" not in g:
        g.asker = next(filter(None, (find(next_path) for find, _refuse in _ways)), None)
    asker: Asker | None = g.asker
    return asker


def refuse(next_path: str | None) -> Answer | None:
    """Return the answer that leads a person back to who asks, once, without what was asked for; None where nobody waits behind the path."""
    if not next_path:
        return None
    answers = (refuse_at(next_path) for _find, refuse_at in _ways)
    return next((answer for answer in answers if answer is not None), None)
