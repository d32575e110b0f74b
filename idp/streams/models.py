"""The tables of streams, and of how their deliveries went."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model

WEBHOOK, SYSLOG = "webhook", "syslog"


class Stream(Model):
    """Where events go, and how far that has come. `claim` names who is at it just now, and until when nobody else is."""

    __tablename__ = "audit_streams"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(2000))
    # Names of events, or beginnings of names that end in `.*`; none: every event.
    events: Mapped[list[str]] = mapped_column(JSON, default=list)
    reached: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_former_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_secret_until: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    claim: Mapped[str | None] = mapped_column(String(22))
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(String(300))
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)

    # The number of a deleted stream never comes again: the audit log names it.
    __table_args__ = ({"sqlite_autoincrement": True},)


class StreamRun(Model):
    """Some events that were delivered one after the other, or one try that failed."""

    __tablename__ = "stream_runs"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    stream_id: Mapped[int] = mapped_column(ForeignKey("audit_streams.id", ondelete="CASCADE"))
    began_at: Mapped[datetime] = mapped_column(Instant, index=True)
    ended_at: Mapped[datetime] = mapped_column(Instant)
    events: Mapped[int] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(String(300))

    __table_args__ = (Index(None, stream_id, id),)
