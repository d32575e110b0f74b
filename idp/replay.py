"""What may be used only once, by any node: WebAuthn challenges, and whatever else carries its own proof and expiry."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.base import Executable

from idp.base import clock, crypto
from idp.base.database import Instant, Model, insert_for
from idp.base.expiry import delete_some
from idp.base.statements import parameters, statement


class UsedOnce(Model):
    """The digest of something that was used, kept until it would have expired anyway."""

    __tablename__ = "used_once"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


def claim(kind: str, value: str, expires_at: datetime) -> bool:
    """Use `value` up; return False when it was used before. Of parallel claims exactly one succeeds."""
    return _claim.first(digest=crypto.digest(f"{kind}\0{value}"), expires_at=expires_at) is not None


@statement
def _claim(dialect: str) -> Executable:
    values = parameters(UsedOnce, ("digest", "expires_at"))
    return insert_for(dialect, UsedOnce).values(values).on_conflict_do_nothing().returning(UsedOnce.digest)


def purge(limit: int) -> int:
    """Delete up to `limit` entries that have expired, for every node's clock; return how many."""
    return delete_some(UsedOnce, UsedOnce.expires_at < clock.now() - clock.SKEW, UsedOnce.expires_at, limit)
