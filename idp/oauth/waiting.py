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


@dataclass(frozen=True)
class Waiting:
    """A request that waits in a row: when it was made, and which account has consented to it."""

    parameters: AuthorizationParameters
    asked_at: datetime
    agreed_by: int | None


@dataclass(frozen=True)
class Kept:
    """Whose a kept request is or was, and the request itself; None when it has expired or been answered."""

    client_id: str
    waiting: Waiting | None


def store(parameters: AuthorizationParameters, asked_at: datetime) -> str:
    """Keep a request while its person is busy; return the secret that names it."""
    secret = crypto.new_secret()
    _keep.run(
        id_digest=crypto.digest(secret),
        client_id=parameters.client_id,
        parameters=dict(parameters.values),
        created_at=asked_at,
        expires_at=clock.now() + LIFETIMES.authorization_request,
    )
    return secret


def agree(secret: str, account_id: int) -> None:
    """Note that an account has consented to a waiting request."""
    asked = update(PendingRequest).where(PendingRequest.id_digest == crypto.digest(secret))
    run(asked.values(agreed_by=account_id).execution_options(synchronize_session=False))


def find(secret: str) -> Kept | None:
    """Return a kept request, whether or not it waits still; None for one that nobody remembers."""
    row = _find.first(id_digest=crypto.digest(secret))
    if row is None:
        return None
    is_over = row.expires_at <= clock.now()
    waiting = None if is_over else Waiting(AuthorizationParameters(row.parameters), row.created_at, row.agreed_by)
    return Kept(row.client_id, waiting)


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
