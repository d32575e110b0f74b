"""What the metadata have to say."""

from urllib.parse import urlsplit

from tests.spec.oidf.fapi.modules.registry import module
from tests.spec.oidf.fapi.suite import Suite

STRONG = {"PS256", "ES256", "EdDSA"}  # Security Profile, section 5.4.1
CERTIFIED = {"tls_client_auth", "self_signed_tls_client_auth"}


@module("discovery-end-point-verification")
def metadata(suite: Suite) -> None:
    """fapi2-security-profile-final-discovery-end-point-verification: endpoints, methods and algorithms of the profile are told."""
    path = "openid-configuration" if suite.variant.is_openid else "oauth-authorization-server"
    answer = suite.provider.http.get(f"/.well-known/{path}")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    told = answer.json
    assert urlsplit(told["issuer"]).scheme == "https"
    for name in told:
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert urlsplit(told[name]).scheme == "https", name
    assert told["authorization_endpoint"]
    assert told["token_endpoint"]
    assert told["pushed_authorization_request_endpoint"]
    assert isinstance(told["require_pushed_authorization_requests"], bool)
    assert "code" in told["response_types_supported"]
    assert "S256" in told["code_challenge_methods_supported"]
    assert told["authorization_response_iss_parameter_supported"] is True
    assert STRONG & {*told["token_endpoint_auth_signing_alg_values_supported"]}
    assert STRONG & {*told["userinfo_signing_alg_values_supported"]}
    of_openid(suite, told)
    of_constraint(suite, told)
    of_signing(suite, told)


def of_openid(suite: Suite, told: dict[str, list[str]]) -> None:
    """Check what OpenID Connect adds."""
    if suite.variant.is_openid:
        assert STRONG & {*told["id_token_signing_alg_values_supported"]}
        assert "openid" in told["scopes_supported"]
        assert told["subject_types_supported"]


def of_constraint(suite: Suite, told: dict[str, object]) -> None:
    """Check what tokens are bound to, and how clients prove themselves."""
    methods, aliases = told["token_endpoint_auth_methods_supported"], told["mtls_endpoint_aliases"]
    assert isinstance(methods, list)
    assert isinstance(aliases, dict)
    if suite.variant.is_dpop:
        assert STRONG & {*suite.document["dpop_signing_alg_values_supported"]}
    else:
        assert told["tls_client_certificate_bound_access_tokens"] is True
    assert "private_key_jwt" in methods if suite.variant.has_assertions else CERTIFIED & {*methods}
    wanted = {"token_endpoint", "userinfo_endpoint", "pushed_authorization_request_endpoint"}
    assert wanted <= aliases.keys()
    assert all(urlsplit(address).scheme == "https" for address in aliases.values())


def of_signing(suite: Suite, told: dict[str, list[str]]) -> None:
    """Check what Message Signing adds."""
    if suite.variant.is_jarm:
        assert "jwt" in told["response_modes_supported"]
        assert STRONG & {*told["authorization_signing_alg_values_supported"]}
    if suite.variant.is_signed:
        assert STRONG & {*told["request_object_signing_alg_values_supported"]}
