"""The tables of clients."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, Index, Integer, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, validates

from idp.base import clock
from idp.base.database import Folded, Instant, Model, some
from idp.base.writing import plain

LONGEST_NOTE = 300
LONGEST_ORDERED = 255  # characters by which clients are ordered: an entry of an index has a bound
LONGEST_ORIGIN = 300  # characters: no name of a host has more than 253
LONGEST_AUDIENCE = 500  # characters, as the identifier of an API


def today() -> date:
    """Return the day, by UTC."""
    return clock.now().date()


class Client(Model):
    """One registered client; the members are named as in RFC 7591, section 2, and OpenID Connect Registration."""

    __tablename__ = "clients"

    client_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    client_secret_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    # Only where the client signs with its secret (client_secret_jwt), so that the server needs more than a digest.
    sealed_client_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    # The secret before the last renewal, kept in the same two ways while it counts beside the new one.
    former_secret_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    former_sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_secret_until: Mapped[datetime | None] = mapped_column(Instant, index=True)
    # The registration access token of RFC 7592, of clients that registered themselves.
    registration_token_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    client_name: Mapped[str] = mapped_column(String(200))
    # What administrators order clients by: name and identifier, plain. It follows both by itself.
    search_text: Mapped[str] = mapped_column(
        Text().with_variant(Text(collation="C"), "postgresql"), default="", server_default=""
    )
    token_endpoint_auth_method: Mapped[str] = mapped_column(String(32))
    redirect_uris: Mapped[list[str]] = mapped_column(JSON)
    post_logout_redirect_uris: Mapped[list[str]] = mapped_column(JSON, default=list)
    grant_types: Mapped[list[str]] = mapped_column(JSON)
    response_types: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    scope: Mapped[str] = mapped_column(String(1000))
    id_token_signed_response_alg: Mapped[str] = mapped_column(String(16), default="RS256")
    userinfo_signed_response_alg: Mapped[str | None] = mapped_column(String(16))
    request_object_signing_alg: Mapped[str | None] = mapped_column(String(16))
    authorization_signed_response_alg: Mapped[str | None] = mapped_column(String(16))
    introspection_signed_response_alg: Mapped[str | None] = mapped_column(String(16))
    require_signed_request_object: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    token_endpoint_auth_signing_alg: Mapped[str | None] = mapped_column(String(16))
    tls_client_auth_subject_dn: Mapped[str | None] = mapped_column(String(500))
    tls_client_auth_san_dns: Mapped[str | None] = mapped_column(String(500))
    tls_client_auth_san_uri: Mapped[str | None] = mapped_column(String(500))
    tls_client_auth_san_ip: Mapped[str | None] = mapped_column(String(500))
    tls_client_auth_san_email: Mapped[str | None] = mapped_column(String(500))
    tls_client_certificate_bound_access_tokens: Mapped[bool] = mapped_column(
        Boolean, default=False, server_default=false()
    )
    profile: Mapped[str | None] = mapped_column(String(32))
    application_type: Mapped[str] = mapped_column(String(16), default="web", server_default="web")
    subject_type: Mapped[str] = mapped_column(String(16), default="public", server_default="public")
    sector_identifier_uri: Mapped[str | None] = mapped_column(String(2000))
    default_max_age: Mapped[int | None] = mapped_column(Integer)
    require_auth_time: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    default_acr_values: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    require_pkce: Mapped[bool] = mapped_column(Boolean, default=True)
    require_pushed_authorization_requests: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    dpop_bound_access_tokens: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    dpop_nonce_required: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    first_party: Mapped[bool] = mapped_column(Boolean, default=False)
    require_second_factor: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    fedcm_enabled: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    claims_in_id_token: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    client_uri: Mapped[str | None] = mapped_column(String(2000))
    logo_uri: Mapped[str | None] = mapped_column(String(2000))
    accent_color: Mapped[str | None] = mapped_column(String(7))
    policy_uri: Mapped[str | None] = mapped_column(String(2000))
    tos_uri: Mapped[str | None] = mapped_column(String(2000))
    initiate_login_uri: Mapped[str | None] = mapped_column(String(2000))
    request_uris: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    backchannel_logout_uri: Mapped[str | None] = mapped_column(String(2000))
    backchannel_logout_session_required: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    software_id: Mapped[str | None] = mapped_column(String(255))
    software_version: Mapped[str | None] = mapped_column(String(255))
    jwks_uri: Mapped[str | None] = mapped_column(String(2000))
    jwks: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    contacts: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    authorization_details_types: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    # The name of an older interface through which the client was made, and whose manner of asking and answering it keeps.
    dialect: Mapped[str | None] = mapped_column(String(32))
    # Whether only the members of some groups get in, and whom others are told to ask (`groups.access`).
    is_restricted: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    access_note: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="", server_default="")
    # Which claims it is told beside those of its scopes (`clients.mapping`).
    claim_mappers: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    # The day (UTC) on which it got tokens last; and that day or, while it never did, the one from which on that is known (`clients.uses`).
    last_used_on: Mapped[date | None] = mapped_column(Date)
    unused_since: Mapped[date] = mapped_column(Date, default=today)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index(None, search_text, client_id),
        Index(None, created_at),
        Index(None, unused_since, client_id),
        some("ix_clients_disabled", client_id, disabled_at.is_not(None)),
        some("ix_clients_with_second_factor", client_id, require_second_factor),
        some("ix_clients_with_fedcm", client_id, fedcm_enabled),
    )

    @validates("client_id", "client_name")
    def _note_search_text(self, changed: str, value: str) -> str:
        texts = {"client_name": self.client_name, "client_id": self.client_id} | {changed: value}
        self.search_text = plain("\n".join(text for text in texts.values() if text))[:LONGEST_ORDERED]
        return value


class ClientWord(Model):
    """A word by which administrators find a client, as `base.writing.words` makes it."""

    __tablename__ = "client_words"

    client_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    word: Mapped[str] = mapped_column(Folded, primary_key=True)

    __table_args__ = (Index("ix_client_words_word_client_id", word, client_id),)


class ClientOwner(Model):
    """That a person may see and change a client's registration (`accounts.authority.owning`)."""

    __tablename__ = "client_owners"

    account_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    client_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    added_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index(None, client_id, account_id),)


