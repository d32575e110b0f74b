"""Requests whose client waits elsewhere than at a redirect URI: how they are shown to the person and answered. A wing registers it."""

from collections.abc import Callable
from dataclasses import dataclass

from idp.oauth.authorize.pages import Answer, Page, Request
from idp.signin import login


@dataclass(frozen=True)
class Way:
    """How such a request is answered: `ask` is the page on which the person decides, where that is another than the usual one."""

    allow: Callable[[Request, login.SignedIn], Answer]
    refuse: Callable[[Request], Answer]
    ask: Callable[[Request, login.SignedIn], Page] | None = None


_ways: dict[str, Way] = {}


def register(mark: str, way: Way) -> None:
    """Have requests that bear a mark beside their parameters answered in this way."""
    _ways[mark] = way


def find(asked: Request) -> Way | None:
    """Return how a request is answered; None for one whose answer the browser brings to the client."""
    return next((way for mark, way in _ways.items() if mark in asked.parameters.values), None)
