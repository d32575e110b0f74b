"""Who acts: whoever is behind an access token with the scope `admin`, or `admin.read` for what changes nothing.

The token of a grant stands for its person, and permits what that person may now on the administrators' pages. A client's own token (RFC
6749, section 4.4) permits everything but giving administrators' rights and touching their factors: only owners let a client have the scope.
"""

from dataclasses import dataclass
from http import HTTPStatus

from flask import request

from idp import audit
from idp.accounts import lookup, taking
from idp.accounts.authority import holding
from idp.accounts.authority.permissions import OF_CLIENTS, PERMISSIONS, READS
from idp.accounts.models import Account
from idp.accounts.taking import Authority
from idp.api.problem import Problem, missing
from idp.base.door.asked import Asked
from idp.base.outcome import Refused
from idp.clients.metadata import ADMIN_READ_SCOPE, ADMIN_SCOPE
from idp.oauth import presenting
from idp.oauth.access_tokens import AccessToken
from idp.oauth.presenting import Turned
from idp.oauth.refusals import Cause

ENDPOINT = "api"


@dataclass(frozen=True)
class Acting:
    """Whoever asks, as the audit log calls them, and what they may."""

    actor: str
    permissions: frozenset[str]


def admit(permission: str) -> Acting:
    """Return who asks, where they may do so.

    Raises:
        Problem: 401 without a good token, 403 for one without the scope or whose bearer lacks the permission. It is recorded.
    """
    found = presenting.read(Asked(request.environ), ENDPOINT)
    if isinstance(found, Turned):
        raise _refuse(found)
    if not found.scopes & {ADMIN_SCOPE, ADMIN_READ_SCOPE}:
        raise _refuse(presenting.turn_away(found, Cause.ACCESS_TOKEN_WITHOUT_ADMIN, ENDPOINT))
    acting = _read(found)
    if permission not in acting.permissions:
        raise _refuse(presenting.turn_away(found, Cause.ACCESS_TOKEN_WITHOUT_PERMISSION, ENDPOINT), permission)
    return acting


def take(sub: str, acting: Acting) -> Account:
    """Return an account to act on, held until the commit.

    Raises:
        Problem: 404 where there is none; 403 for an administrator who may what the bearer may not.
    """
    found = lookup.find_by_sub(sub)
    taken = taking.take(Authority(found.id), is_closed_too=True) if found is not None else None
    if taken is None or isinstance(taken, Refused):
        raise missing("person", sub)
    if not holding.covers(acting.permissions, taken):
        raise Problem(HTTPStatus.FORBIDDEN, "This person administers more of the server than the token permits.")
    return taken


def _read(found: AccessToken) -> Acting:
    within = frozenset(PERMISSIONS) if ADMIN_SCOPE in found.scopes else READS
    if found.account_id is None:
        return Acting(audit.by_client(found.claims["client_id"]), OF_CLIENTS & within)
    account = lookup.find(found.account_id)
    if account is None:
        return Acting("", frozenset())
    return Acting(account.sub, holding.permissions_of(account) & within)


def _refuse(turned: Turned, permission: str | None = None) -> Problem:
    more = {"permission": permission} if permission is not None else {}
    return Problem(turned.status, turned.sentence, more, turned.headers(ENDPOINT), stays=True)
