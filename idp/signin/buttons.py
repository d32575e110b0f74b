"""The buttons of other providers on the sign-in page. This room lies beneath `federation`; that room registers what it offers."""

from collections.abc import Callable
from dataclasses import dataclass

from idp.accounts.models import Account
from idp.base.leaving import lead_on


@dataclass(frozen=True)
class Button:
    """One provider: its name, and the path that its button's form is sent to."""

    key: str
    label: str
    path: str


Maker = Callable[[Account | None], list[Button]]
_makers: list[Maker] = []


def register(maker: Maker) -> None:
    """Add a way to sign in; it is asked for the buttons of anybody, or of one account that is to prove itself again."""
    if maker not in _makers:
        _makers.append(maker)


def offer(account: Account | None = None) -> list[Button]:
    """Return the buttons to show, and let this page's forms lead on to their providers."""
    made = [button for maker in _makers for button in maker(account)]
    if made:
        lead_on()
    return made
