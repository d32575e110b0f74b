"""Discovery (OpenID Connect Discovery, section 3; RFC 8414, section 2): assembled from what this server does."""

from typing import Any

from idp import keys
from idp.base.extensions import LANGUAGES, settings
from idp.clients.metadata import AUTH_METHODS, GRANT_TYPES, SCOPES
from idp.oauth import acr
from idp.oauth.claims import CLAIMS_BY_SCOPE


def metadata() -> dict[str, Any]:
    """Return the provider's metadata."""
    issuer = settings().issuer
    confidential = [method for method in AUTH_METHODS if method != "none"]
    claims = dict.fromkeys(claim for names in CLAIMS_BY_SCOPE.values() for claim in names)
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "end_session_endpoint": f"{issuer}/oauth/logout",
        "scopes_supported": list(SCOPES),
        "claims_supported": [*claims, "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid"],
        "acr_values_supported": list(acr.LEVELS),
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": False,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(keys.ALGORITHMS),
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "introspection_endpoint_auth_methods_supported": confidential,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "ui_locales_supported": LANGUAGES,
        "authorization_response_iss_parameter_supported": True,
    }
