"""An invitation as programs are told of it by commands and by the administrators' interface; its link is told to nobody."""

from typing import Any

from idp.base import clock
from idp.invitations import lookup
from idp.invitations.models import Invitation

INSTANTS = ("sent_at", "expires_at", "accepted_at", "revoked_at")


def describe(found: Invitation) -> dict[str, Any]:
    """Return what is told of an invitation."""
    told = {"id": found.id, "email": found.email, "state": lookup.state_of(found), "invited_by": found.invited_by}
    return told | {name: clock.tell(getattr(found, name)) for name in INSTANTS}
