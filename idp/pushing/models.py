"""The tables of applications that people are brought to, and of what each has been told."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model

LONGEST_URL = 2000
LONGEST_REMOTE = 255  # characters of an identifier that an application gave


class ScimTarget(Model):
    """Where a client takes people. `claim` names who is at it just now, and until when nobody else is.

    Without `is_for_group` it is told of everybody whom the client lets in; with it of the members of a group, and of nobody once that is
    deleted. `reached` is the event of the audit log up to which changes are known, `scan_from` the account behind which a look at
    everybody goes on.
    """

    __tablename__ = "scim_targets"

    client_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    base_url: Mapped[str] = mapped_column(String(LONGEST_URL))
    sealed_token: Mapped[bytes] = mapped_column(LargeBinary)
    is_for_group: Mapped[bool] = mapped_column(Boolean)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id", ondelete="SET NULL"), index=True)
    pushes_groups: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    reached: Mapped[int] = mapped_column(BigInteger)
    scan_from: Mapped[int | None] = mapped_column(Integer)
    scanned_at: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    claim: Mapped[str | None] = mapped_column(String(22))
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(String(300))
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)


class _Copy:
    """What an application has of somebody or of a group: under which identifier, and a digest of what it was told last."""

    remote_id: Mapped[str | None] = mapped_column(String(LONGEST_REMOTE))
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(String(300))
    pushed_at: Mapped[datetime | None] = mapped_column(Instant)


def _some(name: str, *columns: object, which: object) -> Index:
    return Index(name, *columns, postgresql_where=which, sqlite_where=which)  # type: ignore[arg-type] # columns


class PushedPerson(_Copy, Model):
    """What an application has of a person, or is to have: `due_at` where there may be something to tell."""

    __tablename__ = "scim_pushed_people"

    client_id: Mapped[str] = mapped_column(ForeignKey("scim_targets.client_id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, index=True)


class PushedGroup(_Copy, Model):
    """What an application has of a group, which may be gone here by then."""

    __tablename__ = "scim_pushed_groups"

    client_id: Mapped[str] = mapped_column(ForeignKey("scim_targets.client_id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(Integer, primary_key=True, index=True)


class PushedRemoval(Model):
    """Somebody who was erased here, and whom an application is still to delete. Nothing but its own identifier is left of them."""

    __tablename__ = "scim_removals"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("scim_targets.client_id", ondelete="CASCADE"))
    remote_id: Mapped[str] = mapped_column(String(LONGEST_REMOTE))
    due_at: Mapped[datetime] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(String(300))

    __table_args__ = (Index("ix_scim_removals_client_id_due_at", client_id, due_at),)


for _table in (PushedPerson, PushedGroup):
    _name, _own = _table.__tablename__, _table.__table__.c
    _some(f"ix_{_name}_due", _own.client_id, _own.due_at, which=_own.due_at.is_not(None))
    Index(f"ix_{_name}_remote", _own.client_id, _own.remote_id)
    _some(f"ix_{_name}_failed", _own.client_id, _own.pushed_at, which=_own.last_error.is_not(None))
