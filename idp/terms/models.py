"""The tables of terms: each version as it was published, which nobody changes, and who accepted which, when."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model

LONGEST_NAME, LONGEST_SUMMARY, LONGEST_TEXT = 64, 1000, 50_000
LARGEST_ID = 2**31 - 1  # what the column holds


class TermsVersion(Model):
    """One version. Its number rises with each; `name` is what people and the records call it."""

    __tablename__ = "terms_versions"
    # A number is given once, also on SQLite: accounts remember it.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - declared as SQLAlchemy reads it

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), unique=True)
    summary: Mapped[str] = mapped_column(String(LONGEST_SUMMARY))  # of what has changed, perhaps empty
    text: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(Instant)
    published_by: Mapped[str] = mapped_column(String(64))


class TermsAcceptance(Model):
    """That a person has accepted a version, and when."""

    __tablename__ = "terms_acceptances"

    account_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("terms_versions.id"), primary_key=True)
    accepted_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index("ix_terms_acceptances_version_id_account_id", version_id, account_id),)
