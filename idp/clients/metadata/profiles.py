"""Profiles: everything that FAPI 2.0 asks of a client, as one switch.

What can be switched on is (`switched_on`); what only the application itself can bring (keys, addresses) is a rule here, and a registration
that misses one is refused with its sentence. The administrators' page shows each rule of a profile, met or missed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from idp.clients.metadata.members import Metadata

FAPI2 = "fapi2"  # FAPI 2.0 Security Profile
FAPI2_SIGNED = "fapi2_message_signing"  # that, and FAPI 2.0 Message Signing
PROFILES = (FAPI2, FAPI2_SIGNED)
# FAPI 2.0 Security Profile, section 5.4.1: of whatever is signed, by either side.
ALGORITHMS = ("PS256", "ES256", "EdDSA")
USUAL_ALGORITHM = "ES256"
METHODS = ("private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth")


@dataclass(frozen=True)
class Rule:
    """One rule of a profile: its section, the member that it is about, and whether a registration meets it."""

    section: str
    member: str
    sentence: str
    is_met: Callable[["Metadata"], bool]
    is_of_signing: bool = False  # of Message Signing alone


def switched_on(metadata: "Metadata") -> dict[str, Any]:
    """Return the members that a profile sets by itself; nothing without a profile."""
    if metadata.profile not in PROFILES:
        return {}
    values: dict[str, Any] = {"require_pkce": True, "require_pushed_authorization_requests": True}
    if not metadata.tls_client_certificate_bound_access_tokens:
        values["dpop_bound_access_tokens"] = True
    if metadata.id_token_signed_response_alg == "RS256":
        values["id_token_signed_response_alg"] = USUAL_ALGORITHM
    if metadata.profile == FAPI2_SIGNED:
        values["require_signed_request_object"] = True
        values["authorization_signed_response_alg"] = metadata.authorization_signed_response_alg or USUAL_ALGORITHM
    return values


def missed(metadata: "Metadata", profile: str) -> list[Rule]:
    """Return the rules of a profile that a registration does not meet, in their order."""
    return [rule for rule in rules_of(profile) if not rule.is_met(metadata)]


def rules_of(profile: str) -> list[Rule]:
    """Return the rules of a profile."""
    return [rule for rule in RULES if profile == FAPI2_SIGNED or not rule.is_of_signing]


def _signs_well(metadata: "Metadata", member: str) -> bool:
    return (getattr(metadata, member) or USUAL_ALGORITHM) in ALGORITHMS


def _is_safe_address(uri: str) -> bool:
    parts = urlsplit(uri)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"})


def _has_keys(metadata: "Metadata") -> bool:
    return not metadata.require_signed_request_object or bool(metadata.jwks or metadata.jwks_uri)


RULES = (
    Rule(
        "Security Profile, 5.3.2.1",
        "token_endpoint_auth_method",
        f"The client proves itself by {', '.join(METHODS[:-1])} or {METHODS[-1]}.",
        lambda metadata: metadata.token_endpoint_auth_method in METHODS,
    ),
    Rule(
        "Security Profile, 5.3.2.1",
        "dpop_bound_access_tokens",
        "Its access tokens are bound to one key (dpop_bound_access_tokens or tls_client_certificate_bound_access_tokens, not both).",
        lambda metadata: metadata.dpop_bound_access_tokens != metadata.tls_client_certificate_bound_access_tokens,
    ),
    Rule(
        "Security Profile, 5.3.2.2",
        "require_pushed_authorization_requests",
        "It pushes its requests.",
        lambda metadata: metadata.require_pushed_authorization_requests,
    ),
    Rule(
        "Security Profile, 5.3.2.2", "require_pkce", "It uses PKCE with S256.", lambda metadata: metadata.require_pkce
    ),
    Rule(
        "Security Profile, 5.3.2.2",
        "response_types",
        "It asks for the response type code alone.",
        lambda metadata: metadata.allowed_response_types in ([], ["code"]) and "implicit" not in metadata.grant_types,
    ),
    Rule(
        "Security Profile, 5.3.2.2",
        "redirect_uris",
        "Its redirect URIs are https, or http on loopback.",
        lambda metadata: all(_is_safe_address(uri) for uri in metadata.redirect_uris),
    ),
    *(
        Rule(
            "Security Profile, 5.4.1",
            member,
            f"{member} is one of {', '.join(ALGORITHMS)}.",
            lambda metadata, member=member: _signs_well(metadata, member),  # type: ignore[misc] # bound here and now
        )
        for member in (
            "id_token_signed_response_alg",
            "userinfo_signed_response_alg",
            "token_endpoint_auth_signing_alg",
            "request_object_signing_alg",
            "introspection_signed_response_alg",
        )
    ),
    Rule(
        "Message Signing, 5.3.1",
        "require_signed_request_object",
        "Its requests are signed.",
        lambda metadata: metadata.require_signed_request_object,
        is_of_signing=True,
    ),
    Rule(
        "Message Signing, 5.3.1",
        "jwks",
        "It has keys that its requests are signed with (jwks or jwks_uri).",
        _has_keys,
        is_of_signing=True,
    ),
    Rule(
        "Message Signing, 5.4",
        "authorization_signed_response_alg",
        f"Its answers are signed: authorization_signed_response_alg is one of {', '.join(ALGORITHMS)}.",
        lambda metadata: metadata.authorization_signed_response_alg in ALGORITHMS,
        is_of_signing=True,
    ),
)
