"""The access token that a program presents: in the header (RFC 6750, section 2.1; RFC 9449, section 7.1), for whatever takes one.

A token that is bound to a key is good with that key alone, and only under the scheme of its kind.
"""

from dataclasses import dataclass
from http import HTTPStatus

from idp.base.door.asked import Asked
from idp.clients import service as clients
from idp.keys import jose
from idp.oauth import access_tokens, constraint, diagnosis, refusals
from idp.oauth.access_tokens import AccessToken
from idp.oauth.refusals import Cause, Refusal

BEARER, DPOP = "Bearer", "DPoP"
SCHEMES = {scheme.lower(): scheme for scheme in (BEARER, DPOP)}


@dataclass(frozen=True)
class Turned:
    """Why a request is turned away: a status, a sentence, and the challenge of RFC 6750, section 3, or RFC 9449, section 7.1."""

    status: int
    cause: Cause
    error: str | None = None
    scheme: str = BEARER
    nonce: tuple[tuple[str, str], ...] = ()

    @property
    def sentence(self) -> str:
        """The cause, as it is told."""
        return refusals.tell(self.cause, is_proved=False)

    def headers(self, realm: str) -> dict[str, str]:
        """Return the headers by which the client learns what is wanted; without any token it is told no reason there."""
        told = f', error="{self.error}", error_description="{self.sentence}"' if self.error is not None else ""
        algorithms = f', algs="{" ".join(jose.SIGNATURES)}"' if self.scheme == DPOP else ""
        return {"WWW-Authenticate": f'{self.scheme} realm="{realm}"{told}{algorithms}', **dict(self.nonce)}


def read(asked: Asked, endpoint: str) -> AccessToken | Turned:
    """Return the good access token of a request's header, or why there is none; that is recorded, but for a request that brings nothing."""
    scheme, _, token = (asked.authorization or "").partition(" ")
    known = SCHEMES.get(scheme.lower())
    if known is None or not token.strip():
        return Turned(HTTPStatus.UNAUTHORIZED, Cause.ACCESS_TOKEN_MISSING)
    return take(token.strip(), known, asked, endpoint)


def take(token: str, scheme: str, asked: Asked, endpoint: str) -> AccessToken | Turned:
    """Return the good access token that a request brings under a scheme, or why it is none; that is recorded."""
    found = access_tokens.verify_access_token(token, may_be_bound=True)
    if found is None:
        return _refuse(scheme, endpoint, *diagnosis.of_access_token(token))
    bound = found.confirmation
    client_id = found.claims["client_id"]
    if (bound.token_type if bound is not None else BEARER) != scheme:
        cause = Cause.ACCESS_TOKEN_BOUND if bound is not None else Cause.ACCESS_TOKEN_UNBOUND
        return _refuse(bound.token_type if bound is not None else BEARER, endpoint, cause, client_id)
    if bound is None:
        return found
    client = clients.find(client_id)
    try:
        is_shown = client is not None and constraint.show(bound, asked, client, token)
    except Refusal as refusal:
        _record(refusal.cause, client_id, endpoint, refusal.error)
        nonce = tuple(header for header in refusal.get_headers() if header[0] == "DPoP-Nonce")
        return Turned(HTTPStatus.UNAUTHORIZED, refusal.cause, refusal.error, scheme, nonce)
    return found if is_shown else _refuse(scheme, endpoint, Cause.ACCESS_TOKEN_BOUND, client_id)


def turn_away(found: AccessToken, cause: Cause, endpoint: str) -> Turned:
    """Return the refusal of a good token that does not permit what is asked for, and record it."""
    _record(cause, found.claims["client_id"], endpoint, "insufficient_scope")
    return Turned(HTTPStatus.FORBIDDEN, cause, "insufficient_scope", _scheme_of(found))


def reject(found: AccessToken, cause: Cause, endpoint: str) -> Turned:
    """Return the refusal of a good token that is of no use here at all, and record it."""
    return _refuse(_scheme_of(found), endpoint, cause, found.claims["client_id"])


def _scheme_of(found: AccessToken) -> str:
    return found.confirmation.token_type if found.confirmation is not None else BEARER


def _refuse(scheme: str, endpoint: str, cause: Cause, client_id: str | None) -> Turned:
    _record(cause, client_id, endpoint, "invalid_token")
    return Turned(HTTPStatus.UNAUTHORIZED, cause, "invalid_token", scheme)


def _record(cause: Cause, client_id: str | None, endpoint: str, error: str) -> None:
    refusals.record("request.refused", cause, client_id=client_id, endpoint=endpoint, error=error)
