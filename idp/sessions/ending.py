"""What the audit log has of the end of sessions: one event for each, with its cause, whichever way it came."""

from dataclasses import dataclass
from typing import Any

from idp import audit

# Why sessions end.
BY_OWNER, BY_ADMINISTRATOR, PASSWORD_CHANGED, EMAIL_TAKEN_BACK = (
    "owner",
    "administrator",
    "password_changed",
    "email_taken_back",
)
DISABLED, CLOSED, ERASED, ANOTHER_SIGNED_IN = "disabled", "closed", "erased", "another_signed_in"


@dataclass(frozen=True)
class Ending:
    """What the audit log has of sessions that end: whose they are (`sub`), why, and who did it; a `signout` needs no cause."""

    subject: str
    cause: str | None = None
    actor: str | None = None
    source: str | None = None
    client_id: str | None = None

    def record(self, session_id: str) -> None:
        """Record the end of one session, by its `sid`."""
        name = "signout" if self.cause is None else "session.ended"
        whose: dict[str, Any] = {"subject": self.subject, "actor": self.actor, "client_id": self.client_id}
        audit.record(name, source=self.source, sid=session_id, cause=self.cause, **whose)
