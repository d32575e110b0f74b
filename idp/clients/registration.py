"""Registering a client from the command line's options, with the defaults that the interface promises."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from idp.base.outcome import Reason, Refused
from idp.clients import service
from idp.clients.metadata import DEFAULT_GRANTS, DEFAULT_SCOPE, Metadata
from idp.keys.parsing import read_object

# Options that are named as their members, and hold them as they are.
SAME = (
    "sector_identifier_uri", "subject_type", "default_max_age", "initiate_login_uri", "jwks_uri", "backchannel_logout_uri",
    "first_party", "require_second_factor",
)  # fmt: skip
LISTS = ("redirect_uris", "post_logout_redirect_uris", "response_types", "request_uris")
ALGORITHMS = {
    "id_token_alg": "id_token_signed_response_alg",
    "userinfo_alg": "userinfo_signed_response_alg",
    "request_object_alg": "request_object_signing_alg",
}


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
        grant_types=list(options["grants"]) or list(DEFAULT_GRANTS),
        scope=DEFAULT_SCOPE if options["scope"] is None else " ".join(options["scope"].split()),
        token_endpoint_auth_method=method,
        require_pkce=not options["no_pkce"],
        jwks=jwks,
        **_read_members(options),
    )
    refused = service.vet(metadata)
    if refused is not None:
        return refused
    secret = read_secret() if options["client_secret_stdin"] else None
    registered = service.register(metadata, client_id=options["client_id"], secret=secret, actor="command line")
    if isinstance(registered, Refused):
        return registered
    row, issued_secret = registered
    return describe(row.client_id, metadata, issued_secret)


def _read_members(options: Mapping[str, Any]) -> dict[str, Any]:
    algorithms = {member: options[name] for name, member in ALGORITHMS.items()}
    lists = {member: list(options[member]) for member in LISTS}
    return algorithms | lists | {member: options[member] for member in SAME}


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
        jwks = read_object(path.read_bytes())
    except OSError:
        jwks = None
    return jwks or Refused(Reason.CLIENT_INVALID, "jwks", detail="The file holds no JWK set.")