class ExchangeRule(Model):
    """That a client may exchange the tokens of another client, or its own, for ones for an audience (`clients.exchanges`)."""

    __tablename__ = "exchange_rules"

    client_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    audience: Mapped[str] = mapped_column(String(LONGEST_AUDIENCE), primary_key=True)
    scope: Mapped[str] = mapped_column(String(1000))
    manner: Mapped[str] = mapped_column(String(16))
    once: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = (Index(None, subject), Index(None, audience))


class IdJagRule(Model):
    """That a client gets identity assertions for another authorization server (`groups.assertion_rules`)."""

    __tablename__ = "id_jag_rules"

    client_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    audience: Mapped[str] = mapped_column(String(LONGEST_AUDIENCE), primary_key=True)
    audience_client_id: Mapped[str] = mapped_column(String(255))
    scope: Mapped[str] = mapped_column(String(1000))
    resources: Mapped[str] = mapped_column(Text)
    is_restricted: Mapped[bool] = mapped_column(Boolean)
    sso_client_id: Mapped[str] = mapped_column(String(255), index=True)
    tells_email: Mapped[bool] = mapped_column(Boolean)


class ClientOrigin(Model):
    """An origin of a public client's redirect URIs (RFC 6454), as browsers write it."""

    __tablename__ = "client_origins"

    client_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    origin: Mapped[str] = mapped_column(String(LONGEST_ORIGIN), primary_key=True)

    __table_args__ = (Index(None, origin, client_id),)


class ClientDocument(Model):
    """What is known of the document at a client's identifier, where that is an address (`oauth.client_documents`)."""

    __tablename__ = "client_documents"

    client_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    fetched_at: Mapped[datetime] = mapped_column(Instant)  # when it was read last, and good
    fresh_until: Mapped[datetime] = mapped_column(Instant)
    # When it is looked at whether anybody still uses the client, and whether it is forgotten.
    due_at: Mapped[datetime] = mapped_column(Instant, index=True)


class ScopeMapping(Model):
    """Which claims go with a scope, where administrators have said so (`clients.mapping`)."""

    __tablename__ = "scope_mappings"

    scope: Mapped[str] = mapped_column(String(200), primary_key=True)
    claim_mappers: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class ClientLogo(Model):
    """A client's logo, fetched once by the server, so that sign-in pages load nothing from third parties."""

    __tablename__ = "client_logos"

    client_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    logo_uri: Mapped[str] = mapped_column(String(2000))
    media_type: Mapped[str] = mapped_column(String(32))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    fetched_at: Mapped[datetime] = mapped_column(Instant)


class InitialAccessToken(Model):
    """What lets somebody register clients (RFC 7591, section 3), by its digest; `uses_left` of none is without limit."""

    __tablename__ = "initial_access_tokens"
    # On SQLite too a number is given once, and names one token for good: on pages that are open, and in the audit log.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - declared as SQLAlchemy reads it

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    label: Mapped[str] = mapped_column(String(200))
    uses_left: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
