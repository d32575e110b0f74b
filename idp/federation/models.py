"""The tables of upstream providers, and of the identities that people have at them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Folded, Instant, Model


class UpstreamProvider(Model):
    """A provider that administrators have set up; those of the settings have no row. Members are named as in `definition`."""

    __tablename__ = "upstream_providers"

    key: Mapped[str] = mapped_column(Folded, primary_key=True)
    display_name: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(16))
    issuer: Mapped[str | None] = mapped_column(String(2000))
    authorization_endpoint: Mapped[str | None] = mapped_column(String(2000))
    token_endpoint: Mapped[str | None] = mapped_column(String(2000))
    userinfo_endpoint: Mapped[str | None] = mapped_column(String(2000))
    emails_endpoint: Mapped[str | None] = mapped_column(String(2000))
    client_id: Mapped[str] = mapped_column(String(255))
    sealed_client_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    token_endpoint_auth_method: Mapped[str] = mapped_column(String(32))
    scope: Mapped[str] = mapped_column(String(1000))
    use_pkce: Mapped[bool] = mapped_column(Boolean)
    claims: Mapped[dict[str, str]] = mapped_column(JSON)
    group_mapping: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))  # as `belonging` keeps it
    trust_email: Mapped[bool] = mapped_column(Boolean)
    who_may_link: Mapped[str] = mapped_column(String(16))
    link_domains: Mapped[list[str]] = mapped_column(JSON)
    create_accounts: Mapped[bool] = mapped_column(Boolean)
    only_domains: Mapped[list[str]] = mapped_column(JSON)
    icon: Mapped[str] = mapped_column(String(32))
    position: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)  # one more with each change, so that two who edit at once are told
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index(None, position, key),)


class UpstreamIcon(Model):
    """A provider's own icon, checked once, so that sign-in pages load nothing from third parties."""

    __tablename__ = "upstream_icons"

    key: Mapped[str] = mapped_column(Folded, primary_key=True)
    media_type: Mapped[str] = mapped_column(String(32))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class UpstreamIdentity(Model):
    """An account's identity at a provider, by the provider's own unchanging subject; never by name or address."""

    __tablename__ = "upstream_identities"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    account_id: Mapped[int] = mapped_column(Integer, index=True)
    provider: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255), default="")
    # What the provider said of groups at the last sign-in, where its claims name them; `belonging` says what follows from it.
    groups: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    linked_at: Mapped[datetime] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index("uq_upstream_identities_provider_subject", provider, subject, unique=True),)
