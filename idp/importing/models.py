"""The tables of imports: what has come already, and how far each run has got."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model


class ImportedEntry(Model):
    """One entry of an export that has come, by the keyed digest of its source, kind and identifier there.

    `fingerprint` tells whether the identifier still means the same: another person under it is of another installation. After an
    erasure the row names no account any more, and keeps whoever was erased from coming again.
    """

    __tablename__ = "imported_entries"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    account_id: Mapped[int | None] = mapped_column(Integer, index=True)
    imported_at: Mapped[datetime] = mapped_column(Instant)


class ImportRun(Model):
    """One run over a file: how many entries of it are done, which are those of whole batches, and what came of them."""

    __tablename__ = "import_runs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    source: Mapped[str] = mapped_column(String(100))
    # Of all that is read, so that a run is never continued in another file.
    file_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    done: Mapped[int] = mapped_column(Integer)
    batches: Mapped[int] = mapped_column(Integer)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index(None, source, file_digest, started_at),)
