"""The table of half-finished sign-ins: a first factor was right, the second is still to come."""

from datetime import datetime

from sqlalchemy import JSON, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model


class SignInAttempt(Model):
    """What a browser, or a caller of an older interface, has proved so far. It is bound to the account's epoch, so that a
    changed password ends it, and to the door that it came through.
    """

    __tablename__ = "sign_in_attempts"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(Integer, index=True)
    epoch: Mapped[int] = mapped_column(Integer)
    door: Mapped[str] = mapped_column(String(32))
    amr: Mapped[list[str]] = mapped_column(JSON)
    proved_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
