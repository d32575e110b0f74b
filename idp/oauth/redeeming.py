"""Claiming what a token request shows: checked and claimed in one statement, and its refresh token recorded, before any token is made.

On PostgreSQL each is one round trip, which locks account and session, in this order, as everywhere, looks at them once more where it had
to wait, and then claims. On SQLite it is one short transaction. Who is given None gets nothing: `grants` finds out why, and what follows.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, Update, and_, func, insert, or_, select, update
from sqlalchemy.sql.base import Executable

from idp.accounts.models import Account
from idp.base import clock, crypto, database
from idp.base.extensions import settings
from idp.base.statements import Row, Statement, parameter, statement, together
from idp.clients.registered import RegisteredClient
from idp.lifetimes import LIFETIMES
from idp.oauth import tokens, validity
from idp.oauth.models import Grant, RefreshToken
from idp.oauth.tokens import Granted
from idp.sessions import BrowserSession

MINUTE = timedelta(minutes=1)  # a use is written at most so often
NOW = parameter("now", Grant.created_at)
DIGEST = parameter("digest", RefreshToken.digest)


def redeem(
    code: str, client: RegisteredClient, redirect_uri: str, challenge: str | None, life: timedelta
) -> Granted | None:
    """Claim a code of this client, sent to this address, with this PKCE challenge, for this request alone; None where anything is wrong.

    Where the grant may have refresh tokens, and the client is registered for them, one is recorded that lives for `life`.
    """
    values = {"redirect_uri": redirect_uri, "challenge": challenge}
    wants = client.check_grant_type("refresh_token")
    return _claim(_redeem, _find_code, _claim_code, code, client, life, wants=wants, values=values)


def rotate(token: str, client: RegisteredClient, life: timedelta) -> Granted | None:
    """Claim the rotation of a public client's refresh token (RFC 9700, section 4.14.2), and record its successor; None where not.

    Within the grace window a rotated one yields a sibling. One that is younger than this request was rotated while this waited for it, or
    by a node whose clock is ahead.
    """
    now, grace = clock.now(), timedelta(seconds=settings().refresh_grace)
    oldest = now - grace if grace else now + clock.SKEW
    values = {"oldest": oldest, "newest": now + clock.SKEW}
    return _claim(_rotate, _find_rotated, _claim_rotation, token, client, life, wants=True, values=values)


def extend(token: str, client: RegisteredClient) -> Granted | None:
    """Note the use of a confidential client's refresh token, which lives 30 days from now; None where it is not good."""
    now = clock.now()
    values = _values(token, client) | {"soon": now + LIFETIMES.refresh_idle, "minute_ago": now - MINUTE}
    values |= {"stale": now + LIFETIMES.refresh_idle - MINUTE}
    row = _find_unrotated.first(**values)
    if row is None:
        return None
    if row.is_stale:
        with together():
            _lengthen.run(**values)
            _note_use.run(id=row.id, **values)
    return tokens.read_grant(row, refresh_digest=values["digest"], is_claimed=True)


def _values(secret: str, client: RegisteredClient) -> dict[str, Any]:
    demanded = client.metadata.require_second_factor
    return {"digest": crypto.digest(secret), "client_id": client.client_id, "demanded": demanded, "now": clock.now()}


def _claim(
    at_once: Statement, find: Statement, claim: Statement, secret: str, client: RegisteredClient, life: timedelta,
    *, wants: bool, values: Mapping[str, Any],
) -> Granted | None:  # fmt: skip
    successor = crypto.new_secret()
    given = {**_values(secret, client), **values, "wants": wants, "successor": crypto.digest(successor)}
    given |= {"successor_expires_at": given["now"] + life, "minute_ago": given["now"] - MINUTE}
    has_locks = database.engine().dialect.name == "postgresql"
    row = at_once.first(**given) if has_locks else _claim_in_turn(find, claim, given)
    if row is None:
        return None
    return tokens.read_grant(row, is_claimed=True, successor=successor if wants and row.offline else None)


def _claim_in_turn(find: Statement, claim: Statement, given: Mapping[str, Any]) -> Row | None:
    with together():
        row = find.first(**given)
        if row is None or claim.run(id=row.id, **given) != 1:
            return None
        if given["wants"] and row.offline:
            _record.run(id=row.id, **given)
        if claim is _claim_rotation:
            _note_use.run(id=row.id, **given)
        return row


# Authorization codes


def _good_codes() -> Select[Any]:
    return validity.grants_in_session().where(
        Grant.code_digest == parameter("digest", Grant.code_digest),
        Grant.client_id == parameter("client_id", Grant.client_id),
        Grant.redeemed_at.is_(None),
        Grant.code_expires_at > NOW,
        Grant.redirect_uri == parameter("redirect_uri", Grant.redirect_uri),
        Grant.code_challenge.is_not_distinct_from(parameter("challenge", Grant.code_challenge)),
        validity.demands_are_met(),
    )


