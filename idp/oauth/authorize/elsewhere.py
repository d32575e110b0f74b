"""Requests whose client waits elsewhere than at a redirect URI: how they are shown to the person and answered. A wing registers it."""

from collections.abc import Callable
from dataclasses import dataclass

from idp.oauth.authorize.pages import Answer, Page, Request
from idp.signin import login


@dataclass(frozen=True)
class Way:
    """How a request of a device (RFC 8628) is answered: `ask` is the page on which the person decides."""

    ask: Callable[[Request, login.SignedIn], Page]
    allow: Callable[[Request, login.SignedIn], Answer]
    refuse: Callable[[Request], Answer]


_ways: list[Way] = []


def register(way: Way) -> None:
    """Have requests of devices answered in this way."""
    _ways[:] = [way]


def find(asked: Request) -> Way | None:
    """Return how a request is answered; None for one whose answer the browser brings to the client."""
    return _ways[0] if asked.parameters.device is not None else None
