"""The tables beside the audit log: how far its readers have come."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model


class TrailReader(Model):
    """Who reads the log once from its beginning to its end, and the number of the last event that was read."""

    __tablename__ = "trail_readers"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    reached: Mapped[int] = mapped_column(BigInteger)


class AuditRetention(Model):
    """The one row that says for how many days events are kept; without it they are kept for ever.

    The triggers of the log read it. `deleted` counts events that were deleted and of which the log does not tell yet.
    """

    __tablename__ = "audit_retention"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, default=1)
    days: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    deleted: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = (CheckConstraint(id == 1, name="one"), CheckConstraint(days >= 30, name="days"))
