"""The rules of client metadata (RFC 7591, section 2; RFC 9700): the one door through which every registration goes."""

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from idp.base.outcome import Reason, Refused

GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")
SCOPES = ("openid", "profile", "email", "offline_access")
AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
ID_TOKEN_ALGORITHMS = ("RS256", "ES256", "EdDSA")
DEFAULT_GRANTS = ("authorization_code", "refresh_token")
DEFAULT_SCOPE = "openid profile email offline_access"
RESERVED_SCOPES = {"account"}
SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")  # RFC 6749, section 3.3
CLIENT_ID = re.compile(r"[A-Za-z0-9._~-]{1,255}")
PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")  # RFC 8252, section 7.1: a reversed domain name
LOOPBACK_URI = re.compile(r"http://(?P<host>127\.0\.0\.1|\[::1\])(:(?P<port>[0-9]{1,5}))?(?P<rest>([/?][!-\"$-~]*)?)")
SHORTEST_CHOSEN_SECRET = 8


@dataclass(frozen=True)
class Metadata:
    """What a registration asks for."""

    client_name: str
    redirect_uris: list[str] = field(default_factory=list)
    post_logout_redirect_uris: list[str] = field(default_factory=list)
    grant_types: list[str] = field(default_factory=lambda: list(DEFAULT_GRANTS))
    scope: str = DEFAULT_SCOPE
    token_endpoint_auth_method: str = "client_secret_basic"  # noqa: S105 - a method's name
    id_token_signed_response_alg: str = "RS256"
    require_pkce: bool = True
    first_party: bool = False
    require_second_factor: bool = False
    client_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    jwks: dict[str, Any] | None = None
    contacts: list[str] = field(default_factory=list)
    dialect: str | None = None

    @property
    def is_public(self) -> bool:
        """Whether the client has no secret (RFC 6749, section 2.1)."""
        return self.token_endpoint_auth_method == "none"  # noqa: S105 - a method's name


def check(metadata: Metadata) -> Refused | None:
    """Return the first thing that is wrong with a registration, or None. `Refused.field` names the member."""
    for problem in _problems(metadata):
        if problem is not None:
            member, detail = problem
            return Refused(Reason.CLIENT_INVALID, field=member, detail=detail)
    return None


def without_loopback_port(uri: str) -> tuple[str, str] | None:
    """Return host and path of an http URI on a loopback IP literal, without its port (RFC 8252, section 7.3); None for any other.

    Read by pattern: `urlsplit` drops line breaks, and raises on half an IPv6 address.
    """
    found = LOOPBACK_URI.fullmatch(uri)
    if found is None or int(found["port"] or 0) > 65535:
        return None
    return found["host"], found["rest"]


def _problems(metadata: Metadata) -> "list[tuple[str, str] | None]":
    return [
        _check_name(metadata),
        _check_grants(metadata),
        _check_scope(metadata),
        _check_method(metadata),
        _check_redirect_uris(metadata),
        *(_check_redirect_uri("post_logout_redirect_uris", uri) for uri in metadata.post_logout_redirect_uris),
        *(_check_page(name, getattr(metadata, name)) for name in ("client_uri", "logo_uri", "policy_uri", "tos_uri")),
    ]


def _check_name(metadata: Metadata) -> tuple[str, str] | None:
    if not metadata.client_name.strip() or len(metadata.client_name) > 200:
        return "client_name", "A name of 1 to 200 characters is needed."
    if not metadata.client_name.isprintable():
        return "client_name", "The name has characters that cannot be printed."
    return None


def _check_grants(metadata: Metadata) -> tuple[str, str] | None:
    unknown = sorted(set(metadata.grant_types) - set(GRANT_TYPES))
    if unknown:
        return "grant_types", f"Unknown grant: {unknown[0]}."
    if not metadata.grant_types:
        return "grant_types", "At least one grant is needed."
    if "client_credentials" in metadata.grant_types and metadata.is_public:
        return "grant_types", "A public client cannot use client_credentials (RFC 6749, section 4.4)."
    return None


def _check_scope(metadata: Metadata) -> tuple[str, str] | None:
    if len(metadata.scope) > 1000:
        return "scope", "The scopes are too long."
    for scope in metadata.scope.split():
        if not SCOPE_TOKEN.fullmatch(scope):
            return "scope", "A scope has characters that RFC 6749 does not allow."
        if scope in RESERVED_SCOPES:
            return "scope", f"The scope {scope} is reserved."
    return None


def _check_method(metadata: Metadata) -> tuple[str, str] | None:
    if metadata.token_endpoint_auth_method not in AUTH_METHODS:
        return "token_endpoint_auth_method", f"Use one of: {', '.join(AUTH_METHODS)}."
    if metadata.id_token_signed_response_alg not in ID_TOKEN_ALGORITHMS:
        return "id_token_signed_response_alg", f"Use one of: {', '.join(ID_TOKEN_ALGORITHMS)}."
    if metadata.is_public and not metadata.require_pkce:
        return "require_pkce", "A public client always uses PKCE."
    return None


def _check_redirect_uris(metadata: Metadata) -> tuple[str, str] | None:
    if "authorization_code" in metadata.grant_types and not metadata.redirect_uris:
        return "redirect_uris", "At least one redirect URI is needed."
    if len(set(metadata.redirect_uris)) != len(metadata.redirect_uris):
        return "redirect_uris", "A redirect URI is there twice."
    for uri in metadata.redirect_uris:
        problem = _check_redirect_uri("redirect_uris", uri)
        if problem:
            return problem
        if urlsplit(uri).scheme not in {"http", "https"} and not metadata.is_public:
            return "redirect_uris", f"Only a public client may use the private scheme of {uri}."
    return None


def _check_redirect_uri(member: str, uri: str) -> tuple[str, str] | None:
    """Refuse what RFC 9700, section 2.1, and RFC 6749, section 3.1.2, forbid."""
    if len(uri) > 2000 or not uri.isascii() or not uri.isprintable() or any(c in uri for c in ' "<>\\^`{|}*'):
        return member, f"{uri[:100]!r} is no URI."
    try:
        parts = urlsplit(uri)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return member, f"{uri} is no URI."
    if "#" in uri:
        return member, f"{uri} must not have a fragment."
    if parts.scheme in {"http", "https"}:
        if not host or parts.username is not None or parts.password is not None:
            return member, f"{uri} must have a host, and no user."
        if parts.scheme == "http" and not _is_loopback_host(host):
            return member, f"{uri} must be https, unless its host is loopback."
        return None
    if not PRIVATE_SCHEME.fullmatch(parts.scheme):
        return member, f"{uri} must be https, or have a private scheme such as com.example.app."
    return None


def _check_page(member: str, uri: str | None) -> tuple[str, str] | None:
    if not uri:
        return None
    try:
        parts = urlsplit(uri)
    except ValueError:  # half an IPv6 address
        return member, f"{uri[:100]} is no URI."
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(uri) > 2000 or not uri.isprintable():
        return member, "An absolute http or https address is needed."
    return None


def _is_loopback_host(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
