"""The table of trusted issuers: a definition a row."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model


class TrustedIssuer(Model):
    """One issuer, as `definition.Definition` says it. Its tokens name it by `issuer`, which stays."""

    __tablename__ = "trusted_issuers"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(500), unique=True)
    issuer_name: Mapped[str] = mapped_column(String(100))
    jwks_uri: Mapped[str | None] = mapped_column(String(2000))
    jwks: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    audiences: Mapped[list[str]] = mapped_column(JSON)
    grant_profiles: Mapped[list[str]] = mapped_column(JSON)
    clients: Mapped[list[str]] = mapped_column(JSON)
    scope: Mapped[str] = mapped_column(String(1000))
    account_claim: Mapped[str] = mapped_column(String(100))
    account_member: Mapped[str] = mapped_column(String(16))
    provider: Mapped[str | None] = mapped_column(String(32))
    email_domains: Mapped[list[str]] = mapped_column(JSON)
    # Which client a token is, by its subject.
    workloads: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
