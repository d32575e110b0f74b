"""The settings themselves. Every docstring below a field is its reference text."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from idp.config import checks, environment, injected
from idp.config.checks import LOOPBACK_HOSTS
from idp.config.environment import SettingsError

NotNegative = Annotated[int, AfterValidator(checks.not_negative)]
Life = Annotated[int, AfterValidator(checks.life)]
SEATS = 8  # of a process, where the settings leave it open
MOST_PROCESSES = 4  # of a server, where the settings leave it open


class Settings(BaseSettings):
    """All settings of one server. Field `mail_server` is the variable `IDP_MAIL_SERVER`."""

    model_config = SettingsConfigDict(env_prefix="IDP_", env_file=".env", extra="ignore", env_ignore_empty=True)

    issuer: Annotated[str, AfterValidator(checks.issuer)] = "http://127.0.0.1:5000"
    """Public base URL; https is required unless the host is loopback."""
    bind: Annotated[str, AfterValidator(checks.bind)] = "127.0.0.1:5000"
    """Address and port to listen on."""
    data_dir: Path = Path("instance")
    """Directory of the SQLite file, the generated secret and generated keys."""
    secret_key: Annotated[SecretStr, AfterValidator(checks.secret_key)] = SecretStr("")
    """At least 32 characters; generated once into the data directory when unset."""
    tls_cert_file: Path | None = None
    """PEM certificate chain: serve HTTPS directly."""
    tls_key_file: Path | None = None
    """PEM private key that belongs to the certificate."""
    database_url: Annotated[str, AfterValidator(checks.database_url)] = ""
    """`postgresql+psycopg://...` in production; a SQLite file in the data directory when unset."""
    database_replica_url: str | None = None
    """Read replica."""
    redis_url: Annotated[str | None, AfterValidator(checks.redis_url)] = None
    """Shared rate limits and state between nodes; in-process when unset."""
    workers: NotNegative = 0
    """Worker processes; 0 chooses by the machine's cores."""
    threads: NotNegative = 0
    """Threads per worker; 0 chooses."""
    mail_server: str | None = None
    """SMTP host; when unset messages wait in the outbox."""
    mail_port: NotNegative = 25
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
    admin_key: Annotated[SecretStr | None, AfterValidator(checks.admin_key)] = None
    """Key of the older administrative endpoints, at least 24 characters; unset: they answer 403."""
    allowed_origins: Annotated[str, AfterValidator(checks.origins)] = ""
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
    breach_check_url: Annotated[str | None, AfterValidator(checks.breach_check_url)] = None
    """Range API of a breach corpus, asked about new passwords by k-anonymity; unset: nobody is asked."""
    refresh_grace: Annotated[NotNegative, AfterValidator(checks.grace)] = 10
    """Seconds in which a rotated refresh token still yields a sibling."""
    signing_algorithms: Annotated[str, AfterValidator(checks.signing_algorithms)] = ",".join(checks.SIGNING_ALGORITHMS)
    """Comma-separated algorithms that this server signs with; RS256 and ES256 are always among them."""
    legacy_response_types: bool = False
    """Implicit and hybrid flows, and request objects without a signature; only for old relying parties (RFC 9700)."""
    registration: Literal["token", "open", "off"] = "token"
    """Who may register clients at `/oauth/register`: whoever has an initial access token, everybody, or nobody."""
    client_id_metadata_hosts: Annotated[str, AfterValidator(checks.client_hosts)] = ""
    """Hosts whose addresses may be client identifiers: comma separated, `*.` for those below, `*` for all; unset: none."""
    bearer_access_minutes: Life = 60
    """Life of access tokens of the accounts and token pair interfaces (documents 1 and 4)."""
    bearer_refresh_days: Life = 30
    """Life of their refresh tokens."""
    provider_access_minutes: Life = 10
    """Life of access tokens of clients made by `/clients/register` (document 2)."""
    provider_refresh_days: Life = 30
    """Life of their refresh tokens."""
    cookies_access_minutes: Life = 15
    """Life of access tokens of the cookie interface (document 3)."""
    cookies_refresh_days: Life = 7
    """Life of its refresh tokens."""
    directory_access_minutes: Life = 15
    """Life of access tokens of the user management interface (document 5)."""
    directory_refresh_days: Life = 7
    """Life of its refresh tokens."""
    log_format: Literal["text", "json"] = "text"
    """How `idp serve` and `idp worker` write what they tell of themselves: lines for people, or one JSON object a line."""
    metrics_token: SecretStr | None = None
    """Bearer token for `/metrics` from other than loopback."""
    trusted_proxies: NotNegative = 0
    """Hops whose `X-Forwarded-*` are believed."""
    trusted_ca_file: Path | None = None
    """Extra CA certificates for fetching what clients publish."""
    allow_private_fetch: bool = False
    """Whether fetches for clients may reach private addresses."""
    mtls_url: Annotated[str | None, AfterValidator(checks.mtls_url)] = None
    """Where a trusted proxy asks clients for a certificate and tells it in `Client-Cert` (RFC 9440); unset: no mutual TLS."""
    mtls_ca_file: Path | None = None
    """PEM certificates of the authorities whose client certificates prove clients."""
    stream_networks: Annotated[str, AfterValidator(checks.networks)] = ""
    """Private networks that streams of the audit log may reach."""

    def __init__(self, **values: Any) -> None:
        """Read the environment; keyword arguments win over it.

        Raises:
            SettingsError: naming the variables that are unknown, malformed or weak.
        """
        written = environment.read_file(Path(".env"))
        found = {**written, **os.environ}
        strays = {name for name in os.environ if injected.is_injected(name, os.environ)}
        fields = type(self).model_fields
        environment.refuse_unknown(found.keys() - strays, fields)
        passed_over = {
            field: written.get(name) or fields[field].default for name, field in environment.read_by(fields, strays)
        }
        values = passed_over | environment.read_digit_names(found) | values
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise SettingsError("; ".join(environment.describe(problem) for problem in error.errors())) from None

    @model_validator(mode="after")
    def _check_pairs(self) -> "Settings":
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError("IDP_TLS_CERT_FILE and IDP_TLS_KEY_FILE go together")
        for name in ("tls_cert_file", "tls_key_file", "trusted_ca_file", "mtls_ca_file"):
            path = getattr(self, name)
            if path is not None and not path.is_file():
                raise ValueError(f"IDP_{name.upper()}: no such file: {path}")
        if self.mtls_url is not None and not self.trusted_proxies:
            raise ValueError("IDP_MTLS_URL needs IDP_TRUSTED_PROXIES: a proxy tells the certificate")
        if self.mail_use_tls and self.mail_use_ssl:
            raise ValueError("IDP_MAIL_USE_TLS and IDP_MAIL_USE_SSL exclude each other")
        if not (self.breach_check_url or "https:").startswith("https:") and not self.allow_private_fetch:
            raise ValueError("IDP_BREACH_CHECK_URL: must be https unless IDP_ALLOW_PRIVATE_FETCH is true")
        self.data_dir = self.data_dir.absolute()
        if not self.database_url:
            self.database_url = f"sqlite:///{self.data_dir / 'idp.db'}"
        if self.is_sqlite:
            self.database_url = checks.place_sqlite(self.database_url)
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
    def seats(self) -> int:
        """How many requests a process works on at a time, where none waits for something slow: a thread and a connection each.

        Few are enough: one at a time holds the interpreter, and each takes a megabyte.
        """
        return self.threads or SEATS

    @property
    def processes(self) -> int:
        """How many processes answer requests; where the settings leave it open, one for each processor, and four at most."""
        return self.workers or min(_processors(), MOST_PROCESSES)

    @property
    def processors(self) -> int:
        """How many processors are each process' share, one at least."""
        return max(1, _processors() // self.processes)

    @property
    def origins(self) -> frozenset[str]:
        """Origins that contracts answer by CORS and redirect to."""
        listed = {part.strip() for part in self.allowed_origins.split(",") if part.strip()}
        return frozenset(listed or {self.issuer})

    def load_secret(self) -> str:
        """Return the secret key, generating it once (mode 600) in the data directory when unset.

        Raises:
            SettingsError: the directory cannot be made, or its secret neither read nor written.
        """
        try:
            return self._load_secret()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"IDP_DATA_DIR: {environment.reason(error, self.data_dir)}") from None

    def _load_secret(self) -> str:
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if secret := self.secret_key.get_secret_value():
            return secret
        return environment.keep_secret(self.data_dir / "secret_key")


def _processors() -> int:
    """Return how many processors this process may use: of those of the machine, a container may be given some."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
