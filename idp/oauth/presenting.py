"""The access token in a header of a program (RFC 6750, section 2.1), for interfaces that are served apart from the protocol."""

from dataclasses import dataclass
from http import HTTPStatus

from idp.oauth import access_tokens, diagnosis, refusals
from idp.oauth.access_tokens import AccessToken
from idp.oauth.refusals import Cause


@dataclass(frozen=True)
class Turned:
    """Why a request is turned away: a status, a sentence, and the challenge of RFC 6750, section 3."""

    status: int
    cause: Cause
    error: str | None = None

    @property
    def sentence(self) -> str:
        """The cause, as it is told."""
        return refusals.tell(self.cause, is_proved=False)

    def challenge(self, realm: str) -> str:
        """Return the header by which the client learns what is wanted."""
        told = f', error="{self.error}", error_description="{self.sentence}"' if self.error is not None else ""
        return f'Bearer realm="{realm}"{told}'


def read(header: str, endpoint: str) -> AccessToken | Turned:
    """Return the good access token of a header, or why there is none; that is recorded, but for a request that brings nothing."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return Turned(HTTPStatus.UNAUTHORIZED, Cause.ACCESS_TOKEN_MISSING)
    found = access_tokens.verify_access_token(token.strip())
    if found is not None:
        return found
    cause, client_id = diagnosis.of_access_token(token.strip())
    _record(cause, client_id, endpoint, "invalid_token")
    return Turned(HTTPStatus.UNAUTHORIZED, cause, "invalid_token")


def turn_away(found: AccessToken, cause: Cause, endpoint: str) -> Turned:
    """Return the refusal of a good token that does not permit what is asked for, and record it."""
    _record(cause, found.claims["client_id"], endpoint, "insufficient_scope")
    return Turned(HTTPStatus.FORBIDDEN, cause, "insufficient_scope")


def _record(cause: Cause, client_id: str | None, endpoint: str, error: str) -> None:
    refusals.record("request.refused", cause, client_id=client_id, endpoint=endpoint, error=error)
