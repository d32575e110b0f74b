"""The table of what files have made."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model

LONGEST_KEY = 600  # characters: a group's path has at most 520, a role's name and client 320


class AppliedEntry(Model):
    """That a file made an entry, and which of that name (`identity`): one that somebody deleted and made anew is nobody's to prune.

    `file` is the name of the file that applied it last.
    """

    __tablename__ = "applied_entries"

    section: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), primary_key=True)
    file: Mapped[str] = mapped_column(String(64))
    identity: Mapped[str] = mapped_column(String(64))
    applied_at: Mapped[datetime] = mapped_column(Instant)
