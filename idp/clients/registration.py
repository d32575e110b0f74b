"""Registering a client from the command line's options, with the defaults that the interface promises."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from idp.base.outcome import Reason, Refused
from idp.clients import service
from idp.clients.metadata import DEFAULT_GRANTS, DEFAULT_SCOPE, Metadata


def from_options(options: Mapping[str, Any], *, read_secret: Callable[[], str]) -> dict[str, Any] | Refused:
    """Register and return what RFC 7591, section 3.2.1, calls the client information response. Refusal: CLIENT_INVALID."""
    method = options["auth_method"] or ("none" if options["public"] else "client_secret_basic")
    if options["public"] and method != "none":
        return Refused(Reason.CLIENT_INVALID, "auth_method", detail="A public client has no secret.")
    jwks = _read_jwks(options["jwks_file"])
    if isinstance(jwks, Refused):
        return jwks
    metadata = Metadata(
        client_name=options["name"],
        redirect_uris=list(options["redirect_uris"]),
        post_logout_redirect_uris=list(options["post_logout_redirect_uris"]),
        grant_types=list(options["grants"]) or list(DEFAULT_GRANTS),
        scope=DEFAULT_SCOPE if options["scope"] is None else " ".join(options["scope"].split()),
        token_endpoint_auth_method=method,
        id_token_signed_response_alg=options["id_token_alg"],
        require_pkce=not options["no_pkce"],
        first_party=options["first_party"],
        require_second_factor=options["require_second_factor"],
        jwks=jwks,
    )
    secret = read_secret() if options["client_secret_stdin"] else None
    registered = service.register(metadata, client_id=options["client_id"], secret=secret, actor="command line")
    if isinstance(registered, Refused):
        return registered
    row, issued_secret = registered
    return describe(row.client_id, metadata, issued_secret)


def describe(client_id: str, metadata: Metadata, secret: str | None) -> dict[str, Any]:
    """Return the members that describe a client."""
    answer: dict[str, Any] = {"client_id": client_id}
    if secret is not None:
        answer |= {"client_secret": secret, "client_secret_expires_at": 0}
    members = {name: value for name, value in vars(metadata).items() if value not in (None, [])}
    return answer | members


def _read_jwks(path: Path | None) -> dict[str, Any] | None | Refused:
    if path is None:
        return None
    try:
        jwks = json.loads(path.read_text())
    except (OSError, ValueError):
        jwks = None
    if not isinstance(jwks, dict) or not isinstance(jwks.get("keys"), list):
        return Refused(Reason.CLIENT_INVALID, "jwks", detail="The file holds no JWK set.")
    private = {"d", "p", "q", "dp", "dq", "qi", "k"}
    if any(not isinstance(key, dict) or private & key.keys() for key in jwks["keys"]):
        return Refused(Reason.CLIENT_INVALID, "jwks", detail="The JWK set must hold public keys only.")
    return jwks
