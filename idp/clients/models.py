"""The clients table."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from idp.base.database import Instant, Model


class Client(Model):
    """One registered client; the members are named as in RFC 7591, section 2, and OpenID Connect Registration."""

    __tablename__ = "clients"

    client_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    client_secret_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    client_name: Mapped[str] = mapped_column(String(200))
    token_endpoint_auth_method: Mapped[str] = mapped_column(String(32))
    redirect_uris: Mapped[list[str]] = mapped_column(JSON)
    post_logout_redirect_uris: Mapped[list[str]] = mapped_column(JSON, default=list)
    grant_types: Mapped[list[str]] = mapped_column(JSON)
    scope: Mapped[str] = mapped_column(String(1000))
    id_token_signed_response_alg: Mapped[str] = mapped_column(String(16), default="RS256")
    require_pkce: Mapped[bool] = mapped_column(Boolean, default=True)
    first_party: Mapped[bool] = mapped_column(Boolean, default=False)
    require_second_factor: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    client_uri: Mapped[str | None] = mapped_column(String(2000))
    logo_uri: Mapped[str | None] = mapped_column(String(2000))
    policy_uri: Mapped[str | None] = mapped_column(String(2000))
    tos_uri: Mapped[str | None] = mapped_column(String(2000))
    jwks: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    contacts: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    # The name of an older interface through which the client was made, and whose manner of asking and answering it keeps.
    dialect: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)


class ClientLogo(Model):
    """A client's logo, fetched once by the server, so that sign-in pages load nothing from third parties."""

    __tablename__ = "client_logos"

    client_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    logo_uri: Mapped[str] = mapped_column(String(2000))
    media_type: Mapped[str] = mapped_column(String(32))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    fetched_at: Mapped[datetime] = mapped_column(Instant)
