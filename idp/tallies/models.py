"""The tables of numbers."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model

HOUR, DAY = "hour", "day"


class Tally(Model):
    """How often something was counted in the hour, or on the day, that begins at `at`."""

    __tablename__ = "tallies"

    span: Mapped[str] = mapped_column(String(4), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    what: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class ActivePerson(Model):
    """In which hour somebody has signed in last, by a digest of their `sub`; it is forgotten after a quarter of a year."""

    __tablename__ = "active_people"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    hour: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index(None, hour),)
