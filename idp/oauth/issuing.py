"""Issuing a code to somebody who was looked at (`sight`): what that look relied on is looked at once more by the statement that records it.

On PostgreSQL it is one round trip, which locks account, session and consent, in this order, waits for whoever changes one of them, and
records the grant only where each still is as it was decided upon; the row of a request that waited is used up by the same statement. On
SQLite it is one short transaction. Who is given None got nothing, and nothing was written: whoever asked looks again and decides anew.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, exists, insert, not_, or_, select
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.dml import Insert, Update

from idp import sessions
from idp.accounts.models import Account
from idp.base import crypto, database
from idp.base.statements import holding, parameter, parameters, statement, together
from idp.groups import access
from idp.lifetimes import LIFETIMES
from idp.oauth import tokens, validity, waiting
from idp.oauth.models import Consent, Grant, PendingRequest
from idp.oauth.parameters import AuthorizationParameters
from idp.oauth.sight import Sight
from idp.sessions import BrowserSession

# Of the rows that are locked, not of the look before; each under its name in a grant.
_OF_THEM: tuple[Any, ...] = (
    BrowserSession.id.label("session_id"), Account.id.label("account_id"), Account.token_epoch.label("epoch"),
    BrowserSession.auth_time, BrowserSession.amr,
)  # fmt: skip


def issue_code(
    parameters: AuthorizationParameters,
    scope: str,
    seen: Sight,
    *,
    restricted: bool = False,
    refresh_life: timedelta | None = None,
    secret: str | None = None,
) -> str | None:
    """Record a grant and return its authorization code, where everything still is as it was seen; None where anything has moved.

    `secret` names the row of a request that waited, which this answer uses up. `refresh_life` is as for `tokens.issue_code`; `restricted`
    says that the client is for the members of some groups alone.
    """
    code = crypto.new_secret()
    has_shown_two = seen.second_factor_at is not None
    values = tokens.describe(parameters, scope, has_shown_two=has_shown_two, code=code, refresh_life=refresh_life)
    now = values["created_at"]
    values |= {
        "now": now,
        "idle_since": now - LIFETIMES.session_idle,
        "token_digest": seen.token_digest,
        "second_factor_at": seen.second_factor_at,
        "second_factor_since": seen.second_factor_since,
        "allowed": seen.allowed,
        "restricted": restricted,
    }
    is_issued = _write(values) if secret is None else _write_for_waiting(values, secret)
    return code if is_issued else None


def _write(values: dict[str, Any]) -> bool:
    """Record a grant; nobody was asked for consent where none was ever given."""
    return (_issue if values["allowed"] is not None else _issue_to_trusted).first(**values) is not None


def _write_for_waiting(values: dict[str, Any], secret: str) -> bool:
    """Record a grant and use the request up, both or neither."""
    values |= {"secret": crypto.digest(secret), "over_since": values["now"] - waiting.OVER_SINCE}
    needs_consent = values["allowed"] is not None
    answer = _answer if needs_consent else _answer_to_trusted
    if database.engine().dialect.name == "postgresql":
        return answer.first(**values) is not None
    with together():
        # Whether it waits still is a condition of the first one, and nobody else writes before the second.
        return answer.first(**values) is not None and _use_up.run(**values) == 1


def _as_seen(*, needs_consent: bool) -> Select[Any]:
    """Return the select that locks account, session and consent, of which each is as the decision saw it.

    The account is open, of the session's epoch, and has a second factor since the same instant, or none and is asked for none; the
    session is live, has the same secret, and the second factor was shown in it at the same instant; the consent has the same words; and
    the client is for this account. That the account left a group while this waited for a lock is seen when the code is redeemed.
    """
    since, at = Account.second_factor_since, BrowserSession.second_factor_at
    seen: Select[Any] = (
        select(*_OF_THEM)
        .join(BrowserSession, BrowserSession.account_id == Account.id)
        .where(
            BrowserSession.token_digest == parameter("token_digest", BrowserSession.token_digest),
            sessions.lives(_now(), parameter("idle_since", BrowserSession.last_seen_at)),
            at.is_not_distinct_from(parameter("second_factor_at", at)),
            Account.token_epoch == BrowserSession.epoch,
            Account.disabled_at.is_(None),
            since.is_not_distinct_from(parameter("second_factor_since", since)),
            or_(since.is_not(None), not_(validity.policy_demands())),
            access.admits(Account.id, parameter("client_id", Grant.client_id), _now()),
        )
    )
    if not needs_consent:
        return seen.with_for_update(read=True, of=[Account, BrowserSession])
    return (
        seen.join(Consent, Consent.account_id == Account.id)
        .where(
            Consent.client_id == parameter("client_id", Consent.client_id),
            Consent.scope == parameter("allowed", Consent.scope),
        )
        .with_for_update(read=True, of=[Account, BrowserSession, Consent])
    )


def _record(dialect: str, *, needs_consent: bool, is_waiting: bool = False) -> Insert:
    """Return the insert of a grant for what is as it was seen and, where a request waited, for its first answer alone."""
    held = _as_seen(needs_consent=needs_consent).cte("held")
    given = parameters(Grant, tokens.DESCRIBED)
    source = select(*held.c, *given.values())
    if is_waiting and dialect == "postgresql":
        by_them = held.c.account_id.is_not(None)  # it is used up by who is held, and by nobody where nobody is
        used = _using_up().where(by_them).returning(held.c.account_id).cte("used")
        source = source.join(used, used.c.account_id == held.c.account_id)
    elif is_waiting:
        source = source.where(exists().where(_waits()))
    return insert(Grant).from_select([*held.c.keys(), *given], source).returning(Grant.id)


def _using_up() -> Update:
    over_since = parameter("over_since", PendingRequest.expires_at)
    return waiting.using_up(over_since).where(_waits())


def _waits() -> ColumnElement[bool]:
    is_it = PendingRequest.id_digest == parameter("secret", PendingRequest.id_digest)
    return and_(is_it, PendingRequest.expires_at > _now())


def _now() -> BindParameter[Any]:
    return parameter("now", Grant.created_at)


@holding
def _issue(dialect: str) -> Executable:
    return _record(dialect, needs_consent=True)


@holding
def _issue_to_trusted(dialect: str) -> Executable:
    return _record(dialect, needs_consent=False)


@holding
def _answer(dialect: str) -> Executable:
    return _record(dialect, needs_consent=True, is_waiting=True)


@holding
def _answer_to_trusted(dialect: str) -> Executable:
    return _record(dialect, needs_consent=False, is_waiting=True)


@statement
def _use_up(_dialect: str) -> Executable:
    return _using_up()
