"""Discovery (OpenID Connect Discovery, section 3; RFC 8414, section 2): assembled from what this server has switched on.

Each wing adds the members that speak of it; lists of two wings are joined.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app

from idp import keys
from idp.base.extensions import LANGUAGES, settings
from idp.clients.metadata import SCOPES, STANDING_SCOPES, SUBJECT_TYPES, auth_methods, grant_types, response_types
from idp.oauth import acr
from idp.oauth.claims_request import CLAIMS_BY_SCOPE
from idp.oauth.policy import PROMPTS
from idp.oauth.response_modes import MODES

Members = Callable[[], dict[str, Any]]


def add(app: Flask, members: Members) -> None:
    """Let a wing say what it adds to the metadata."""
    app.extensions.setdefault("idp.discovery", []).append(members)


def finish(app: Flask, members: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Let a wing say what it adds once all the others have: it is given the document."""
    app.extensions.setdefault("idp.discovery_finish", []).append(members)


def metadata() -> dict[str, Any]:
    """Return the provider's metadata."""
    document = _core()
    wings: list[Members] = current_app.extensions.get("idp.discovery", [])
    for wing in wings:
        for name, value in wing().items():
            document[name] = [*document.get(name, []), *value] if isinstance(value, list) else value
    last: list[Callable[[dict[str, Any]], dict[str, Any]]] = current_app.extensions.get("idp.discovery_finish", [])
    for members in last:
        document |= members(document)
    return document


def _core() -> dict[str, Any]:
    issuer = settings().issuer
    confidential = [method for method in auth_methods() if method != "none"]
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
        "scopes_supported": [*SCOPES, *STANDING_SCOPES],
        "claims_supported": [*claims, "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid"],
        "acr_values_supported": list(acr.LEVELS),
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": True,
        "display_values_supported": ["page"],
        "response_types_supported": list(response_types()),
        "response_modes_supported": list(MODES),
        "grant_types_supported": list(grant_types()),
        "subject_types_supported": list(SUBJECT_TYPES),
        "id_token_signing_alg_values_supported": list(keys.offered()),
        "userinfo_signing_alg_values_supported": list(keys.offered()),
        "token_endpoint_auth_methods_supported": list(auth_methods()),
        "revocation_endpoint_auth_methods_supported": list(auth_methods()),
        "authorization_signing_alg_values_supported": list(keys.offered()),
        "introspection_signing_alg_values_supported": list(keys.offered()),
        "introspection_endpoint_auth_methods_supported": confidential,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": sorted(PROMPTS),
        "ui_locales_supported": LANGUAGES,
        "authorization_response_iss_parameter_supported": True,
    }
