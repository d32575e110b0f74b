"""Reading what waits in the outbox, for tests."""

import re
from dataclasses import dataclass

from idp import outbox
from idp.base.database import session


@dataclass(frozen=True)
class WaitingMail:
    """One queued mail."""

    to: str
    label: str
    text: str

    @property
    def code(self) -> str:
        """The one run of six digits."""
        (code,) = re.findall(r"\d{6}", self.text)
        return str(code)

    @property
    def token(self) -> str:
        """The secret of its link."""
        (token,) = re.findall(r"token=([a-z]+)", self.text)
        return str(token)


def waiting() -> list[WaitingMail]:
    """Return the mails to real people that wait, oldest first."""
    found = []
    for delivery in reversed(list(session().scalars(outbox.queue()))):
        payload = outbox.read(delivery)
        if payload is not None and delivery.kind == "mail":
            found.append(WaitingMail(delivery.recipient, delivery.label, payload["text"]))
    return found


def newest() -> WaitingMail:
    """Return the newest mail."""
    return waiting()[-1]
