"""The tables of receivers' streams, of the news that wait for them, and of the people whom a receiver does not want to hear of."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model, some

LONGEST_URL = 2000
LONGEST_DESCRIPTION = 255
LONGEST_REASON = 200
LONGEST_SUBJECT = 255

PUSH, POLL = "push", "poll"
ENABLED, PAUSED, DISABLED = STATUSES = ("enabled", "paused", "disabled")


class SignalStream(Model):
    """Where a client hears news, and how that goes (SSF 1.0, section 8.1.1).

    `since` is the event of the audit log behind which it hears; `is_held` where an administrator has paused it, which its receiver
    cannot undo. `claim` names who pushes just now. `lost` counts news that were dropped before they were taken.
    """

    __tablename__ = "signal_streams"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(255), index=True)
    description: Mapped[str | None] = mapped_column(String(LONGEST_DESCRIPTION))
    method: Mapped[str] = mapped_column(String(8))
    endpoint_url: Mapped[str | None] = mapped_column(String(LONGEST_URL))
    sealed_authorization: Mapped[bytes | None] = mapped_column(LargeBinary)
    # None: every kind of event that there is.
    events_requested: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    subject_format: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str | None] = mapped_column(String(LONGEST_REASON))
    is_held: Mapped[bool] = mapped_column(Boolean, default=False)
    since: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    verified_at: Mapped[datetime | None] = mapped_column(Instant)
    polled_at: Mapped[datetime | None] = mapped_column(Instant)
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)
    claim: Mapped[str | None] = mapped_column(String(22))
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(String(300))
    lost: Mapped[int] = mapped_column(BigInteger, default=0)


class SignalEvent(Model):
    """One piece of news for one stream, until it was taken; `failed_at` where the receiver has refused it.

    `is_control` is what a receiver hears while its stream is paused, too. An erasure takes along what waits about somebody.
    """

    __tablename__ = "signal_events"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    stream_id: Mapped[str] = mapped_column(ForeignKey("signal_streams.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(Integer, index=True)
    jti: Mapped[str] = mapped_column(String(22), unique=True)
    event_type: Mapped[str] = mapped_column(String(128))
    # The claims `sub_id` and `txn`, and the members of the event.
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    is_control: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[str | None] = mapped_column(String(300))


class SignalExclusion(Model):
    """A subject, as the client knows it, whom its receiver has taken out of a stream."""

    __tablename__ = "signal_exclusions"

    stream_id: Mapped[str] = mapped_column(ForeignKey("signal_streams.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(LONGEST_SUBJECT), primary_key=True)


_own = SignalEvent.__table__.c
_waits = _own.failed_at.is_(None)
Index("ix_signal_events_waiting", _own.stream_id, _own.id, postgresql_where=_waits, sqlite_where=_waits)
some("ix_signal_events_failed", _own.stream_id, _own.failed_at.is_not(None))
