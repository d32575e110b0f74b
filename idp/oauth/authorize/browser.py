"""Who takes the answer to a request that the browser itself made (FedCM): a room above, which registers what it does with it.

Such a request waits for its person as any other, and goes the same way through the same pages. It has no redirect URI to end at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from idp.oauth.authorize.pages import Answer, Request
from idp.signin.login import SignedIn

NAME = "idp.browser_ending"


@dataclass(frozen=True)
class Ending:
    """The page at the end of the way: where the answer is issued to somebody, whose account is held, and where nothing is."""

    issue: Callable[[Request, SignedIn], Answer]
    refuse: Callable[[Request], Answer]


def register(app: Flask, ending: Ending) -> None:
    """Say what becomes of the answers to such requests."""
    app.extensions[NAME] = ending


def ending() -> Ending:
    """Return what becomes of them."""
    return cast(Ending, current_app.extensions[NAME])
