"""Who may ask about streams: a client with an access token of its own that has the scope `ssf.manage`, or `ssf.read` to look at them.

The scopes are those that the interoperability profile of CAEP (section 2.7.2) has receivers expect. Administrators alone let a client
have them; a token that stands for a person is refused.
"""

from idp import audit
from idp.base.door.answer import Answer, tell
from idp.base.door.asked import Asked
from idp.clients.metadata import SIGNALS_READ_SCOPE, SIGNALS_SCOPE
from idp.oauth import presenting
from idp.oauth.presenting import Turned
from idp.oauth.refusals import Cause

ENDPOINT = "ssf"


class Refusal(Exception):
    """A request that is not answered as it hoped; it has its answer, and undoes nothing."""

    def __init__(
        self, status: int, sentence: str, error: str = "invalid_request", headers: dict[str, str] | None = None
    ):
        super().__init__(sentence)
        self._told, self._status, self._headers = {"error": error, "error_description": sentence}, status, headers or {}

    def answer(self) -> Answer:
        """Return what the caller is told."""
        answer = tell(self._told, self._status)
        answer.headers |= self._headers
        return answer


def admit(asked: Asked, *, reads: bool = False) -> str:
    """Return the client that asks, where it may.

    Raises:
        Refusal: 401 without a good token, 403 for one that lacks the scope or stands for a person (RFC 6750, section 3.1).
    """
    found = presenting.read(asked, ENDPOINT)
    if isinstance(found, Turned):
        raise _refuse(found)
    if found.account_id is not None:
        raise _refuse(presenting.turn_away(found, Cause.ACCESS_TOKEN_NOT_OWN, ENDPOINT))
    if found.scopes.isdisjoint({SIGNALS_SCOPE, *([SIGNALS_READ_SCOPE] if reads else [])}):
        raise _refuse(presenting.turn_away(found, Cause.ACCESS_TOKEN_WITHOUT_SSF, ENDPOINT))
    return str(found.claims["client_id"])


def actor_of(client_id: str) -> str:
    """Return what the audit log calls a client that acts."""
    return audit.by_client(client_id)


def _refuse(turned: Turned) -> Refusal:
    return Refusal(turned.status, turned.sentence, turned.error or "invalid_request", turned.headers(ENDPOINT))
