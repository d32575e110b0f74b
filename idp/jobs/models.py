"""The table of jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model, some

LONGEST_TERM = 200
LARGEST_ID = 2**31 - 1  # what the column holds


class PeopleJob(Model):
    """One job: whom it is about (`listed`, by `sub`, or whoever `term` finds among the accounts up to `last_id`), and how far it is.

    It goes through accounts by their number; `reached` is the last one that is done with. `failures` counts by reason who was left out,
    and `examples` names some of them.
    """

    __tablename__ = "people_jobs"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    action: Mapped[str] = mapped_column(String(32))
    listed: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    term: Mapped[str] = mapped_column(String(LONGEST_TERM))
    last_id: Mapped[int] = mapped_column(Integer)
    group_id: Mapped[int | None] = mapped_column(Integer)
    group_path: Mapped[str | None] = mapped_column(String(600))  # as it was called then
    actor: Mapped[str] = mapped_column(String(64))
    # The number of the administrator's account, whose permissions are looked at with each batch; none of the command line.
    actor_number: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    why: Mapped[str | None] = mapped_column(String(32))  # a job that failed did
    total: Mapped[int | None] = mapped_column(Integer)
    reached: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(Integer, default=0)
    unchanged: Mapped[int] = mapped_column(Integer, default=0)
    failures: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    examples: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant)
    worked_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant, index=True)

    # A number is given once, also on SQLite: the audit log names it.
    __table_args__ = (some("ix_people_jobs_open", worked_at, finished_at.is_(None)), {"sqlite_autoincrement": True})

    @property
    def is_open(self) -> bool:
        """Whether something is left to do."""
        return self.finished_at is None

    @property
    def failed(self) -> int:
        """How many people were left out."""
        return sum(self.failures.values())

    @property
    def seen(self) -> int:
        """How many people it has been through."""
        return self.done + self.unchanged + self.failed
