"""The three providers that come from settings, as one table: where each is, what is asked of it, and how it tells who somebody is.

A further provider is a row of the database (`configured`); nothing here knows accounts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from idp.accounts import identity
from idp.base.extensions import settings
from idp.config import LOOPBACK_HOSTS, Settings
from idp.federation import identities, openid
from idp.federation.errors import UpstreamError
from idp.federation.identities import Endpoints, Identity
from idp.federation.openid import Expected
from idp.federation.policy import OPEN, Policy

if TYPE_CHECKING:
    from idp.federation.wire import Wire

GITHUB = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


@dataclass(frozen=True)
class Built:
    """A row of the table. `setting` is the prefix of its settings, `urls` those that hold addresses."""

    key: str
    label: str
    setting: str
    urls: tuple[str, ...]
    scope: str
    auth_method: str
    uses_pkce: bool
    locator: Callable[["Wire", Settings], Endpoints]
    reader: Callable[["Wire", Settings, Endpoints, dict[str, Any], Expected | None], Identity]
    policy: Policy = OPEN
    algorithms: tuple[str, ...] = ("RS256", "ES256", "EdDSA")
    icon: str | None = None
    position: int = 0
    group_mapping: tuple[tuple[str, int], ...] = ()
    is_named: bool = True  # the operator's own addresses, which may be private

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
    def is_configured(self) -> bool:
        """Whether the operator has registered this server there."""
        return bool(self.client_id and self.client_secret)

    def locate(self, wire: "Wire") -> Endpoints:
        """Return where it is.

        Raises:
            UpstreamError: its configuration cannot be read.
        """
        return self.locator(wire, settings())

    def read(self, wire: "Wire", endpoints: Endpoints, token: dict[str, Any], expected: Expected | None) -> Identity:
        """Return who a token response speaks of.

        Raises:
            UpstreamError: the provider did not answer as it should.
        """
        return self.reader(wire, settings(), endpoints, token, expected)


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
    email = identities.read_email(claims.get("email"))
    return Identity(
        identities.read_subject(claims["sub"]),
        email or "",
        email,
        claims.get("email_verified") is True,
        identities.read_text(claims.get("given_name"), identity.LONGEST_NAME),
        identities.read_text(claims.get("family_name"), identity.LONGEST_NAME),
    )


def _locate_github(_wire: "Wire", values: Settings) -> Endpoints:
    base = values.github_url.rstrip("/")
    return Endpoints(f"{base}/login/oauth/authorize", f"{base}/login/oauth/access_token")


def _read_github(
    wire: "Wire", values: Settings, _endpoints: Endpoints, _token: dict[str, Any], _expected: Expected | None
) -> Identity:
    """Ask for the user and the addresses: only the list says which one is verified."""
    base = values.github_api_url.rstrip("/")
    user = identities.take_object(wire.ask(f"{base}/user", GITHUB))
    listed = wire.ask(f"{base}/user/emails?per_page=100", GITHUB)  # the first page has thirty otherwise
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    primary = next((row for row in rows if row.get("primary") is True), {})
    given, _, family = identities.read_text(user.get("name"), identities.LONGEST).partition(" ")
    return Identity(
        identities.read_subject(user.get("id")),
        identities.read_text(user.get("login"), identities.LONGEST),
        identities.read_email(primary.get("email")),
        primary.get("verified") is True,
        identities.read_text(given, identity.LONGEST_NAME),
        identities.read_text(family, identity.LONGEST_NAME),
    )


def _locate_42(_wire: "Wire", values: Settings) -> Endpoints:
    base = values.f42_url.rstrip("/")
    return Endpoints(f"{base}/oauth/authorize", f"{base}/oauth/token")


def _read_42(
    wire: "Wire", values: Settings, _endpoints: Endpoints, _token: dict[str, Any], _expected: Expected | None
) -> Identity:
    """Ask for the user. 42 never says whether an address is verified, so it is not."""
    user = identities.take_object(wire.ask(f"{values.f42_url.rstrip('/')}/v2/me"))
    return Identity(
        identities.read_subject(user.get("id")),
        identities.read_text(user.get("login"), identities.LONGEST),
        identities.read_email(user.get("email")),
        False,
        identities.read_text(user.get("first_name"), identity.LONGEST_NAME),
        identities.read_text(user.get("last_name"), identity.LONGEST_NAME),
    )


def _is_good(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_allowed = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS)
    return is_allowed and bool(parts.hostname)


TABLE = (
    Built(
        key="google",
        label="Google",
        setting="google",
        urls=("issuer",),
        scope="openid email profile",
        auth_method="client_secret_basic",
        uses_pkce=True,
        locator=_locate_google,
        reader=_read_google,
    ),
    Built(
        key="github",
        label="GitHub",
        setting="github",
        urls=("url", "api_url"),
        scope="user:email",
        auth_method="client_secret_post",
        uses_pkce=True,
        locator=_locate_github,
        reader=_read_github,
    ),
    Built(
        key="42",
        label="42",
        setting="f42",
        urls=("url",),
        scope="public",
        auth_method="client_secret_post",
        uses_pkce=False,  # 42 documents none
        locator=_locate_42,
        reader=_read_42,
    ),
)
