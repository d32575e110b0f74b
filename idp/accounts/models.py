"""The tables of people and of what proves an address."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column, validates

from idp.base.database import Folded, Instant, Model, some
from idp.base.writing import fold


class Account(Model):
    """One person. `sub` is the random subject of tokens; `token_epoch` rises when everything issued before must die."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sub: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    email_verified_at: Mapped[datetime | None] = mapped_column(Instant)
    # When somebody proved it who showed neither a session nor the password of the account, and may be another than its maker.
    proved_apart_at: Mapped[datetime | None] = mapped_column(Instant)
    username: Mapped[str | None] = mapped_column(String(64))
    # What usernames are found by and are unique in; it follows `username` by itself.
    username_folded: Mapped[str | None] = mapped_column(Folded, active_history=True)
    given_name: Mapped[str] = mapped_column(String(100), default="")
    family_name: Mapped[str] = mapped_column(String(100), default="")
    picture: Mapped[str | None] = mapped_column(String(2000))
    # The other standard claims, by their names (OpenID Connect Core, section 5.1); see `accounts.details`.
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    # What the person has in custom attributes, by their names; see `accounts.attribute_values`.
    attributes: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    password_hash: Mapped[str | None] = mapped_column(String(300))
    # Whether the account has any role of administrators; `accounts.authority` keeps it, and knows which.
    is_admin: Mapped[bool] = mapped_column(Boolean, default=False)
    token_epoch: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    # Since when the password alone does not suffice; kept by `factors`.
    second_factor_since: Mapped[datetime | None] = mapped_column(Instant)
    # An operator made it: it stays although nobody has proved its address.
    is_vouched_for: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    # The number of the terms that were accepted last; kept by `terms`.
    terms_version: Mapped[int | None] = mapped_column(Integer)
    # When the account will be erased, at its owner's wish; it is disabled until then.
    erase_at: Mapped[datetime | None] = mapped_column(Instant, index=True)

    # Without it SQLite would give a deleted account's number to the next one, and with it whatever still names the number.
    __table_args__ = (
        Index("uq_accounts_username_folded", username_folded, unique=True),
        some("ix_accounts_unfolded", id, username.is_not(None) & username_folded.is_(None)),
        some("ix_accounts_unproved", id, email_verified_at.is_(None)),
        some("ix_accounts_disabled", id, disabled_at.is_not(None)),
        some("ix_accounts_administrators", id, is_admin),
        some("ix_accounts_attributes", id, attributes.is_not(None)),
        some("ix_accounts_without_factor", id, second_factor_since.is_(None)),
        {"sqlite_autoincrement": True},
    )

    @validates("username")
    def _fold_username(self, _name: str, username: str | None) -> str | None:
        self.username_folded = fold(username) if username else None
        return username

    @property
    def is_verified(self) -> bool:
        """Whether somebody proved to own the address."""
        return self.email_verified_at is not None

    @property
    def has_second_factor(self) -> bool:
        """Whether signing in takes more than the password."""
        return self.second_factor_since is not None

    @property
    def is_administrator(self) -> bool:
        """Whether the person may administer anything: only with a verified address."""
        return self.is_admin and self.is_verified and self.disabled_at is None

    @property
    def name(self) -> str:
        """The full name, empty when none was given."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def display_name(self) -> str:
        """The best thing to call somebody."""
        return self.name or self.username or self.email


class AdministratorRole(Model):
    """A role of `accounts.authority` that somebody has; `is_admin` says of the account that there is any.

    `given_by` is the `sub` of an administrator, or the command line. From `ends_at` on the role counts no more.
    """

    __tablename__ = "administrator_roles"

    account_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    role: Mapped[str] = mapped_column(String(32), primary_key=True)
    given_by: Mapped[str] = mapped_column(String(64))
    given_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant, index=True)

    __table_args__ = (Index(None, role, account_id),)


class GroupAdministrator(Model):
    """A role that somebody has for the people of one group, and of the groups below it; the columns are those of `AdministratorRole`.

    It is a table of its own, so that whoever reads the roles of the whole server never takes one of these for one.
    """

    __tablename__ = "group_administrators"

    account_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(32), primary_key=True)
    given_by: Mapped[str] = mapped_column(String(64))
    given_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant, index=True)


class HeldName(Model):
    """A username that somebody has left, by its keyed digest: until then only the account that left it may have it again.

    After an erasure the row names no account any more.
    """

    __tablename__ = "held_names"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[int | None] = mapped_column(Integer, index=True)
    held_until: Mapped[datetime] = mapped_column(Instant, index=True)


class AccountWord(Model):
    """A word by which administrators find an account, as `base.writing.words` makes it."""

    __tablename__ = "account_words"

    account_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    word: Mapped[str] = mapped_column(Folded, primary_key=True)

    __table_args__ = (Index("ix_account_words_word_account_id", word, account_id),)


class SignUp(Model):
    """One attempt to sign up on the pages. The account is made once the address is proved, so that a taken one looks like any other.

    Rows of earlier releases, which live a day, have their account already.
    """

    __tablename__ = "sign_ups"

    id_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    email: Mapped[str] = mapped_column(String(320))
    username: Mapped[str | None] = mapped_column(String(64), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    account_id: Mapped[int | None] = mapped_column(Integer, index=True)
    next_path: Mapped[str | None] = mapped_column(String(2000))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class Proof(Model):
    """What a mail carries to prove an address: a link's secret, and a code of ten minutes and five tries.

    `holder` names whose it is ("account/7", "sign-up/<digest>"); a new proof for the same purpose replaces the old one.
    """

    __tablename__ = "proofs"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(32))
    holder: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer, index=True)
    email: Mapped[str] = mapped_column(String(320))
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    code_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
    code_expires_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)

    __table_args__ = (Index("uq_proofs_holder_purpose", holder, purpose, unique=True),)


class KnownDevice(Model):
    """A browser that has signed in to an account before, by the digest of its own long-lived cookie."""

    __tablename__ = "known_devices"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, index=True)
    user_agent: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant, index=True)
