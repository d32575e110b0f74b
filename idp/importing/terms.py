"""What an operator said of a whole import."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Terms:
    """Which source it is, what of it is believed, and whose names are the same as ours."""

    source: str
    trusts_emails: bool = False
    keeps_subjects: bool = False
    joins: bool = False  # groups and roles that are here already are those of the export
    adds_memberships: bool = False  # also of people who came before
    # Whoever came at an unknown time was there before: nobody has what everybody new has for want of a date.
    began_at: datetime | None = None
    actor: str = "command line"
