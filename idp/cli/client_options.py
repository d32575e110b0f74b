"""Registering a client from the options of `idp client create`, with the defaults that the interface promises."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from idp.base.outcome import Reason, Refused
from idp.clients import service
from idp.clients.metadata import DEFAULT_GRANTS, DEFAULT_SCOPE, Metadata
from idp.keys.parsing import read_object

# Left to their defaults where the option is not given.
DEFAULTS: dict[str, Any] = {
    "grant_types": DEFAULT_GRANTS,
    "scope": DEFAULT_SCOPE,
    "token_endpoint_auth_method": "client_secret_basic",
}

WARNING = (
    "idp: this secret has characters that a client has to form-url-encode in Basic credentials (RFC 6749, section 2.3.1), which many "
    "libraries forget. This server takes it in both forms; a client that encodes it in yet another way is refused. Letters, digits and "
    "-._~ never need it."
)


def is_read_differently(secret: str) -> bool:
    """Return whether a secret changes when it is form-url-encoded, as it is to be in Basic credentials."""
    return quote_plus(secret, safe="~") != secret


def register(options: Mapping[str, Any], *, read_secret: Callable[[], str]) -> dict[str, Any] | Refused:
    """Register and return what RFC 7591, section 3.2.1, calls the client information response. Refusal: CLIENT_INVALID."""
    members = _read_members(options)
    if isinstance(members, Refused):
        return members
    metadata = Metadata(**members)
    refused = service.vet(metadata)
    if refused is not None:
        return refused
    secret = read_secret() if options["client_secret_stdin"] else None
    registered = service.register(metadata, client_id=options["client_id"], secret=secret, actor="command line")
    if isinstance(registered, Refused):
        return registered
    row, issued_secret = registered
    return service.describe(row.client_id, metadata, issued_secret)


def _read_members(options: Mapping[str, Any]) -> dict[str, Any] | Refused:
    """Return the members, after which the options are named; others are those that hold no member as it is."""
    named = {field.name: options[field.name] for field in fields(Metadata) if field.name in options}
    members = DEFAULTS | {name: value for name, value in named.items() if value not in (None, ())}
    if options["scope"] is not None:  # no scope is a choice, too
        members["scope"] = " ".join(options["scope"].split())
    if options["public"]:
        if options["token_endpoint_auth_method"] not in (None, "none"):
            return Refused(Reason.CLIENT_INVALID, "auth_method", detail="A public client has no secret.")
        members["token_endpoint_auth_method"] = "none"
    jwks = _read_jwks(options["jwks_file"])
    if isinstance(jwks, Refused):
        return jwks
    lists = {name: list(value) for name, value in members.items() if isinstance(value, tuple)}
    return members | lists | {"jwks": jwks, "require_pkce": not options["no_pkce"]}


def _read_jwks(path: Path | None) -> dict[str, Any] | None | Refused:
    if path is None:
        return None
    try:
        jwks = read_object(path.read_bytes())
    except OSError:
        jwks = None
    return jwks or Refused(Reason.CLIENT_INVALID, "jwks", detail="The file holds no JWK set.")
