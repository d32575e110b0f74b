"""Typed settings, read from `IDP_*` environment variables and `.env`.

Unknown, malformed or weak values refuse to boot and name the variable. Every docstring below a field is its reference text.
Durations that operators do not steer live in `idp.lifetimes`.
"""

import os
import secrets
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

CONTRACTS = ("bearer", "provider", "cookies", "directory")
LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}


class SettingsError(Exception):
    """A setting is unknown, malformed or weak; the message names the variable."""


class Settings(BaseSettings):
    """All settings of one server. Field `mail_server` is the variable `IDP_MAIL_SERVER`."""

    model_config = SettingsConfigDict(env_prefix="IDP_", env_file=".env", extra="ignore", env_ignore_empty=True)

    issuer: str = "http://127.0.0.1:5000"
    """Public base URL; https is required unless the host is loopback."""
    bind: str = "127.0.0.1:5000"
    """Address and port to listen on."""
    data_dir: Path = Path("instance")
    """Directory of the SQLite file, the generated secret and generated keys."""
    secret_key: SecretStr = SecretStr("")
    """At least 32 characters; generated once into the data directory when unset."""
    tls_cert_file: Path | None = None
    """PEM certificate chain: serve HTTPS directly."""
    tls_key_file: Path | None = None
    """PEM private key that belongs to the certificate."""
    database_url: str = ""
    """`postgresql+psycopg://...` in production; a SQLite file in the data directory when unset."""
    database_replica_url: str | None = None
    """Read replica."""
    redis_url: str | None = None
    """Shared rate limits and state between nodes; in-process when unset."""
    workers: int = 0
    """Worker processes; 0 chooses by the machine's cores."""
    threads: int = 0
    """Threads per worker; 0 chooses."""
    mail_server: str | None = None
    """SMTP host; when unset messages wait in the outbox."""
    mail_port: int = 25
    """SMTP port."""
    mail_username: str | None = None
    """SMTP user."""
    mail_password: SecretStr | None = None
    """SMTP password."""
    mail_use_tls: bool = False
    """STARTTLS."""
    mail_use_ssl: bool = False
    """TLS from the first byte."""
    mail_default_sender: str = ""
    """Sender address; `no-reply@` and the issuer's host when unset."""
    admin_key: SecretStr | None = None
    """Key of the older administrative endpoints, at least 24 characters; unset: they answer 403."""
    allowed_origins: str = ""
    """Comma-separated origins for CORS and redirect targets; the issuer's own when unset."""
    ratelimit_enabled: bool = True
    """`false` stops request limits only; failure counters always hold."""
    google_client_id: str | None = None
    """Upstream Google client."""
    google_client_secret: SecretStr | None = None
    """Upstream Google secret."""
    google_issuer: str = "https://accounts.google.com"
    """Upstream Google issuer."""
    github_client_id: str | None = None
    """Upstream GitHub client."""
    github_client_secret: SecretStr | None = None
    """Upstream GitHub secret."""
    github_url: str = "https://github.com"
    """GitHub's base URL."""
    github_api_url: str = "https://api.github.com"
    """GitHub's API base URL."""
    # The variable names start with a digit after the prefix, hence the `f` of the field names and the aliases below.
    f42_client_id: str | None = None
    """Upstream 42 client (`IDP_42_CLIENT_ID`)."""
    f42_client_secret: SecretStr | None = None
    """Upstream 42 secret (`IDP_42_CLIENT_SECRET`)."""
    f42_url: str = "https://api.intra.42.fr"
    """42's base URL (`IDP_42_URL`)."""
    email_exist_endpoint: bool = True
    """Whether `/user/email-exist/` answers."""
    password_hash: Literal["argon2id", "bcrypt"] = "argon2id"
    """Algorithm of new password hashes."""
    breach_check_url: str | None = None
    """Range API of a breach corpus, asked about new passwords by k-anonymity; unset: nobody is asked."""
    refresh_grace: int = 10
    """Seconds in which a rotated refresh token still yields a sibling."""
    legacy_response_types: bool = False
    """Implicit and hybrid flows."""
    bearer_access_minutes: int = 60
    """Life of access tokens of the accounts and token pair interfaces (documents 1 and 4)."""
    bearer_refresh_days: int = 30
    """Life of their refresh tokens."""
    provider_access_minutes: int = 10
    """Life of access tokens of clients made by `/clients/register` (document 2)."""
    provider_refresh_days: int = 30
    """Life of their refresh tokens."""
    cookies_access_minutes: int = 15
    """Life of access tokens of the cookie interface (document 3)."""
    cookies_refresh_days: int = 7
    """Life of its refresh tokens."""
    directory_access_minutes: int = 15
    """Life of access tokens of the user management interface (document 5)."""
    directory_refresh_days: int = 7
    """Life of its refresh tokens."""
    metrics_token: SecretStr | None = None
    """Bearer token for `/metrics` from other than loopback."""
    trusted_proxies: int = 0
    """Hops whose `X-Forwarded-*` are believed."""
    trusted_ca_file: Path | None = None
    """Extra CA certificates for fetching what clients publish."""
    allow_private_fetch: bool = False
    """Whether fetches for clients may reach private addresses."""

    def __init__(self, **values: Any) -> None:
        """Read the environment; keyword arguments win over it.

        Raises:
            SettingsError: naming the variables that are unknown, malformed or weak.
        """
        environment = {**dotenv_values(".env"), **os.environ}
        values = _read_digit_names(environment) | values
        _refuse_unknown(environment)
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise SettingsError("; ".join(_describe(problem) for problem in error.errors())) from None

    @field_validator("issuer")
    @classmethod
    def _check_issuer(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an absolute http(s) URL without query and fragment")
        if parts.username is not None or parts.password is not None:
            raise ValueError("must not hold a user or a password")
        if parts.path not in {"", "/"}:
            raise ValueError("must have no path: the provider answers at the root of its host")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
            raise ValueError("must be https unless its host is loopback")
        return value.rstrip("/")

    @field_validator("bind")
    @classmethod
    def _check_bind(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise ValueError("must look like 127.0.0.1:5000")
        return value

    @field_validator("secret_key")
    @classmethod
    def _check_secret_key(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if secret and (len(secret) < 32 or len(set(secret)) < 8):
            raise ValueError("is weak: at least 32 characters, 8 of them different")
        return value

    @field_validator("admin_key")
    @classmethod
    def _check_admin_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 24:
            raise ValueError("is weak: at least 24 characters")
        return value

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("must start with sqlite:/// or postgresql+psycopg://")
        return value

    @field_validator(*(f"{name}_{unit}" for name in CONTRACTS for unit in ("access_minutes", "refresh_days")))
    @classmethod
    def _check_life(cls, value: int) -> int:
        if not 1 <= value <= 365:
            raise ValueError("must be between 1 and 365")
        return value

    @field_validator("refresh_grace", "workers", "threads", "trusted_proxies", "mail_port")
    @classmethod
    def _check_not_negative(cls, value: int) -> int:
        if value < 0:
            raise ValueError("must not be negative")
        return value

    @field_validator("refresh_grace")
    @classmethod
    def _check_grace(cls, value: int) -> int:
        if value > 300:
            raise ValueError("must be at most 300 seconds: reuse of a stolen token is noticed only after it")
        return value

    @field_validator("breach_check_url")
    @classmethod
    def _check_breach_check_url(cls, value: str | None) -> str | None:
        if value is not None and not (urlsplit(value).hostname and value.endswith(("/", "="))):
            raise ValueError("must be an absolute URL that ends with / or =: five digits are put behind it")
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _check_origins(cls, value: str) -> str:
        for origin in filter(None, (part.strip() for part in value.split(","))):
            parts = urlsplit(origin)
            if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query:
                raise ValueError(f"{origin!r} is no origin: scheme, host and port only")
        return value

    @model_validator(mode="after")
    def _check_pairs(self) -> "Settings":
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError("IDP_TLS_CERT_FILE and IDP_TLS_KEY_FILE go together")
        for name in ("tls_cert_file", "tls_key_file", "trusted_ca_file"):
            path = getattr(self, name)
            if path is not None and not path.is_file():
                raise ValueError(f"IDP_{name.upper()}: no such file: {path}")
        if self.mail_use_tls and self.mail_use_ssl:
            raise ValueError("IDP_MAIL_USE_TLS and IDP_MAIL_USE_SSL exclude each other")
        if not (self.breach_check_url or "https:").startswith("https:") and not self.allow_private_fetch:
            raise ValueError("IDP_BREACH_CHECK_URL: must be https unless IDP_ALLOW_PRIVATE_FETCH is true")
        self.data_dir = self.data_dir.absolute()
        if not self.database_url:
            self.database_url = f"sqlite:///{self.data_dir / 'idp.db'}"
        if not self.mail_default_sender:
            host = urlsplit(self.issuer).hostname or ""
            self.mail_default_sender = f"no-reply@{'localhost.localdomain' if host in LOOPBACK_HOSTS else host}"
        return self

    @property
    def is_https(self) -> bool:
        """Whether the public address is https."""
        return self.issuer.startswith("https://")

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a SQLite file."""
        return self.database_url.startswith("sqlite:")

    @property
    def origins(self) -> frozenset[str]:
        """Origins that contracts answer by CORS and redirect to."""
        listed = {part.strip() for part in self.allowed_origins.split(",") if part.strip()}
        return frozenset(listed or {self.issuer})

    def load_secret(self) -> str:
        """Return the secret key, generating it once (mode 600) in the data directory when unset."""
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if secret := self.secret_key.get_secret_value():
            return secret
        path = self.data_dir / "secret_key"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return _read_secret(path)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        return _read_secret(path)


def _read_secret(path: Path) -> str:
    secret = path.read_text().strip()
    if len(secret) < 32:
        raise SettingsError(f"IDP_SECRET_KEY is weak: {path} holds fewer than 32 characters")
    return secret


def _read_digit_names(environment: dict[str, str | None]) -> dict[str, Any]:
    return {
        f"f{name[4:].lower()}": value for name, value in environment.items() if name.startswith("IDP_42_") and value
    }


def _refuse_unknown(environment: dict[str, str | None]) -> None:
    known = {f"IDP_{name.upper()}".replace("IDP_F42_", "IDP_42_") for name in Settings.model_fields}
    unknown = sorted(name for name in environment if name.startswith("IDP_") and name not in known)
    if unknown:
        raise SettingsError(f"unknown setting: {', '.join(unknown)}")


def _describe(problem: Any) -> str:
    message = str(problem["msg"]).removeprefix("Value error, ")
    location = ".".join(str(part) for part in problem["loc"])
    if not location:
        return message
    return f"{f'IDP_{location.upper()}'.replace('IDP_F42_', 'IDP_42_')}: {message}"
