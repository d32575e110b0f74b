"""The table of identities that people have at upstream providers."""

from datetime import datetime

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model


class UpstreamIdentity(Model):
    """An account's identity at a provider, by the provider's own unchanging subject; never by name or address."""

    __tablename__ = "upstream_identities"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    account_id: Mapped[int] = mapped_column(Integer, index=True)
    provider: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255), default="")
    linked_at: Mapped[datetime] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index("uq_upstream_identities_provider_subject", provider, subject, unique=True),)
