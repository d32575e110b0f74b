"""What makes a grant, a code or a refresh token good: each condition once, under the cause of the refusal where it does not hold.

Statements compose these: `redeeming` claims where all hold, whatever else asks finds what is valid. `diagnosis` has the database tell
them one by one, in their order here, after something was refused. So a condition cannot be forgotten by either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Row, Select, Text, and_, cast, exists, func, literal, not_, or_, select

from idp.accounts.models import Account
from idp.base import clock, crypto
from idp.base.extensions import settings
from idp.base.statements import parameter
from idp.clients.registered import RegisteredClient
from idp.factors import policy
from idp.groups import access
from idp.oauth.constraint.confirmation import Confirmation, kept
from idp.oauth.models import Grant, RefreshToken
from idp.oauth.refusals import Cause
from idp.policies import Policy
from idp.sessions import BrowserSession

Conditions = Mapping[Cause, ColumnElement[bool]]


@dataclass(frozen=True)
class ShownCode:
    """A code as a client shows it: with the redirect URI, the PKCE challenge of its verifier, and the key that it has proved to have."""

    code: str
    redirect_uri: str | None
    challenge: str | None
    confirmation: Confirmation | None = None
    resource: str | None = None


NOW = parameter("now", Grant.expires_at)
CLIENT_ID = parameter("client_id", Grant.client_id)
COLUMNS = (
    Grant.id, Grant.client_id, Grant.account_id, Grant.epoch, Account.sub, Grant.session_id, Grant.scope, Grant.nonce,
    Grant.auth_time, Grant.amr, Grant.acr, Grant.offline, Grant.claims,
    Grant.resources, Grant.authorization_details,
)  # fmt: skip

# Nothing against grant and account, whatever became of the session.
OPEN: Conditions = {
    Cause.ACCOUNT_DISABLED: Account.disabled_at.is_(None),
    Cause.CREDENTIALS_CHANGED: Account.token_epoch == Grant.epoch,
    Cause.GRANT_REVOKED: Grant.revoked_at.is_(None),
    Cause.GRANT_EXPIRED: Grant.expires_at > NOW,
}
_IS_LIVE = and_(BrowserSession.id.is_not(None), BrowserSession.ended_at.is_(None))
# A grant outlasts its session where it is offline. A code does not: its client has been told of the end, or would not be any more.
LASTING: Conditions = {Cause.SESSION_ENDED: or_(Grant.offline, _IS_LIVE)}
IN_SESSION: Conditions = {Cause.SESSION_ENDED: _IS_LIVE}


def demands_are_met() -> ColumnElement[bool]:
    """Say that the sign-in has shown what is demanded today, as `demands.are_met`; `demanded` says whether the client demands it."""
    shown = cast(Grant.amr, Text).like('%"mfa"%')  # our own words (RFC 8176, section 2), as JSON
    return or_(shown, not_(or_(parameter("demanded", Boolean()), policy_demands())))


def policy_demands() -> ColumnElement[bool]:
    """Say that the policy asks a second factor of an open account, as `policy.is_required`."""
    administrates = and_(Account.is_admin, Account.email_verified_at.is_not(None))
    return or_(_policy_is(policy.Required.EVERYBODY), and_(administrates, _policy_is(policy.Required.ADMINISTRATORS)))


def _policy_is(required: policy.Required) -> ColumnElement[bool]:
    return exists().where(Policy.name == policy.NAME, cast(Policy.value, Text) == f'"{required.value}"')


def _may_rotate() -> ColumnElement[bool]:
    """Say that a token was not rotated yet, or so lately that it counts still."""
    oldest, newest = (parameter(name, RefreshToken.rotated_at) for name in ("oldest", "newest"))
    return or_(
        RefreshToken.rotated_at.is_(None), and_(RefreshToken.rotated_at > oldest, RefreshToken.rotated_at <= newest)
    )


# Whoever shows the code, or a public client's refresh token, has the key that it is bound to (RFC 9449, sections 5 and 10).
CONFIRMED: Conditions = {
    Cause.KEY_DIFFERS: or_(
        Grant.confirmation.is_(None), Grant.confirmation == parameter("confirmation", Grant.confirmation)
    )
}
_NAMED = parameter("resource", Grant.resources)
_PADDED = literal(" ", Text()) + Grant.resources + literal(" ", Text())
_IS_NAMED = func.replace(_PADDED, literal(" ", Text()) + _NAMED + literal(" ", Text()), literal("", Text())) != _PADDED
# For which audience a token is asked for (RFC 8707, section 2.2): one that was granted, or this server; of several one is named.
_IS_OPEN = or_(parameter("names_one", Boolean()), Grant.resources.is_(None), Grant.resources.not_like("% %"))
AIMED: Conditions = {
    Cause.RESOURCE_NOT_GRANTED: and_(_IS_OPEN, or_(not_(parameter("names_another", Boolean())), _IS_NAMED))
}
ENOUGH: Conditions = {Cause.SECOND_FACTOR_MISSING: demands_are_met()}
# The client is for its person, today (`groups.access`); `restricted` says whether it is not for everybody.
ADMITTED: Conditions = {Cause.NOT_ADMITTED: access.admits(Grant.account_id, Grant.client_id, NOW)}
CODE: Conditions = {
    Cause.CODE_OF_ANOTHER_CLIENT: Grant.client_id == CLIENT_ID,
    Cause.CODE_USED: Grant.redeemed_at.is_(None),
    Cause.CODE_EXPIRED: Grant.code_expires_at > NOW,
    **OPEN,
    **IN_SESSION,
    **ENOUGH,
    **ADMITTED,
    Cause.REDIRECT_URI_DIFFERS: Grant.redirect_uri == parameter("redirect_uri", Grant.redirect_uri),
    # A code ends with the registration of its redirect URI.
    Cause.CODE_ADDRESS_REMOVED: parameter("is_registered", Boolean()),
    Cause.VERIFIER_WRONG: Grant.code_challenge.is_not_distinct_from(parameter("challenge", Grant.code_challenge)),
    **CONFIRMED,
    **AIMED,
}
# Of public clients, whose tokens rotate, and of confidential ones, whose tokens stay (RFC 9700, section 2.2.2).
ROTATING: Conditions = {
    Cause.REFRESH_TOKEN_OF_ANOTHER_CLIENT: Grant.client_id == CLIENT_ID,
    Cause.REFRESH_TOKEN_USED: _may_rotate(),
    **OPEN,
    **LASTING,
    Cause.REFRESH_TOKEN_EXPIRED: RefreshToken.expires_at > NOW,
    **ENOUGH,
    **ADMITTED,
    **CONFIRMED,
    **AIMED,
}
# Who they are is proved by confidential clients themselves: their keys may change (RFC 9449, section 5).
STAYING: Conditions = {
    **{cause: condition for cause, condition in ROTATING.items() if cause not in CONFIRMED},
    Cause.REFRESH_TOKEN_USED: RefreshToken.rotated_at.is_(None),
}


def valid_grants(*more: Any) -> Select[Any]:
    """Return the select of grants with nothing against them at `now`: grant, account, and session unless the grant is offline."""
    return with_session(*COLUMNS, *more).where(*OPEN.values(), *LASTING.values())


def with_session(*columns: Any) -> Select[Any]:
    """Return the select of any grants, beside their accounts and, where there is one, their session."""
    whose = select(*columns).select_from(Grant).join(Account, Account.id == Grant.account_id)
    return whose.outerjoin(BrowserSession, BrowserSession.id == Grant.session_id)


def told(conditions: Conditions) -> list[ColumnElement[bool]]:
    """Return conditions as columns, each by the name of its cause."""
    return [condition.label(cause.value) for cause, condition in conditions.items()]


def failed(row: Row[Any], conditions: Conditions) -> list[Cause]:
    """Return the causes whose conditions do not hold in a row of `told`, in their order; one that nobody can tell does not hold."""
    return [cause for cause in conditions if not getattr(row, cause.value)]


def shown(
    secret: str,
    client_id: str,
    *,
    demanded: bool,
    restricted: bool = False,
    confirmation: Confirmation | None = None,
    resource: str | None = None,
) -> dict[str, Any]:
    """Return the values of the conditions for a code or refresh token that a client shows now, with a key or without one.

    `demanded` is its second factor, `restricted` that it is for the members of some groups alone, `resource` the audience that it names.
    """
    now, grace = clock.now(), timedelta(seconds=settings().refresh_grace)
    return {
        "digest": crypto.digest(secret),
        "client_id": client_id,
        "demanded": demanded,
        "restricted": restricted,
        "confirmation": kept(confirmation),
        "resource": resource or "",
        "names_one": resource is not None,
        "names_another": resource is not None and resource != settings().issuer,
        "now": now,
        # Within the grace window a rotated token counts still. One that is younger than this request was rotated while this waited
        # for it, or by a node whose clock is ahead.
        "oldest": now - grace if grace else now + clock.SKEW,
        "newest": now + clock.SKEW,
    }


def shown_code(code: ShownCode, client: RegisteredClient) -> dict[str, Any]:
    """Return the values of the conditions for a code that a client shows."""
    redirect_uri = code.redirect_uri
    is_registered = redirect_uri is not None and client.check_redirect_uri(redirect_uri)
    more = {"redirect_uri": redirect_uri, "is_registered": is_registered, "challenge": code.challenge}
    return shown_by(client, code.code, code.confirmation, code.resource) | more


def shown_by(
    client: RegisteredClient, secret: str, confirmation: Confirmation | None = None, resource: str | None = None
) -> dict[str, Any]:
    """Return the values of `shown` for a registered client."""
    demanded, restricted = client.metadata.require_second_factor, client.is_restricted
    return shown(
        secret,
        client.client_id,
        demanded=demanded,
        restricted=restricted,
        confirmation=confirmation,
        resource=resource,
    )
