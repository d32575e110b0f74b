"""The tables of the protocol. A grant is one authorization: its code, and the family of tokens that came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model

ROW_ID = BigInteger().with_variant(Integer, "sqlite")


class PendingRequest(Model):
    """An authorization request whose person is still signing in or deciding; once answered, for a day, whose it was."""

    __tablename__ = "pending_requests"

    id_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(255))
    parameters: Mapped[dict[str, str]] = mapped_column(JSON)
    # The account that has consented to this very request, so that a consent to another one cannot stand for it.
    agreed_by: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class Grant(Model):
    """What one person allowed one client once. Revoking the row ends every token that came of it."""

    __tablename__ = "grants"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    code_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    code_expires_at: Mapped[datetime | None] = mapped_column(Instant)
    redeemed_at: Mapped[datetime | None] = mapped_column(Instant)
    client_id: Mapped[str] = mapped_column(String(255), index=True)
    account_id: Mapped[int] = mapped_column(Integer, index=True)
    session_id: Mapped[str | None] = mapped_column(String(32), index=True)
    epoch: Mapped[int] = mapped_column(Integer)
    redirect_uri: Mapped[str | None] = mapped_column(String(2000))
    scope: Mapped[str] = mapped_column(String(1000))
    nonce: Mapped[str | None] = mapped_column(String(2000))
    code_challenge: Mapped[str | None] = mapped_column(String(128))
    auth_time: Mapped[datetime] = mapped_column(Instant)
    amr: Mapped[list[str]] = mapped_column(JSON)
    acr: Mapped[str | None] = mapped_column(String(64))
    # The single claims that were asked for by name (OpenID Connect Core, section 5.5), by where they are told.
    claims: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    offline: Mapped[bool] = mapped_column(Boolean, default=False)
    # The key that the code, and the refresh tokens of a public client, are bound to (`constraint.confirmation`).
    confirmation: Mapped[str | None] = mapped_column(String(100))
    # The APIs that were named and granted (RFC 8707), with spaces between; None where the grant is for this server alone.
    resources: Mapped[str | None] = mapped_column(Text)
    # What was allowed in detail (RFC 9396).
    authorization_details: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class DeviceRequest(Model):
    """A request of a device for somebody to sign in elsewhere (RFC 8628): until it is answered, and then until it has expired."""

    __tablename__ = "device_requests"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    code_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    # Keyed, for the code is short; None once it is answered, so that nobody types it again.
    user_code_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    client_id: Mapped[str] = mapped_column(String(255))
    parameters: Mapped[dict[str, str]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(String(64))  # the network that it was asked from
    interval: Mapped[int] = mapped_column(Integer)  # seconds between polls
    next_poll_at: Mapped[datetime] = mapped_column(Instant)
    denied_at: Mapped[datetime | None] = mapped_column(Instant)
    # What the person allowed, and the device may claim once.
    grant_id: Mapped[int | None] = mapped_column(ROW_ID)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class RefreshToken(Model):
    """One refresh token of a grant, known by its digest."""

    __tablename__ = "refresh_tokens"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    grant_id: Mapped[int] = mapped_column(ForeignKey("grants.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    rotated_at: Mapped[datetime | None] = mapped_column(Instant)


class OpaqueToken(Model):
    """One access token that says nothing by itself, known by its digest, with its claims (`opaque`)."""

    __tablename__ = "opaque_tokens"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    grant_id: Mapped[int | None] = mapped_column(ForeignKey("grants.id", ondelete="CASCADE"), index=True)
    claims: Mapped[dict[str, Any]] = mapped_column(JSON)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class RevokedToken(Model):
    """An access token that was revoked alone (RFC 7009), until it would have expired anyway."""

    __tablename__ = "revoked_tokens"

    jti: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class Consent(Model):
    """The scopes that a person has allowed a client, remembered."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    account_id: Mapped[int] = mapped_column(Integer)
    client_id: Mapped[str] = mapped_column(String(255), index=True)
    # Without a bound: all that was ever allowed, single claims too, whatever the client is registered for now.
    scope: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index("uq_consents_account_id_client_id", account_id, client_id, unique=True),)
