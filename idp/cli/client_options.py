"""Registering and changing a client from the options of `idp client`, with the defaults that the interface promises."""

from collections.abc import Callable, Mapping
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from idp.base.outcome import Reason, Refused
from idp.clients import service
from idp.clients.metadata import DEFAULT_GRANTS, DEFAULT_SCOPE, Metadata
from idp.clients.presets import PRESETS
from idp.keys.parsing import read_object

# Left to their defaults where the option is not given.
DEFAULTS: dict[str, Any] = {
    "grant_types": list(DEFAULT_GRANTS),
    "scope": DEFAULT_SCOPE,
    "token_endpoint_auth_method": "client_secret_basic",
}
KEYS = ("jwks", "jwks_uri")  # one of them at a time

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
    given = _read(options)
    if isinstance(given, Refused):
        return given
    if options["public"]:
        if options["token_endpoint_auth_method"] not in (None, "none"):
            return Refused(Reason.CLIENT_INVALID, "auth_method", detail="A public client has no secret.")
        given["token_endpoint_auth_method"] = "none"
    metadata = Metadata(**{**DEFAULTS, **PRESETS.get(options.get("preset") or "", {}), **given})
    refused = service.vet(metadata)
    if refused is not None:
        return refused
    secret = read_secret() if options["client_secret_stdin"] else None
    registered = service.register(metadata, client_id=options["client_id"], secret=secret, actor="command line")
    if isinstance(registered, Refused):
        return registered
    row, issued_secret = registered
    return service.describe(row.client_id, metadata, issued_secret)


def amend(present: Metadata, options: Mapping[str, Any]) -> Metadata | Refused:
    """Return a registration with what the options change; of keys and their address, what is given takes the other's place.

    Refusal: CLIENT_INVALID, also where they change nothing.
    """
    given = _read(options)
    if isinstance(given, Refused):
        return given
    if not given:
        return Refused(Reason.CLIENT_INVALID, detail="Name at least one member to change; --help lists them.")
    if any(given.get(name) for name in KEYS):
        given = dict.fromkeys(KEYS) | given
    return replace(present, **given)


def _read(options: Mapping[str, Any]) -> dict[str, Any] | Refused:
    """Return the members that are given. An empty text takes a member away, alone in a list all that is in it."""
    given = {member: options.get(member.name) for member in fields(Metadata)}
    found = {member.name: _value(member, value) for member, value in given.items() if value not in (None, ())}
    path = options["jwks_file"]
    if path is not None:
        jwks = _read_jwks(path)
        if jwks is None:
            return Refused(Reason.CLIENT_INVALID, "jwks", detail="The file holds no JWK set.")
        found["jwks"] = jwks
    return found


def _value(member: Field[Any], value: Any) -> Any:
    if isinstance(value, tuple):
        return [text for text in value if text]
    if member.name == "scope":  # no scope is a choice, too
        return " ".join(value.split())
    return None if value == "" and member.default is None else value


def _read_jwks(path: Path) -> dict[str, Any] | None:
    try:
        return read_object(path.read_bytes()) or None
    except OSError:
        return None
