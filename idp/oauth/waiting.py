"""Authorization requests that wait while their person is busy, as rows: kept under a secret, agreed to, answered once, forgotten."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, insert, select, update
from sqlalchemy.sql.base import Executable

from idp.base import clock, crypto
from idp.base.database import run
from idp.base.expiry import delete_some
from idp.base.statements import parameter, parameters, statement
from idp.lifetimes import LIFETIMES
from idp.oauth.models import PendingRequest
from idp.oauth.parameters import AuthorizationParameters

OVER_SINCE = timedelta(hours=1)
PUSHED_UNTIL = "pushed until"  # beside the parameters, and no name that one could have


@dataclass(frozen=True)
class Waiting:
    """A request that waits in a row: when it was made, and which account has consented to it."""

    parameters: AuthorizationParameters
    asked_at: datetime
    agreed_by: int | None
    pushed_until: datetime | None = None  # when it was pushed: as long as its reference is good


@dataclass(frozen=True)
class Kept:
    """Whose a kept request is or was, and the request itself; None when it has expired or been answered."""

    client_id: str
    waiting: Waiting | None


def store(parameters: AuthorizationParameters, asked_at: datetime, until: datetime | None = None) -> str:
    """Keep a request while its person is busy, for a day or until it is over; return the secret that names it."""
    secret = crypto.new_secret()
    _keep.run(
        id_digest=crypto.digest(secret),
        client_id=parameters.client_id,
        parameters=dict(parameters.values),
        created_at=asked_at,
        expires_at=until or clock.now() + LIFETIMES.authorization_request,
    )
    return secret


def push(parameters: AuthorizationParameters, asked_at: datetime, life: timedelta) -> str:
    """Keep a request that nobody has come with yet, for `life`; return the secret that names it."""
    secret = crypto.new_secret()
    until = asked_at + life
    _keep.run(
        id_digest=crypto.digest(secret),
        client_id=parameters.client_id,
        parameters={**parameters.values, PUSHED_UNTIL: until.isoformat()},
        created_at=asked_at,
        expires_at=until,
    )
    return secret


def let_wait(secret: str) -> None:
    """Let a pushed request wait for its person, who has come, as long as any other."""
    now = clock.now()
    is_open = (PendingRequest.id_digest == crypto.digest(secret)) & (PendingRequest.expires_at > now)
    later = update(PendingRequest).where(is_open).values(expires_at=now + LIFETIMES.authorization_request)
    run(later.execution_options(synchronize_session=False))


def agree(secret: str, account_id: int) -> None:
    """Note that an account has consented to a waiting request."""
    asked = update(PendingRequest).where(PendingRequest.id_digest == crypto.digest(secret))
    run(asked.values(agreed_by=account_id).execution_options(synchronize_session=False))


def find(secret: str) -> Kept | None:
    """Return a kept request, whether or not it waits still; None for one that nobody remembers."""
    row = _find.first(id_digest=crypto.digest(secret))
    if row is None:
        return None
    if row.expires_at <= clock.now():
        return Kept(row.client_id, None)
    values = dict(row.parameters)
    pushed_until = values.pop(PUSHED_UNTIL, None)
    until = datetime.fromisoformat(pushed_until) if pushed_until is not None else None
    return Kept(row.client_id, Waiting(AuthorizationParameters(values), row.created_at, row.agreed_by, until))


def claim(secret: str) -> bool:
    """Use a waiting request up for its one answer; of several answers at once a single one gets True.

    What stays for the rest of its day is whose it was. It ends in the past, beyond what the clocks of two nodes may differ by.
    """
    now = clock.now()
    waiting = (PendingRequest.id_digest == crypto.digest(secret)) & (PendingRequest.expires_at > now)
    return run(using_up(now - OVER_SINCE).where(waiting).execution_options(synchronize_session=False)) == 1


def using_up(over_since: Any) -> Update:
    """Return the update that uses a waiting request up, still without saying which."""
    return update(PendingRequest).values(expires_at=over_since, parameters={}, agreed_by=None)


def purge(limit: int) -> int:
    """Delete up to `limit` requests that have expired, or whose day is over since they were answered; return how many."""
    now = clock.now()
    is_old = (PendingRequest.expires_at < now) & (PendingRequest.created_at < now - LIFETIMES.authorization_request)
    return delete_some(PendingRequest, is_old, PendingRequest.expires_at, limit)


@statement
def _keep(_dialect: str) -> Executable:
    names = ("id_digest", "client_id", "parameters", "created_at", "expires_at")
    return insert(PendingRequest).values(parameters(PendingRequest, names))


@statement
def _find(_dialect: str) -> Executable:
    columns = (PendingRequest.client_id, PendingRequest.parameters, PendingRequest.agreed_by)
    is_it = PendingRequest.id_digest == parameter("id_digest", PendingRequest.id_digest)
    return select(*columns, PendingRequest.created_at, PendingRequest.expires_at).where(is_it)
