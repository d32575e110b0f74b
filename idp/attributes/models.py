"""The table of attributes: a definition a row. What people have in them are columns of the account."""

from datetime import datetime

from sqlalchemy import JSON, Boolean, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model


class Attribute(Model):
    """One attribute, as `definition.Definition` says it. From `removed_at` on it is none, until the sweep has forgotten its values."""

    __tablename__ = "attributes"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    label: Mapped[str] = mapped_column(String(100))
    about: Mapped[str] = mapped_column(String(300))
    choices: Mapped[list[str]] = mapped_column(JSON)
    minimum: Mapped[str] = mapped_column(String(32))
    maximum: Mapped[str] = mapped_column(String(32))
    required: Mapped[bool] = mapped_column(Boolean)
    seen_by: Mapped[str] = mapped_column(String(16))
    edited_by: Mapped[str] = mapped_column(String(16))
    at_sign_up: Mapped[bool] = mapped_column(Boolean)
    position: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    # The accounts up to this number have nothing in it any more.
    swept_to: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
