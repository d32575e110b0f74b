"""The tables of groups: the tree, who belongs to it, and which clients it opens."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Folded, Instant, Model, some
from idp.clients.models import LONGEST_AUDIENCE

DEEPEST = 8  # groups, one inside another
LONGEST_NAME = 64
LONGEST_PATH = DEEPEST * (LONGEST_NAME + 1)
LONGEST_DESCRIPTION = 300
LARGEST_ID = 2**31 - 1  # what the columns hold

# Compared and ordered by code points. Folded names are no longer than others, so that four bytes a character fit into an index.
FoldedPath = String(LONGEST_PATH).with_variant(String(LONGEST_PATH, collation="C"), "postgresql")


class Group(Model):
    """One group. `path` names it among all, such as /eng/backend; `path_folded` is what it is found by and unique in."""

    __tablename__ = "groups"
    # A number is given once, also on SQLite: on pages that are open, and in the audit log.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - declared as SQLAlchemy reads it

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"), index=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    path: Mapped[str] = mapped_column(String(LONGEST_PATH))
    path_folded: Mapped[str] = mapped_column(FoldedPath, unique=True)
    depth: Mapped[int] = mapped_column(Integer)  # 1 for a group of the first level
    description: Mapped[str] = mapped_column(String(LONGEST_DESCRIPTION), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class GroupAncestor(Model):
    """That a group is another, or lies below it, `distance` levels down: the tree as pairs, so that a join reads it."""

    __tablename__ = "group_ancestors"

    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    ancestor_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    distance: Mapped[int] = mapped_column(Integer)

    __table_args__ = (Index("ix_group_ancestors_ancestor_id_group_id", ancestor_id, group_id),)


class GroupWord(Model):
    """A word by which administrators find a group, as `base.writing.words` makes it of the path."""

    __tablename__ = "group_words"

    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    word: Mapped[str] = mapped_column(Folded, primary_key=True)

    __table_args__ = (Index("ix_group_words_word_group_id", word, group_id),)


class GroupMember(Model):
    """That a person belongs to a group, until `ends_at`: from then on the row counts for nothing, and is deleted later."""

    __tablename__ = "group_members"

    account_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    added_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_group_members_group_id_account_id", group_id, account_id),
        some("ix_group_members_ending", ends_at, ends_at.is_not(None)),
    )


class GroupOwner(Model):
    """That a person says who the members of a group are, and of the groups below it."""

    __tablename__ = "group_owners"

    account_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    added_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index("ix_group_owners_group_id_account_id", group_id, account_id),)


class ClientGroup(Model):
    """That a client which is not for everybody (`Client.is_restricted`) lets in the members of a group."""

    __tablename__ = "client_groups"

    client_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True, index=True)


class IdJagGroup(Model):
    """That a rule for identity assertions which is not for everybody (`IdJagRule.is_restricted`) is for the members of a group."""

    __tablename__ = "id_jag_groups"

    client_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    audience: Mapped[str] = mapped_column(String(LONGEST_AUDIENCE), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True, index=True)
