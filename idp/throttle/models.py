"""The table of failure counters."""

from datetime import datetime

from sqlalchemy import Boolean, Integer, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model


class FailureCounter(Model):
    """Consecutive failures under one key; the key is kept as a digest, since it may hold what somebody typed."""

    __tablename__ = "failure_counters"

    key_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(64), index=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    blocked_until: Mapped[datetime] = mapped_column(Instant)
    last_failure_at: Mapped[datetime] = mapped_column(Instant, index=True)
    # Counted until a success or an unlocking, however long ago the last failure was.
    is_lasting: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
