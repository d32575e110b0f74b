"""What a valid grant is, as conditions of statements: nothing against the grant, its account, or its session; and what is demanded today.

Every question whether a token or code is good asks by these alone; `diagnosis` names the cause afterwards.
"""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, Text, and_, cast, exists, not_, or_, select

from idp.accounts.models import Account
from idp.base.statements import parameter
from idp.factors import policy
from idp.factors.models import Policy
from idp.oauth.models import Grant
from idp.sessions import BrowserSession

COLUMNS = (
    Grant.id, Grant.client_id, Grant.account_id, Grant.epoch, Account.sub, Grant.session_id, Grant.scope, Grant.nonce,
    Grant.auth_time, Grant.amr, Grant.acr, Grant.offline, Grant.redirect_uri, Grant.code_challenge,
    Grant.claims, Grant.redeemed_at, Grant.code_expires_at,
)  # fmt: skip


def valid_grants(*more: Any) -> Select[Any]:
    """Return the select of grants with nothing against them at `now`: grant, account, and session unless the grant is offline."""
    return (
        select(*COLUMNS, *more)
        .join(Account, Account.id == Grant.account_id)
        .outerjoin(BrowserSession, and_(BrowserSession.id == Grant.session_id, BrowserSession.ended_at.is_(None)))
        .where(is_open(), or_(Grant.offline, BrowserSession.id.is_not(None)))
    )


def grants_in_session(*more: Any) -> Select[Any]:
    """Return the select of valid grants whose session has not ended either, offline or not."""
    return (
        select(*COLUMNS, *more)
        .join(Account, Account.id == Grant.account_id)
        .join(BrowserSession, BrowserSession.id == Grant.session_id)
        .where(is_open(), BrowserSession.ended_at.is_(None))
    )


def is_open() -> ColumnElement[bool]:
    """Say that grant and account have nothing against them at `now`, whatever became of the session."""
    return and_(
        Grant.revoked_at.is_(None),
        Grant.expires_at > parameter("now", Grant.expires_at),
        Account.disabled_at.is_(None),
        Account.token_epoch == Grant.epoch,
    )


def demands_are_met() -> ColumnElement[bool]:
    """Say that the sign-in has shown what is demanded today, as `demands.are_met`; `demanded` says whether the client demands it."""
    shown = cast(Grant.amr, Text).like('%"mfa"%')  # our own words (RFC 8176, section 2), as JSON
    administrates = and_(Account.is_admin, Account.email_verified_at.is_not(None))
    return or_(
        shown,
        not_(
            or_(
                parameter("demanded", Boolean()),
                _policy_is(policy.Required.EVERYBODY),
                and_(administrates, _policy_is(policy.Required.ADMINISTRATORS)),
            )
        ),
    )


def _policy_is(required: policy.Required) -> ColumnElement[bool]:
    return exists().where(Policy.name == policy.NAME, cast(Policy.value, Text) == f'"{required.value}"')
