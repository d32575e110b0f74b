"""Which addresses have a home: a provider through which alone their people sign in. This room lies beneath `federation`, which knows.

A password of such an address is worth nothing, whether or not it has an account; where to go instead is told by its domain alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

from idp.base.outcome import Reason, Refused


@dataclass(frozen=True)
class Home:
    """A provider: its key, and what people call it."""

    key: str
    label: str


# No value of RFC 8176 says that another provider vouched for the person. This one is our own, and documented.
FEDERATED = "fed"

Finder = Callable[[str], Home | None]
_finders: dict[Finder, Callable[[], bool]] = {}


def register(finder: Finder, has_any: Callable[[], bool]) -> None:
    """Add who knows the home of a domain, and whether any domain has one."""
    _finders[finder] = has_any


def are_there() -> bool:
    """Return whether any address has a home, so that nobody reads addresses in vain."""
    return any(has_any() for has_any in _finders.values())


def find(email: str) -> Home | None:
    """Return the home of a canonical address."""
    domain = email.rpartition("@")[2]
    return next((home for finder in _finders if (home := finder(domain)) is not None), None)


def refuse(email: str, *, but: str | None = None) -> Refused | None:
    """Refuse an address that has a home, other than `but`: UPSTREAM_ELSEWHERE, of the field `email`."""
    home = find(email)
    return Refused(Reason.UPSTREAM_ELSEWHERE, "email") if home is not None and home.key != but else None
