"""Client assertions: JWTs by which clients prove themselves, signed with their key or their secret (RFC 7523, sections 2.2 and 3;
OpenID Connect Core, section 9).

Which key and algorithm may have signed comes from the registration alone. An assertion is used once, at whichever node: everything
else is checked first, so that nobody uses up the identifiers of another client's assertions.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask

from idp import replay
from idp.base import clock
from idp.base.extensions import settings
from idp.clients import jwks
from idp.clients.jwks import Fault
from idp.clients.registered import RegisteredClient
from idp.keys import jose
from idp.keys.parsing import decode, read_object
from idp.oauth import discovery
from idp.oauth.refusals import Cause

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# Of an identity assertion for another authorization server (draft-ietf-oauth-identity-assertion-authz-grant), made here or shown here.
ID_JAG_TYPE = "oauth-id-jag+jwt"
PARAMETERS = ("client_assertion", "client_assertion_type")
SECRET_ALGORITHM = "HS256"  # noqa: S105 - an algorithm's name
TYPES = frozenset({"jwt", "client-authentication+jwt"})
PATHS = {"token": "/oauth/token", "revocation": "/oauth/revoke", "introspection": "/oauth/introspect"}
PUSHING = {"pushed_authorization_request": "/oauth/par"}  # whose methods and algorithms are those of the token endpoint
LONGEST = timedelta(hours=1)  # that an assertion may be valid for
# For which its identifier is remembered beyond its end: the leeway, and clocks that differ between nodes.
KEPT = timedelta(minutes=5)
_FAULTS = {
    Fault.ALGORITHM: Cause.ASSERTION_ALGORITHM,
    Fault.UNREACHABLE: Cause.KEYS_UNREACHABLE,
    Fault.KEY_UNKNOWN: Cause.ASSERTION_KEY_UNKNOWN,
    Fault.SIGNATURE: Cause.ASSERTION_SIGNATURE,
}


def init_app(app: Flask) -> None:
    """Say which algorithms may sign assertions; `client_authentication` takes them."""
    discovery.add(app, _members)


def find_subject(assertion: str) -> str | None:
    """Return the client that an assertion names, proved or not."""
    parts = assertion.split(".")
    payload = decode(parts[1]) if len(assertion) <= jose.LONGEST_TOKEN and len(parts) == 3 else None
    claims = read_object(payload) if payload is not None else None
    subject = claims.get("sub") if claims else None
    return subject if isinstance(subject, str) else None


def find_method(assertion: str) -> str | None:
    """Return the authentication method of an assertion by its header; None for what is no assertion."""
    header = jose.read_header(assertion)
    if header is None or not jose.is_of_type(header, TYPES):
        return None
    if header["alg"] == SECRET_ALGORITHM:
        return "client_secret_jwt"
    return "private_key_jwt" if header["alg"] in jose.SIGNATURES else None


def verify(client: RegisteredClient, assertion: str, method: str) -> dict[str, Any] | Cause:
    """Return the claims of an assertion that a client which is registered for this method has signed; else why it proves nothing.

    Fetches the client's keys where it must: call it before anything is written.
    """
    if method == "client_secret_jwt":  # noqa: S105 - a method's name
        made = [jose.verify_hmac(assertion, secret, (SECRET_ALGORITHM,)) for secret in client.open_secrets()]
        return next((claims for claims in made if claims is not None), Cause.WRONG_SECRET)
    registered = client.metadata.token_endpoint_auth_signing_alg
    claims = jwks.verify(client, assertion, client.signature_algorithms if registered is None else (registered,))
    return _FAULTS[claims] if isinstance(claims, Fault) else claims


def find_fault(claims: dict[str, Any], client: RegisteredClient, endpoint: str) -> Cause | None:
    """Return why a verified assertion is not this client's, for this server and endpoint, and for now (RFC 7523, section 3)."""
    issuer = settings().issuer
    audience = claims.get("aud")
    accepted = {issuer, issuer + PATHS["token"], issuer + (PATHS | PUSHING)[endpoint]}
    named = audience if isinstance(audience, list) else [audience]
    if client.metadata.profile is not None:
        # FAPI 2.0 Security Profile, section 5.3.2.1: the issuer as a text, and nothing else.
        accepted, named = {issuer}, [audience]
    if not claims.get("iss") == claims.get("sub") == client.client_id:
        return Cause.ASSERTION_ISSUER
    if not any(isinstance(name, str) and name in accepted for name in named):
        return Cause.ASSERTION_AUDIENCE
    if not isinstance(claims.get("jti"), str) or claims["jti"] == "":
        return Cause.ASSERTION_NO_JTI
    return None if jose.is_timely(claims, longest=LONGEST) else _find_time(claims)


def _find_time(claims: dict[str, Any]) -> Cause:
    """Return which time of an untimely assertion is wrong."""
    times = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
    if "exp" not in times or not all(jose.is_date(value) for value in times.values()):
        return Cause.ASSERTION_TIMES
    if jose.is_timely({"exp": times["exp"]}, longest=LONGEST):
        return Cause.ASSERTION_EARLY
    return Cause.ASSERTION_EXPIRED if times["exp"] <= clock.now().timestamp() else Cause.ASSERTION_TOO_LONG


def spend(claims: dict[str, Any], client: RegisteredClient) -> bool:
    """Use a good assertion up; False when it was used before. Of parallel uses exactly one succeeds."""
    until = datetime.fromtimestamp(claims["exp"], UTC) + KEPT
    return replay.claim(f"client-assertion/{client.client_id}", claims["jti"], until)


def _members() -> dict[str, Any]:
    algorithms = [*jose.SIGNATURES, SECRET_ALGORITHM]
    return {f"{endpoint}_endpoint_auth_signing_alg_values_supported": algorithms for endpoint in PATHS}
