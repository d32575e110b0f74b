"""The tables of roles, and to whom they are given."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Folded, Instant, Model, some

LONGEST_NAME = 64
LONGEST_DESCRIPTION = 300
LARGEST_ID = 2**31 - 1  # what the columns hold


class Role(Model):
    """One role of the server, or of one client. `default_from`: whoever has an account since then, or later, has it without a row."""

    __tablename__ = "roles"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    client_id: Mapped[str | None] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    name_folded: Mapped[str] = mapped_column(Folded)
    description: Mapped[str] = mapped_column(String(LONGEST_DESCRIPTION), default="")
    default_from: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    # A number is given once, also on SQLite: on pages that are open, and in the audit log.
    __table_args__ = (
        Index("ix_roles_name_folded_client_id", name_folded, client_id),
        Index("uq_roles_client_id_name_folded", client_id, name_folded, unique=True),
        Index(
            "uq_roles_of_server",
            name_folded,
            unique=True,
            postgresql_where=client_id.is_(None),
            sqlite_where=client_id.is_(None),
        ),
        some("ix_roles_default", default_from, default_from.is_not(None)),
        {"sqlite_autoincrement": True},
    )


class RoleWord(Model):
    """A word by which administrators find a role, as `base.writing.words` makes it of its name and its client's identifier."""

    __tablename__ = "role_words"

    role_id: Mapped[int] = mapped_column(ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True)
    word: Mapped[str] = mapped_column(Folded, primary_key=True)

    __table_args__ = (Index("ix_role_words_word_role_id", word, role_id),)


class RoleHolder(Model):
    """That a person has a role, until `ends_at`: from then on the row counts for nothing, and is deleted later."""

    __tablename__ = "role_holders"

    account_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True)
    given_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_role_holders_role_id_account_id", role_id, account_id),
        some("ix_role_holders_ending", ends_at, ends_at.is_not(None)),
    )


class GroupRole(Model):
    """That the members of a group have a role, until `ends_at`."""

    __tablename__ = "group_roles"

    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True)
    given_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_group_roles_role_id_group_id", role_id, group_id),
        some("ix_group_roles_ending", ends_at, ends_at.is_not(None)),
    )
