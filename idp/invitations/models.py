"""The tables of invitations."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model, some

LARGEST_ID = 2**31 - 1  # what the columns hold

# Compared and ordered by code points, so that the beginning of an address finds it.
FoldedAddress = String(320).with_variant(String(320, collation="C"), "postgresql")


class Invitation(Model):
    """A letter to an address. It is open until somebody came by it (`accepted_at`) or it was revoked; an address has one open one.

    `account_id` is who came; `had_account` says that it was there before, so that only groups were given.
    """

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    email: Mapped[str] = mapped_column(FoldedAddress)
    # Of the newest letter's link; none where there is nothing to open any more.
    token_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    invited_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    # The newest letter; none while the address got too many.
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    days: Mapped[int] = mapped_column(Integer)  # for which each letter's link works
    expires_at: Mapped[datetime] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    account_id: Mapped[int | None] = mapped_column(Integer, index=True)
    had_account: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())

    __table_args__ = (
        Index("ix_invitations_email_id", email, id),
        Index(
            "uq_invitations_open",
            email,
            unique=True,
            postgresql_where=accepted_at.is_(None) & revoked_at.is_(None),
            sqlite_where=accepted_at.is_(None) & revoked_at.is_(None),
        ),
        some("ix_invitations_waiting", id, accepted_at.is_(None) & revoked_at.is_(None)),
        some("ix_invitations_accepted", id, accepted_at.is_not(None)),
        some("ix_invitations_revoked", id, revoked_at.is_not(None)),
        some("ix_invitations_over", expires_at, accepted_at.is_(None)),
        {"sqlite_autoincrement": True},
    )

    @property
    def is_open(self) -> bool:
        """Whether nobody has come by it, and nobody revoked it."""
        return self.accepted_at is None and self.revoked_at is None


class InvitationGroup(Model):
    """A group into which whoever comes is put."""

    __tablename__ = "invitation_groups"

    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitations.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True, index=True)
