"""The `state` of an authorization request (RFC 6749, section 10.12): sealed, good for ten minutes, one use and one browser.

It carries what the callback needs to know, so that nothing is stored before somebody comes back, and any number of tabs can be
under way at once. It opens only for the provider, the callback and the browser that it was made for.
"""

import base64
import binascii
import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from idp import replay
from idp.base import clock, crypto
from idp.base.crypto import Unsealable
from idp.base.extensions import vault
from idp.lifetimes import LIFETIMES

LONGEST = 8192  # characters


@dataclass(frozen=True)
class Ticket:
    """What one sign-in carries with it; `subject` is the account that asked to be connected, if one did, in which session and epoch."""

    door: str
    return_to: str | None
    subject: str | None = None
    session_id: str | None = None
    epoch: int | None = None
    id: str = field(default_factory=crypto.new_identifier)
    nonce: str = field(default_factory=crypto.new_secret)
    verifier: str = field(default_factory=crypto.new_secret)
    expires_at: float = field(default_factory=lambda: (clock.now() + LIFETIMES.upstream_sign_in).timestamp())


@dataclass(frozen=True)
class Binding:
    """What a state is bound to: the provider, the address to come back to, and what names the browser."""

    provider: str
    callback: str
    browser: str

    @property
    def context(self) -> str:
        """The binding as a seal's context."""
        return json.dumps(["upstream", self.provider, self.callback, self.browser])


def seal(ticket: Ticket, binding: Binding) -> str:
    """Return the state of a ticket."""
    sealed = vault().seal(json.dumps(asdict(ticket)).encode(), binding.context)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(text: str, binding: Binding) -> Ticket | None:
    """Return the ticket of a state of this very binding that has not expired; it may have been used."""
    if not binding.browser or not text.isascii() or len(text) > LONGEST:
        return None
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        ticket = Ticket(**json.loads(vault().unseal(sealed, binding.context)))
    except (binascii.Error, Unsealable):
        return None
    return ticket if clock.now().timestamp() < ticket.expires_at else None


def spend(ticket: Ticket) -> bool:
    """Use a ticket up; return False when it was used before."""
    return replay.claim("upstream", ticket.id, datetime.fromtimestamp(ticket.expires_at, UTC))
