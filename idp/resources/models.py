"""The table of resources: a definition a row."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model


class Resource(Model):
    """One API, as `definition.Definition` says it. Grants and tokens name it by its identifier, which stays."""

    __tablename__ = "resources"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    resource: Mapped[str] = mapped_column(String(500), unique=True)
    resource_name: Mapped[str] = mapped_column(String(100))
    # Each scope with its words, in the order in which people read them.
    scopes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    access_token_signing_alg: Mapped[str] = mapped_column(String(16))
    access_token_format: Mapped[str] = mapped_column(String(16))
    access_token_life: Mapped[int] = mapped_column(Integer)
    self_registration: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
