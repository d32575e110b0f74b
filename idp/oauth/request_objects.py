"""Request objects, by value and by reference (RFC 9101; OpenID Connect Core, section 6).

Only what is inside of an object counts (RFC 9101, section 6.3). It is signed with a key of the client; an object without a signature
is for the older flows alone, where they are switched on. A reference is fetched each time, and only from where the client has
registered.
"""

import json
from datetime import timedelta
from typing import Any

from flask import Flask

from idp.base import clock, fetch
from idp.base.database import pause
from idp.base.extensions import settings
from idp.clients import jwks
from idp.clients.jwks import Fault
from idp.clients.registered import RegisteredClient
from idp.keys import jose
from idp.oauth import discovery
from idp.oauth.parameters import KNOWN, AuthorizationParameters
from idp.oauth.policy import Problem
from idp.resources import naming

LARGEST = jose.LONGEST_TOKEN + 2  # bytes: the object, and the end of its line
TYPES = frozenset({"jwt", "oauth-authz-req+jwt"})  # RFC 9101, section 10.8
LONGEST = timedelta(minutes=60)  # for which an object of the profile may be valid
NESTED = ("request", "request_uri")
_FAULTS = {
    Fault.ALGORITHM: "The alg of the request object is not one that is taken from this client.",
    Fault.UNREACHABLE: "The jwks_uri of this client did not answer with a key set.",
    Fault.KEY_UNKNOWN: "The request object is signed with a key that is not among the keys of this client.",
    Fault.SIGNATURE: "The signature of the request object is wrong.",
}


def init_app(app: Flask) -> None:
    """Switch request objects on."""
    discovery.add(app, _members)


def open_request(outer: AuthorizationParameters, client: RegisteredClient) -> AuthorizationParameters | Problem:
    """Return the parameters that count: those inside the request object where there is one (RFC 9101, section 6.3).

    Fetches the object, and the client's keys, where it must: call it before anything is written.
    """
    token, reference = outer.get("request"), outer.get("request_uri")
    if token is None and reference is None:
        return outer
    if token is None:
        fetched = _fetch(reference or "", client)
        if isinstance(fetched, tuple):
            return fetched
        token = fetched
    header = jose.read_header(token)
    if header is None or not jose.is_of_type(header, TYPES):
        return _refuse("The request object is malformed, or a JWT of another type.")
    if header["alg"] == "none":
        if not _may_be_unsigned(client):
            if client.metadata.profile is not None:
                return _refuse(_FAULTS[Fault.ALGORITHM])
            error = "request_uri_not_supported" if reference else "request_not_supported"
            return error, "Request objects without a signature are not supported."
        claims: dict[str, Any] | Fault | None = jose.read_unsigned(token)
    else:
        registered = client.metadata.request_object_signing_alg
        claims = jwks.verify(client, token, client.signature_algorithms if registered is None else (registered,))
    if claims is None or isinstance(claims, Fault):
        return _refuse(_FAULTS[claims or Fault.SIGNATURE])
    fault = _find_fault(claims, client)
    return _refuse(fault) if fault is not None else _read(claims, client)


def _fetch(reference: str, client: RegisteredClient) -> str | Problem:
    """Return the object behind a registered reference, or what is wrong.

    The fragment may tell one version from another (Core, section 6.2).
    """
    address = reference.partition("#")[0]
    if address not in {uri.partition("#")[0] for uri in client.metadata.request_uris}:
        return "invalid_request_uri", "The request_uri is not registered for this client."
    pause()
    try:
        return fetch.get(address, largest=LARGEST).decode("ascii", "replace").strip()
    except fetch.FetchError:
        return "invalid_request_uri", "The request_uri cannot be fetched."


def _may_be_unsigned(client: RegisteredClient) -> bool:
    is_old = settings().legacy_response_types and not client.metadata.require_signed_request_object
    return is_old and client.metadata.request_object_signing_alg in {None, "none"}


def _find_fault(claims: dict[str, Any], client: RegisteredClient) -> str | None:
    """Return what is wrong with the claims that are no parameters (RFC 9101, sections 4 and 10.8)."""
    issuer = settings().issuer
    audience = claims.get("aud", issuer)
    if any(claims.get(name, client.client_id) != client.client_id for name in ("client_id", "iss")):
        return "The request object is another client's."
    if issuer not in (audience if isinstance(audience, list) else [audience]):
        return "The request object is for another server."
    if not jose.is_timely(claims, needs_exp=False):
        return "The request object has expired, or is for later."
    if client.metadata.profile is not None and (fault := _find_fault_of_signing(claims)) is not None:
        return fault
    if any(name in claims for name in NESTED):
        return "A request object must not hold or name another one."
    if claims.get("sub") == client.client_id:
        return "A request object with the client as its subject could be taken for a client assertion."
    return None


def _find_fault_of_signing(claims: dict[str, Any]) -> str | None:
    """Return what FAPI 2.0 Message Signing, section 5.3.1, finds wrong: an object is for this server, and for an hour at most.

    That holds for every client with a profile that signs, whether or not its answers are signed, too.
    """
    if "aud" not in claims:
        return "The request object does not say for which server it is (aud)."
    if not {"exp", "nbf"} <= claims.keys():
        return "The request object lacks exp or nbf."
    oldest = clock.now() - LONGEST - jose.LEEWAY
    if claims["nbf"] < oldest.timestamp() or claims["exp"] - claims["nbf"] > LONGEST.total_seconds():
        return "The request object is valid for more than an hour, or was made more than an hour ago."
    return None


def _read(claims: dict[str, Any], client: RegisteredClient) -> AuthorizationParameters | Problem:
    values = {name: _text(claims[name]) for name in KNOWN if name in claims}
    if naming.PARAMETER in values:
        values[naming.PARAMETER] = _named(claims[naming.PARAMETER])
    said = {name: value for name, value in values.items() if value is not None}
    if len(said) < len(values):
        return _refuse("A parameter in the request object is neither text, number, list nor object.")
    return AuthorizationParameters(said | {"client_id": client.client_id})


def _named(value: Any) -> str | None:
    """Return one resource, or an array of several (RFC 8707, section 2.1), as they are kept; None for anything else."""
    values = value if isinstance(value, list) else [value]
    return naming.join(values) if all(isinstance(one, str) for one in values) else None


def _text(value: Any) -> str | None:
    """Return a member as the parameter would be written (RFC 9101, section 4); None for what is no parameter."""
    if value is None or isinstance(value, bool):
        return None
    return value if isinstance(value, str) else json.dumps(value)


def _refuse(description: str) -> Problem:
    return "invalid_request_object", description


def _members() -> dict[str, Any]:
    unsigned = ["none"] if settings().legacy_response_types else []
    return {
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": [*jose.SIGNATURES, *unsigned],
    }
