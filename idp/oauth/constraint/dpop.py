"""Demonstrating Proof of Possession (RFC 9449): a JWT in the header `DPoP`, made anew for each request with the client's key.

A proof is for one method and address, is a minute old at most, and is used once, at whichever node.
"""

from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from idp import replay
from idp.base import clock
from idp.base.crypto import sha256
from idp.base.door.asked import Asked
from idp.base.extensions import settings
from idp.clients.registered import RegisteredClient
from idp.keys import jose, possession
from idp.keys.parsing import encode
from idp.keys.possession import Possession
from idp.oauth import constraint, discovery
from idp.oauth.constraint import certificates, nonces
from idp.oauth.constraint.confirmation import JKT, Confirmation
from idp.oauth.refusals import Cause, Refusal

TYPE = "dpop+jwt"
LONGEST_IDENTIFIER = 500  # characters of jti
# How old a proof may be, and how far its clock may be ahead of ours.
OLDEST, AHEAD = timedelta(seconds=60), jose.LEEWAY
PORTS = {"http": 80, "https": 443}


class NonceNeeded(Refusal):
    """A proof without a nonce of ours where one is needed, or with one that is not good any more (section 8)."""

    def __init__(self, cause: Cause) -> None:
        super().__init__("use_dpop_nonce", cause)

    def get_headers(self) -> list[tuple[str, str]]:
        """Add the nonce that is good."""
        return [*super().get_headers(), (HEADER, nonces.current())]


HEADER = "DPoP-Nonce"


def init_app(app: Flask) -> None:
    """Take proofs, and say which algorithms may sign them."""
    constraint.register(JKT, constraint.Way(find, demand, show, headers))
    discovery.add(app, lambda: {"dpop_signing_alg_values_supported": list(jose.SIGNATURES)})


def find(asked: Asked, client: RegisteredClient) -> Confirmation | None:
    """Return the key of a request's proof; None for a request without one.

    Raises:
        Refusal: `invalid_dpop_proof`.
        NonceNeeded: `use_dpop_nonce`.
    """
    return _use(asked, client, needs_nonce=client.metadata.dpop_nonce_required)


def demand(client: RegisteredClient, shown: Confirmation | None) -> None:
    """Refuse a client that always sends a proof, and did not (section 5.2)."""
    if client.metadata.dpop_bound_access_tokens and (shown is None or shown.method != JKT):
        raise Refusal("invalid_dpop_proof", Cause.PROOF_OF_KEY_MISSING)


def show(asked: Asked, client: RegisteredClient, access_token: str) -> Confirmation | None:
    """Return the key of the proof that comes with an access token (section 7); None for a request without one.

    Raises:
        Refusal: `invalid_dpop_proof`, 401.
        NonceNeeded: `use_dpop_nonce`, 401.
    """
    try:
        return _use(asked, client, access_token=access_token)
    except Refusal as refusal:
        refusal.status_code = HTTPStatus.UNAUTHORIZED
        raise


def headers(asked: Asked, client: RegisteredClient) -> list[tuple[str, str]]:
    """Return the header that gives the next nonce to a client which needs them and has just sent a good proof (section 8.2)."""
    gives = client.metadata.dpop_nonce_required and "HTTP_DPOP" in asked.environ
    return [(HEADER, nonces.current())] if gives else []


def _use(
    asked: Asked, client: RegisteredClient, *, needs_nonce: bool = False, access_token: str | None = None
) -> Confirmation | None:
    """Check the proof of a request (section 4.3), and use it up last, so that nobody uses up another's."""
    sent = asked.environ.get("HTTP_DPOP")
    if sent is None:
        return None
    proof = possession.read(sent, TYPE)
    if proof is None:
        raise Refusal("invalid_dpop_proof", Cause.PROOF_OF_KEY_MALFORMED)
    fault = _find_fault(proof.claims, asked, access_token)
    if fault is None and proof.algorithm not in client.signature_algorithms:
        fault = Cause.PROOF_OF_KEY_ALGORITHM
    if fault is not None:
        raise Refusal("invalid_dpop_proof", fault)
    nonce = proof.claims.get("nonce")
    if nonce is None and needs_nonce:
        raise NonceNeeded(Cause.NONCE_MISSING)
    if nonce is not None and not nonces.is_good(nonce):
        raise NonceNeeded(Cause.NONCE_STALE)
    if not _spend(proof):
        raise Refusal("invalid_dpop_proof", Cause.PROOF_OF_KEY_USED)
    return Confirmation(JKT, proof.thumbprint)


def _find_fault(claims: dict[str, Any], asked: Asked, access_token: str | None) -> Cause | None:
    identifier, made_at = claims.get("jti"), claims.get("iat")
    if not isinstance(identifier, str) or not 0 < len(identifier) <= LONGEST_IDENTIFIER:
        return Cause.PROOF_OF_KEY_MALFORMED
    if claims.get("htm") != asked.method:
        return Cause.PROOF_OF_ANOTHER_METHOD
    if not _is_address(claims.get("htu"), asked):
        return Cause.PROOF_OF_ANOTHER_ADDRESS
    if not jose.is_date(made_at) or not _is_young(float(made_at or 0)):
        return Cause.PROOF_OF_KEY_UNTIMELY
    # For a request with a token also that token is signed, and for one without nothing is.
    if access_token is not None and claims.get("ath") != encode(sha256(access_token.encode())):
        return Cause.PROOF_OF_ANOTHER_TOKEN
    return None


def _is_young(made_at: float) -> bool:
    age = clock.now().timestamp() - made_at
    return -AHEAD.total_seconds() <= age <= OLDEST.total_seconds()


def _is_address(named: object, asked: Asked) -> bool:
    """Compare an address with that of the request, without query and fragment, and whatever the case of scheme and host (section 4.3).

    A request that came by the address for certificates has that one (RFC 8705, section 5), every other the issuer's.
    """
    if not isinstance(named, str):
        return False
    aliased = settings().mtls_url if certificates.is_at_own_host(asked) else None
    try:
        parts, ours = urlsplit(named), urlsplit(aliased or settings().issuer)
        places = [(each.scheme, each.hostname, each.port or PORTS.get(each.scheme)) for each in (parts, ours)]
    except ValueError:
        return False
    return places[0] == places[1] and parts.path == ours.path + asked.path and "@" not in parts.netloc


def _spend(proof: Possession) -> bool:
    """Use a proof up, at every node; False where it was used before. It is remembered for as long as it could be taken."""
    until = clock.now() + OLDEST + AHEAD + clock.SKEW
    return replay.claim(f"dpop/{proof.thumbprint}", proof.claims["jti"], until)
