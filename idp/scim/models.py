"""The tables of provisioning: what directories call people and groups, and what they say of people that an account has no place for."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model

LONGEST_NAME = 255  # of a userName and of an externalId

# Compared and ordered by code points.
Name = String(LONGEST_NAME).with_variant(String(LONGEST_NAME, collation="C"), "postgresql")


class ScimUser(Model):
    """What a directory says of an account: by which name it knows the person, and every attribute that the account itself has no place for.

    `disabled_at` is the instant at which a directory disabled the account: no directory enables one that somebody else has disabled.
    """

    __tablename__ = "scim_users"

    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    user_name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    user_name_folded: Mapped[str] = mapped_column(Name, unique=True)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class ScimUserId(Model):
    """How one client names an account in its own directory (`externalId`; RFC 7643, section 3.1): no other client is told."""

    __tablename__ = "scim_user_ids"

    client_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, index=True)
    external_id: Mapped[str] = mapped_column(Name)

    __table_args__ = (Index("ix_scim_user_ids_external_id_client_id", external_id, client_id),)


class ScimGroupId(Model):
    """How one client names a group in its own directory."""

    __tablename__ = "scim_group_ids"

    client_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True, index=True)
    external_id: Mapped[str] = mapped_column(Name)

    __table_args__ = (Index("ix_scim_group_ids_external_id_client_id", external_id, client_id),)
