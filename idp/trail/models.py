"""The tables beside the audit log: how far its readers have come."""

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Model


class TrailReader(Model):
    """Who reads the log once from its beginning to its end, and the number of the last event that was read."""

    __tablename__ = "trail_readers"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    reached: Mapped[int] = mapped_column(BigInteger)
