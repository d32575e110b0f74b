"""Modules about the discovery document."""

import re
from typing import Any
from urllib.parse import urlsplit

from tests.spec.oidf import checks
from tests.spec.oidf.modules.registry import module
from tests.spec.oidf.suite import Suite

# RFC 8414, section 2; Discovery, section 3; the IANA registry of authorization server metadata, and what drafts add to it.
STRINGS = {"issuer"}
ADDRESSES = {
    "pushed_authorization_request_endpoint", "device_authorization_endpoint",
    "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "registration_endpoint", "revocation_endpoint",
    "introspection_endpoint", "end_session_endpoint", "service_documentation", "op_policy_uri", "op_tos_uri",
}  # fmt: skip
LISTS = {
    "dpop_signing_alg_values_supported", "authorization_signing_alg_values_supported", "introspection_signing_alg_values_supported",
    "scopes_supported", "response_types_supported", "response_modes_supported", "grant_types_supported", "acr_values_supported",
    "subject_types_supported", "id_token_signing_alg_values_supported", "userinfo_signing_alg_values_supported",
    "request_object_signing_alg_values_supported", "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported", "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported", "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported", "display_values_supported", "claim_types_supported",
    "claims_supported", "claims_locales_supported", "ui_locales_supported", "code_challenge_methods_supported",
    "prompt_values_supported", "authorization_grant_profiles_supported", "identity_chaining_requested_token_types_supported",
}  # fmt: skip
BOOLEANS = {
    "require_pushed_authorization_requests",
    "claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported",
    "require_request_uri_registration", "authorization_response_iss_parameter_supported", "backchannel_logout_supported",
    "backchannel_logout_session_supported",
}  # fmt: skip
REQUIRED = {
    "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported", "subject_types_supported",
    "id_token_signing_alg_values_supported", "userinfo_endpoint", "scopes_supported", "claims_supported",
}  # fmt: skip
RESPONSE_TYPES = {"code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"}
SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")


@module("oidcc-discovery-endpoint-verification")
def discovery(suite: Suite) -> None:
    """oidcc-discovery-endpoint-verification: the document has all that it must, of the right types, and no unknown member."""
    document = fetch(suite)
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert "RS256" in document["request_object_signing_alg_values_supported"]
    assert set(document["subject_types_supported"]) == {"public", "pairwise"}
    assert "openid" in document["scopes_supported"]
    assert all(SCOPE.fullmatch(scope) for scope in document["scopes_supported"])
    assert set(document["response_types_supported"]) <= RESPONSE_TYPES
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert all(LANGUAGE.fullmatch(language) for language in document["ui_locales_supported"])
    checks.published_keys(suite.jwks())
    offers_front_channel(document)


@module("oidcc-rp-initiated-logout-discovery-endpoint-verification")
def rp_initiated_logout(suite: Suite) -> None:
    """oidcc-rp-initiated-logout-discovery-endpoint-verification: the end_session_endpoint is there, over https."""
    assert suite.at("end_session_endpoint") in fetch(suite)["end_session_endpoint"]


@module("oidcc-backchannel-logout-discovery-endpoint-verification")
def backchannel_logout(suite: Suite) -> None:
    """oidcc-backchannel-logout-discovery-endpoint-verification: notices are offered, with the session in them."""
    document = fetch(suite)
    assert document["backchannel_logout_supported"] is True
    assert document["backchannel_logout_session_supported"] is True


def fetch(suite: Suite) -> dict[str, Any]:
    """Fetch the document; check its status and type, and each member's."""
    response = suite.provider.http.get("/.well-known/openid-configuration")
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    document: dict[str, Any] = response.json
    assert document["issuer"] == suite.provider.issuer
    assert document.keys() >= REQUIRED
    assert document.keys() <= STRINGS | ADDRESSES | LISTS | BOOLEANS
    for name in document.keys() & ADDRESSES:
        assert urlsplit(document[name]).scheme == "https", name
    for name in document.keys() & LISTS:
        assert document[name], f"{name} is empty, which is to be left out"
        assert all(isinstance(value, str) for value in document[name])
        assert len(set(document[name])) == len(document[name]), f"{name} says something twice"
    assert all(isinstance(document[name], bool) for name in document.keys() & BOOLEANS)
    return document


def offers_front_channel(document: dict[str, Any]) -> None:
    """Where the legacy response types are on, those that the dynamic plan demands are offered; else code alone."""
    is_legacy = "implicit" in document["grant_types_supported"]
    offered = set(document["response_types_supported"])
    assert "authorization_code" in document["grant_types_supported"]
    assert offered >= {"code", "id_token", "id_token token"} if is_legacy else offered == {"code"}
    assert ("none" in document["request_object_signing_alg_values_supported"]) is is_legacy