@statement
def _find_code(_dialect: str) -> Select[Any]:
    return _good_codes()


@statement
def _claim_code(_dialect: str) -> Update:
    mine = Grant.id == parameter("id", Grant.id)
    return update(Grant).where(mine, Grant.redeemed_at.is_(None)).values(redeemed_at=NOW, last_used_at=NOW)


@statement
def _redeem(_dialect: str) -> Executable:
    held = _good_codes().with_for_update(read=True, of=[Account, BrowserSession]).cte("held")
    claimed = (
        update(Grant)
        .where(Grant.id == held.c.id, Grant.redeemed_at.is_(None), Grant.revoked_at.is_(None))
        .values(redeemed_at=NOW, last_used_at=NOW)
        .returning(Grant.id)
        .cte("claimed")
    )
    return _with_successor(held, claimed, select(held).join(claimed, claimed.c.id == held.c.id))


# Refresh tokens


def _good_refresh_tokens(*more: Any) -> Select[Any]:
    return (
        validity.valid_grants(*more)
        .join(RefreshToken, RefreshToken.grant_id == Grant.id)
        .where(
            RefreshToken.digest == DIGEST,
            RefreshToken.expires_at > NOW,
            Grant.client_id == parameter("client_id", Grant.client_id),
            validity.demands_are_met(),
        )
    )


def _may_rotate() -> ColumnElement[bool]:
    """Say that a token was not rotated yet, or so lately that it counts still."""
    oldest, newest = (parameter(name, RefreshToken.rotated_at) for name in ("oldest", "newest"))
    return or_(
        RefreshToken.rotated_at.is_(None), and_(RefreshToken.rotated_at > oldest, RefreshToken.rotated_at <= newest)
    )


def _rotation() -> Update:
    rotated_at = func.coalesce(RefreshToken.rotated_at, NOW)
    return update(RefreshToken).where(RefreshToken.digest == DIGEST, _may_rotate()).values(rotated_at=rotated_at)


@statement
def _find_rotated(_dialect: str) -> Select[Any]:
    return _good_refresh_tokens().where(_may_rotate())


@statement
def _claim_rotation(_dialect: str) -> Update:
    return _rotation()


@statement
def _rotate(_dialect: str) -> Executable:
    held = _good_refresh_tokens().where(_may_rotate()).with_for_update(read=True, of=[Account]).cte("held")
    rotated = (
        _rotation()
        .where(RefreshToken.grant_id == held.c.id)
        .returning(RefreshToken.grant_id.label("id"))
        .cte("claimed")
    )
    used = _use(Grant.id == rotated.c.id).cte("used")
    return _with_successor(held, rotated, select(held).join(rotated, rotated.c.id == held.c.id).add_cte(used))


@statement
def _find_unrotated(_dialect: str) -> Select[Any]:
    stale = parameter("stale", RefreshToken.expires_at)
    good = _good_refresh_tokens((RefreshToken.expires_at < stale).label("is_stale"))
    return good.where(RefreshToken.rotated_at.is_(None)).with_for_update(read=True, of=[Account])


@statement
def _lengthen(_dialect: str) -> Update:
    stale, soon = (parameter(name, RefreshToken.expires_at) for name in ("stale", "soon"))
    return (
        update(RefreshToken)
        .where(RefreshToken.digest == DIGEST, RefreshToken.expires_at < stale)
        .values(expires_at=soon)
    )


@statement
def _note_use(_dialect: str) -> Update:
    return _use(Grant.id == parameter("id", Grant.id))


def _use(mine: ColumnElement[bool]) -> Update:
    minute_ago = parameter("minute_ago", Grant.last_used_at)
    return update(Grant).where(mine, Grant.last_used_at < minute_ago).values(last_used_at=NOW)


# What follows a code or a rotated token


@statement
def _record(_dialect: str) -> Executable:
    return insert(RefreshToken).values(grant_id=parameter("id", Grant.id), **_successor())


def _with_successor(held: Any, claimed: Any, found: Select[Any]) -> Select[Any]:
    """Have a claim record its refresh token too, where one is wanted and the grant may have it."""
    new = _successor()
    source = select(claimed.c.id, *new.values()).where(
        held.c.id == claimed.c.id, held.c.offline, parameter("wants", Boolean())
    )
    return found.add_cte(insert(RefreshToken).from_select(["grant_id", *new], source).cte("successor"))


def _successor() -> dict[str, Any]:
    return {
        "digest": parameter("successor", RefreshToken.digest),
        "created_at": NOW,
        "expires_at": parameter("successor_expires_at", RefreshToken.expires_at),
    }
