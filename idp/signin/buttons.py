"""The buttons of other providers on the sign-in page, and the way to the provider through which alone an address signs in.

This room lies beneath `federation`; that room registers what it offers.
"""

from collections.abc import Callable
from dataclasses import dataclass

from idp.accounts import homes, identity
from idp.accounts.homes import Home
from idp.accounts.models import Account
from idp.base.leaving import lead_on
from idp.signin.pages import Page


@dataclass(frozen=True)
class Button:
    """One provider: its name, the path that its button's form is sent to, and the address of its icon."""

    key: str
    label: str
    path: str
    icon: str | None = None


Maker = Callable[[Account | None], list[Button]]
Leader = Callable[[Home, str, str | None], Page]
_makers: dict[Maker, Leader] = {}


def register(maker: Maker, leader: Leader) -> None:
    """Add a way to sign in: who makes the buttons of anybody, or of one account that is to prove itself again; and who leads home."""
    _makers[maker] = leader


def lead_home(identifier: str, target: str | None) -> Page | None:
    """Return the way to the provider through which alone an address signs in, told by its domain; None where it has no such home."""
    email = identity.read_email(identifier) if "@" in identifier and homes.are_there() else None
    home = homes.find(email) if isinstance(email, str) else None
    if home is None or not isinstance(email, str):
        return None
    return next((leader(home, email, target) for leader in _makers.values()), None)


def has_home(account: Account) -> bool:
    """Return whether an account signs in through one provider alone, so that its password counts for nothing."""
    return homes.find(account.email) is not None


def let_lead() -> None:
    """Let this page's forms lead on to a provider, as an address that is typed into one may."""
    if any(maker(None) for maker in _makers):
        lead_on()


def offer(account: Account | None = None) -> list[Button]:
    """Return the buttons to show, and let this page's forms lead on to their providers."""
    made = [button for maker in _makers for button in maker(account)]
    if made:
        lead_on()
    return made
