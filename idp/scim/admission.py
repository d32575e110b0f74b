"""Who may ask: a client with an access token that has the scope `scim` (RFC 7644, section 2). It is the client's own (RFC 6749, section
4.4), or that of a grant of somebody who may administer people and groups, for as long as they may.
"""

from dataclasses import dataclass

from flask import request

from idp import audit
from idp.accounts import lookup
from idp.accounts.authority import holding
from idp.base.door.asked import Asked
from idp.clients.metadata import PROVISIONING_SCOPE, VOUCHING_SCOPE
from idp.oauth import presenting
from idp.oauth.presenting import Turned
from idp.oauth.refusals import Cause
from idp.scim.problem import Problem

NEEDED = frozenset({"people.write", "groups.write"})
ENDPOINT = "scim"


@dataclass(frozen=True)
class Acting:
    """The client that asks. One that vouches is believed what it says of addresses, and may change the address of whoever has proved it."""

    client_id: str
    may_vouch: bool

    @property
    def actor(self) -> str:
        """What the audit log calls it."""
        return audit.by_client(self.client_id)


class Unauthorized(Problem):
    """A refusal of who asks, with the challenge of RFC 6750, section 3."""

    def __init__(self, turned: Turned) -> None:
        super().__init__(turned.status, turned.sentence)
        self.headers = turned.headers(ENDPOINT)


def admit() -> Acting:
    """Return the client that asks.

    Raises:
        Unauthorized: 401 without a good token, 403 for one that lacks the scope, or stands for somebody who may not do this. It is
            recorded, as often as `refusals` says; a request without a token is not.
    """
    found = presenting.read(Asked(request.environ), ENDPOINT)
    if isinstance(found, Turned):
        raise Unauthorized(found)
    if found.account_id is not None and not _may(found.account_id):
        raise Unauthorized(presenting.turn_away(found, Cause.ACCESS_TOKEN_OF_PERSON, ENDPOINT))
    if PROVISIONING_SCOPE not in found.scopes:
        raise Unauthorized(presenting.turn_away(found, Cause.ACCESS_TOKEN_WITHOUT_SCIM, ENDPOINT))
    return Acting(found.claims["client_id"], VOUCHING_SCOPE in found.scopes)


def _may(account_id: int) -> bool:
    account = lookup.find(account_id)
    return account is not None and holding.permissions_of(account) >= NEEDED
