"""The members of client metadata, and the values that they may have on this server."""

import re
from dataclasses import dataclass, field, fields
from typing import Any

from idp.base import accents
from idp.base.extensions import settings
from idp.base.writing import tidy
from idp.clients.metadata import profiles
from idp.keys.jose import SIGNATURES

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"  # RFC 8628, section 3.4
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - RFC 8693, section 2.1
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"  # RFC 7523, section 2.1
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials", DEVICE_CODE, TOKEN_EXCHANGE, JWT_BEARER)
LEGACY_GRANT_TYPES = ("implicit",)
# OAuth 2.0 Multiple Response Types, sections 3 and 5; the words of each in alphabetical order.
RESPONSE_TYPES = ("code",)
LEGACY_RESPONSE_TYPES = ("id_token", "id_token token", "code id_token", "code token", "code id_token token")
SCOPES = ("openid", "profile", "email", "address", "phone", "offline_access")
# Of these a client that is not registered for them hears nothing, and is not refused: they are ignored, as they were before they meant
# something here. Administrators register clients for them.
STANDING_SCOPES = ("groups", "roles")
# By these a client provisions people and groups (`scim`), and is believed what it says of addresses. Administrators alone register clients
# for them; a client that registers itself never gets them.
PROVISIONING_SCOPE, VOUCHING_SCOPE = "scim", "scim.vouch"
# By these a client administers the server for whoever is behind its token, or reads what administrators see. The same holds for them.
ADMIN_SCOPE, ADMIN_READ_SCOPE = "admin", "admin.read"
# By these a client hears what happens to its people (OpenID Shared Signals), sees how that is set up, and hears of everybody. Likewise.
SIGNALS_SCOPE, SIGNALS_READ_SCOPE, SIGNALS_EVERYBODY_SCOPE = "ssf.manage", "ssf.read", "ssf.everybody"
RESERVED_SCOPES = ("account",)  # the older interfaces' own
SECRET_METHODS = ("client_secret_basic", "client_secret_post")
ASSERTION_METHODS = ("private_key_jwt", "client_secret_jwt")
CERTIFICATE_METHODS = ("tls_client_auth", "self_signed_tls_client_auth")  # RFC 8705, section 2
FEDERATED_METHOD = "federated_jwt"  # ours: by a token of an issuer that an administrator trusts (`issuers`)
AUTH_METHODS = (*SECRET_METHODS, *ASSERTION_METHODS, *CERTIFICATE_METHODS, FEDERATED_METHOD, "none")
# What a certificate of `tls_client_auth` names (RFC 8705, section 2.1.2): one of these.
CERTIFICATE_MEMBERS = (
    *("tls_client_auth_subject_dn", "tls_client_auth_san_dns", "tls_client_auth_san_uri"),
    *("tls_client_auth_san_ip", "tls_client_auth_san_email"),
)
SUBJECT_TYPES = ("public", "pairwise")
APPLICATION_TYPES = ("web", "native")
# What people open; and what this server fetches or calls, or where it sends people to begin a sign-in.
PAGES = ("client_uri", "policy_uri", "tos_uri")
ADDRESSES = ("logo_uri", "jwks_uri", "sector_identifier_uri", "initiate_login_uri", "backchannel_logout_uri")
DEFAULT_GRANTS = ("authorization_code", "refresh_token")
DEFAULT_SCOPE = "openid profile email offline_access"
CLIENT_ID = re.compile(r"[A-Za-z0-9._~-]{1,255}")
SHORTEST_CHOSEN_SECRET = 8
SHORTEST_SIGNING_SECRET = 32  # bytes


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a registration asks for; the members are named as in RFC 7591, section 2, and OpenID Connect Registration, section 2.

    Ours are `require_pkce`, `first_party`, `require_second_factor`, `fedcm_enabled` and `dialect`, which only administrators set, as they
    do with `authorization_details_types`, and
    `claims_in_id_token`, `accent_color` and `dpop_nonce_required`, which clients may ask for, too: they get nothing by the first that
    userinfo does not tell them, the second is a colour of pages that say who asks, and by the third they only bind themselves.
    """

    client_name: str
    redirect_uris: list[str] = field(default_factory=list)
    post_logout_redirect_uris: list[str] = field(default_factory=list)
    grant_types: list[str] = field(default_factory=lambda: list(DEFAULT_GRANTS))
    response_types: list[str] = field(default_factory=list)  # none: `code`, where the grants allow it
    scope: str = DEFAULT_SCOPE
    token_endpoint_auth_method: str = "client_secret_basic"  # noqa: S105 - a method's name
    token_endpoint_auth_signing_alg: str | None = None
    id_token_signed_response_alg: str = "RS256"
    userinfo_signed_response_alg: str | None = None
    request_object_signing_alg: str | None = None
    authorization_signed_response_alg: str | None = None
    introspection_signed_response_alg: str | None = None
    require_signed_request_object: bool = False
    tls_client_auth_subject_dn: str | None = None
    tls_client_auth_san_dns: str | None = None
    tls_client_auth_san_uri: str | None = None
    tls_client_auth_san_ip: str | None = None
    tls_client_auth_san_email: str | None = None
    tls_client_certificate_bound_access_tokens: bool = False
    profile: str | None = None
    application_type: str = "web"
    subject_type: str = "public"
    sector_identifier_uri: str | None = None
    require_pkce: bool = True
    require_pushed_authorization_requests: bool = False
    dpop_bound_access_tokens: bool = False
    dpop_nonce_required: bool = False
    first_party: bool = False
    require_second_factor: bool = False
    fedcm_enabled: bool = False
    claims_in_id_token: bool = False
    default_max_age: int | None = None
    require_auth_time: bool = False
    default_acr_values: list[str] = field(default_factory=list)
    client_uri: str | None = None
    logo_uri: str | None = None
    accent_color: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    initiate_login_uri: str | None = None
    request_uris: list[str] = field(default_factory=list)
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    contacts: list[str] = field(default_factory=list)
    authorization_details_types: list[str] = field(default_factory=list)  # RFC 9396, section 10
    software_id: str | None = None
    software_version: str | None = None
    dialect: str | None = None

    def __post_init__(self) -> None:
        """Keep the name as `writing.tidy` has it, the colour in small letters, and switch on what the profile asks for."""
        object.__setattr__(self, "client_name", tidy(self.client_name))
        if self.accent_color is not None:
            object.__setattr__(self, "accent_color", accents.normalise(self.accent_color) or self.accent_color)
        for member, value in profiles.switched_on(self).items():
            object.__setattr__(self, member, value)

    @property
    def is_public(self) -> bool:
        """Whether the client cannot prove who it is (RFC 6749, section 2.1)."""
        return self.token_endpoint_auth_method == "none"  # noqa: S105 - a method's name

    @property
    def has_secret(self) -> bool:
        """Whether the client proves itself with a secret, sent or signed with."""
        return self.token_endpoint_auth_method in SECRET_METHODS or self.signs_with_secret

    def items(self) -> list[tuple[str, Any]]:
        """Return each member with its value, none of them copied."""
        return [(each.name, getattr(self, each.name)) for each in fields(self)]

    @property
    def signs_with_secret(self) -> bool:
        """Whether the client signs assertions with its secret, which the server then has to keep."""
        return self.token_endpoint_auth_method == "client_secret_jwt"  # noqa: S105 - a method's name

    @property
    def allowed_response_types(self) -> list[str]:
        """The response types that the client may ask for, the words of each in alphabetical order."""
        if self.response_types:
            return [" ".join(sorted(response_type.split())) for response_type in self.response_types]
        return ["code"] if "authorization_code" in self.grant_types else []


def auth_methods() -> tuple[str, ...]:
    """Return the ways in which clients may prove themselves here, certificates among them only where a proxy tells them."""
    told = settings()
    offered = CERTIFICATE_METHODS if told.mtls_ca_file is not None else CERTIFICATE_METHODS[1:]
    without = set(CERTIFICATE_METHODS) - set(offered if told.mtls_url is not None else ())
    return tuple(method for method in AUTH_METHODS if method not in without)


def grant_types() -> tuple[str, ...]:
    """Return the grants of this server, `implicit` among them only where the legacy response types are on."""
    return GRANT_TYPES + (LEGACY_GRANT_TYPES if settings().legacy_response_types else ())


def response_types() -> tuple[str, ...]:
    """Return the response types of this server."""
    return RESPONSE_TYPES + (LEGACY_RESPONSE_TYPES if settings().legacy_response_types else ())


def request_object_algorithms() -> tuple[str, ...]:
    """Return the algorithms of request objects, `none` among them only where the legacy response types are on."""
    return (*SIGNATURES, *(("none",) if settings().legacy_response_types else ()))
