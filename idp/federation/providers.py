"""The providers, as one table: where each is, what is asked of it, and how it tells who somebody is.

A further provider is a further row. Nothing here knows accounts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from idp.accounts import identity
from idp.base import writing
from idp.base.extensions import settings
from idp.config import LOOPBACK_HOSTS, Settings
from idp.federation import openid
from idp.federation.errors import UpstreamError
from idp.federation.openid import Expected

if TYPE_CHECKING:
    from idp.federation.wire import Wire

LONGEST = 255  # characters of a subject or a name
GITHUB = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


@dataclass(frozen=True)
class Identity:
    """Who somebody is at a provider: an unchanging subject, what the person is called there, and the address, if it tells one."""

    subject: str
    name: str = ""
    email: str | None = None
    email_verified: bool = False
    given_name: str = ""
    family_name: str = ""


@dataclass(frozen=True)
class Endpoints:
    """Where a provider is; `metadata` is what one of OpenID Connect says of itself."""

    authorize: str
    token: str
    metadata: dict[str, Any] | None = None


@dataclass(frozen=True)
class Provider:
    """A row of the table. `setting` is the prefix of its settings, `urls` those that hold addresses."""

    key: str
    label: str
    setting: str
    urls: tuple[str, ...]
    scope: str
    auth_method: str
    uses_pkce: bool
    locate: Callable[["Wire", Settings], Endpoints]
    read: Callable[["Wire", Settings, Endpoints, dict[str, Any], Expected | None], Identity]

    @property
    def client_id(self) -> str | None:
        """What this server is called there."""
        value: str | None = getattr(settings(), f"{self.setting}_client_id")
        return value

    @property
    def client_secret(self) -> str | None:
        """The secret that came with that name."""
        secret: SecretStr | None = getattr(settings(), f"{self.setting}_client_secret")
        return secret.get_secret_value() if secret is not None else None

    @property
    def base_url(self) -> str:
        """Where people meet it."""
        value: str = getattr(settings(), f"{self.setting}_{self.urls[0]}")
        return value

    @property
    def is_configured(self) -> bool:
        """Whether the operator has registered this server there."""
        return bool(self.client_id and self.client_secret)


def find(key: str) -> Provider | None:
    """Return a provider, configured or not."""
    return next((provider for provider in TABLE if provider.key == key), None)


def list_configured() -> list[Provider]:
    """Return the providers that people can sign in with."""
    return [provider for provider in TABLE if provider.is_configured]


def find_bad_url(values: Settings) -> str | None:
    """Return the name of the first setting whose address is neither https nor on loopback."""
    names = [f"{provider.setting}_{name}" for provider in TABLE for name in provider.urls]
    return next((name for name in names if not _is_good(getattr(values, name))), None)


def _locate_google(wire: "Wire", values: Settings) -> Endpoints:
    metadata = openid.discover(wire, values.google_issuer)
    return Endpoints(
        openid.endpoint(metadata, "authorization_endpoint"), openid.endpoint(metadata, "token_endpoint"), metadata
    )


def _read_google(
    wire: "Wire", _values: Settings, endpoints: Endpoints, token: dict[str, Any], expected: Expected | None
) -> Identity:
    if endpoints.metadata is None or expected is None:
        raise UpstreamError("there is no configuration")
    claims = openid.read_id_token(wire, endpoints.metadata, token, expected)
    if "email" not in claims and "userinfo_endpoint" in endpoints.metadata:
        claims |= openid.read_userinfo(wire, endpoints.metadata, claims["sub"])
    email = _email(claims.get("email"))
    return Identity(
        _subject(claims["sub"]),
        email or "",
        email,
        claims.get("email_verified") is True,
        _text(claims.get("given_name"), identity.LONGEST_NAME),
        _text(claims.get("family_name"), identity.LONGEST_NAME),
    )


def _locate_github(_wire: "Wire", values: Settings) -> Endpoints:
    base = values.github_url.rstrip("/")
    return Endpoints(f"{base}/login/oauth/authorize", f"{base}/login/oauth/access_token")


def _read_github(
    wire: "Wire", values: Settings, _endpoints: Endpoints, _token: dict[str, Any], _expected: Expected | None
) -> Identity:
    """Ask for the user and the addresses: only the list says which one is verified."""
    base = values.github_api_url.rstrip("/")
    user = _object(wire.ask(f"{base}/user", GITHUB))
    listed = wire.ask(f"{base}/user/emails?per_page=100", GITHUB)  # the first page has thirty otherwise
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    primary = next((row for row in rows if row.get("primary") is True), {})
    given, _, family = _text(user.get("name"), LONGEST).partition(" ")
    return Identity(
        _subject(user.get("id")),
        _text(user.get("login"), LONGEST),
        _email(primary.get("email")),
        primary.get("verified") is True,
        _text(given, identity.LONGEST_NAME),
        _text(family, identity.LONGEST_NAME),
    )


def _locate_42(_wire: "Wire", values: Settings) -> Endpoints:
    base = values.f42_url.rstrip("/")
    return Endpoints(f"{base}/oauth/authorize", f"{base}/oauth/token")


def _read_42(
    wire: "Wire", values: Settings, _endpoints: Endpoints, _token: dict[str, Any], _expected: Expected | None
) -> Identity:
    """Ask for the user. 42 never says whether an address is verified, so it is not."""
    user = _object(wire.ask(f"{values.f42_url.rstrip('/')}/v2/me"))
    return Identity(
        _subject(user.get("id")),
        _text(user.get("login"), LONGEST),
        _email(user.get("email")),
        False,
        _text(user.get("first_name"), identity.LONGEST_NAME),
        _text(user.get("last_name"), identity.LONGEST_NAME),
    )


def _object(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise UpstreamError("the answer is no object")
    return answer


def _subject(value: Any) -> str:
    """Return what names somebody for good: a number, or a text that can be kept as it is."""
    subject = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not 0 < len(subject) <= LONGEST or not subject.isprintable():
        raise UpstreamError("the answer names nobody")
    return subject


def _text(value: Any, longest: int) -> str:
    """Return a name as it can be shown, or nothing."""
    text = writing.tidy(value.strip()[:longest]).strip() if isinstance(value, str) else ""
    return text if writing.find_fault(text) is None else ""


def _email(value: Any) -> str | None:
    email = identity.read_email(value) if isinstance(value, str) else None
    return email if isinstance(email, str) else None


def _is_good(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_allowed = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS)
    return is_allowed and bool(parts.hostname)


TABLE = (
    Provider(
        key="google",
        label="Google",
        setting="google",
        urls=("issuer",),
        scope="openid email profile",
        auth_method="client_secret_basic",
        uses_pkce=True,
        locate=_locate_google,
        read=_read_google,
    ),
    Provider(
        key="github",
        label="GitHub",
        setting="github",
        urls=("url", "api_url"),
        scope="user:email",
        auth_method="client_secret_post",
        uses_pkce=True,
        locate=_locate_github,
        read=_read_github,
    ),
    Provider(
        key="42",
        label="42",
        setting="f42",
        urls=("url",),
        scope="public",
        auth_method="client_secret_post",
        uses_pkce=False,  # 42 documents none
        locate=_locate_42,
        read=_read_42,
    ),
)
