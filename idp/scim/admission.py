"""Who may ask: a client with an access token that has the scope `scim` (RFC 7644, section 2). It is the client's own (RFC 6749, section
4.4), or that of a grant of somebody who may administer people and groups, for as long as they may.
"""

from dataclasses import dataclass
from http import HTTPStatus

from flask import request

from idp import audit
from idp.accounts import lookup
from idp.accounts.authority import holding
from idp.clients.metadata import PROVISIONING_SCOPE, VOUCHING_SCOPE
from idp.oauth import access_tokens, diagnosis, refusals
from idp.oauth.refusals import Cause
from idp.scim.problem import Problem

NEEDED = frozenset({"people.write", "groups.write"})
LONGEST_ACTOR = 64  # characters of an actor in the audit log


@dataclass(frozen=True)
class Acting:
    """The client that asks. One that vouches is believed what it says of addresses, and may change the address of whoever has proved it."""

    client_id: str
    may_vouch: bool

    @property
    def actor(self) -> str:
        """What the audit log calls it."""
        return f"{audit.BY_CLIENT}{self.client_id}"[:LONGEST_ACTOR]


class Unauthorized(Problem):
    """A refusal of who asks, with the challenge of RFC 6750, section 3."""

    def __init__(self, status: int, cause: Cause, error: str | None) -> None:
        sentence = refusals.tell(cause, is_proved=False)
        super().__init__(status, sentence)
        told = f', error="{error}", error_description="{sentence}"' if error is not None else ""
        self.challenge = f'Bearer realm="scim"{told}'


def admit() -> Acting:
    """Return the client that asks.

    Raises:
        Unauthorized: 401 without a good token, 403 for one that lacks the scope, or stands for somebody who may not do this. It is
            recorded, as often as `refusals` says; a request without a token is not.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized(HTTPStatus.UNAUTHORIZED, Cause.ACCESS_TOKEN_MISSING, None)
    found = access_tokens.verify_access_token(token.strip())
    if found is None:
        cause, client_id = diagnosis.of_access_token(token.strip())
        raise _refuse(HTTPStatus.UNAUTHORIZED, "invalid_token", cause, client_id)
    client_id = found.claims["client_id"]
    if found.account_id is not None and not _may(found.account_id):
        raise _refuse(HTTPStatus.FORBIDDEN, "insufficient_scope", Cause.ACCESS_TOKEN_OF_PERSON, client_id)
    if PROVISIONING_SCOPE not in found.scopes:
        raise _refuse(HTTPStatus.FORBIDDEN, "insufficient_scope", Cause.ACCESS_TOKEN_WITHOUT_SCIM, client_id)
    return Acting(client_id, VOUCHING_SCOPE in found.scopes)


def _may(account_id: int) -> bool:
    account = lookup.find(account_id)
    return account is not None and holding.permissions_of(account) >= NEEDED


def _refuse(status: int, error: str, cause: Cause, client_id: str | None) -> Unauthorized:
    refusals.record("request.refused", cause, client_id=client_id, endpoint="scim", error=error)
    return Unauthorized(status, cause, error)
