"""Claiming what a token request shows: checked and claimed in one statement, and its refresh token recorded, before any token is made.

On PostgreSQL each is one round trip, which locks account and session, in this order, as everywhere, looks at them once more where it had
to wait, and then claims. On SQLite it is one short transaction. What a person's claims are told of comes along: a claim is committed before
its answer is made, so that nothing may be left to ask. Who is given None gets nothing: `diagnosis` says why, and `grants` what follows.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Boolean, ColumnElement, Select, Update, case, func, insert, select, update
from sqlalchemy.sql.base import Executable

from idp import keys
from idp.accounts.models import Account
from idp.base import crypto, database
from idp.base.statements import Row, Statement, parameter, statement, together
from idp.clients import mapping
from idp.clients.registered import RegisteredClient
from idp.lifetimes import LIFETIMES
from idp.oauth import telling, tokens, validity
from idp.oauth.constraint import Confirmation
from idp.oauth.models import Grant, RefreshToken
from idp.oauth.refusals import Cause
from idp.oauth.tokens import Granted
from idp.oauth.validity import NOW, ShownCode
from idp.roles import standing
from idp.roles.standing import Standing
from idp.sessions import BrowserSession


class Way(NamedTuple):
    """How something is claimed: by one statement, or, where rows cannot be locked, found and then claimed."""

    at_once: Statement
    find: Statement
    claim: Statement


MINUTE = timedelta(minutes=1)  # a use is written at most so often
DIGEST = parameter("digest", RefreshToken.digest)
CODE_DIGEST = parameter("digest", Grant.code_digest)


def redeem(code: ShownCode, client: RegisteredClient, life: timedelta) -> Granted | None:
    """Claim a code of this client for this request alone; None where anything about it is wrong.

    Where the grant may have refresh tokens, and the client is registered for them, one is recorded that lives for `life`. Those of a public
    client are bound to the key that it shows (RFC 9449, section 5).
    """
    shown = validity.shown_code(code, client) | {"binds": client.metadata.is_public and code.confirmation is not None}
    way = Way(_redeem, _find_code, _claim_code)
    return claim(way, shown, client, life, wants=client.check_grant_type("refresh_token"))


def find_address(code: str) -> str | None:
    """Return the redirect URI that a code was sent to, for a client that may leave it out; whose code it is, is not looked at."""
    row = _find_address.first(digest=crypto.digest(code))
    return row.redirect_uri if row is not None else None


def rotate(
    token: str,
    client: RegisteredClient,
    confirmation: Confirmation | None,
    life: timedelta,
    resource: str | None = None,
) -> Granted | None:
    """Claim the rotation of a public client's refresh token (RFC 9700, section 4.14.2), and record its successor; None where not.

    Within the grace window a rotated one yields a sibling, and both stay valid.
    """
    way = Way(_rotate, _find_rotated, _claim_rotation)
    return claim(way, validity.shown_by(client, token, confirmation, resource), client, life, wants=True)


def extend(token: str, client: RegisteredClient, resource: str | None = None) -> Granted | None:
    """Note the use of a confidential client's refresh token, which lives 30 days from now; None where it is not good."""
    values = validity.shown_by(client, token, resource=resource)
    soon = values["now"] + LIFETIMES.refresh_idle
    values |= {"soon": soon, "stale": soon - MINUTE, "minute_ago": values["now"] - MINUTE}
    _hold()
    row = _find_unrotated.first(**values)
    if row is None:
        return None
    stands = _stand(row, client)
    if row.is_stale:
        with together():
            _lengthen.run(**values)
            _note_use.run(id=row.id, **values)
    return tokens.read_grant(row, person=tokens.read_person(row), standing=stands)


def claim(
    way: Way, shown: Mapping[str, Any], client: RegisteredClient, life: timedelta, *, wants: bool
) -> Granted | None:
    """Claim what is shown, and record a refresh token that lives for `life` where one is wanted; None where anything is wrong."""
    _hold()
    successor, now = crypto.new_secret(), shown["now"]
    given = {**shown, "wants": wants, "successor": crypto.digest(successor)}
    given |= {"successor_expires_at": now + life, "minute_ago": now - MINUTE}
    if telling.may_need_standing(client):
        with together():
            row = _claim_once(way, given)
            stands = _stand(row, client) if row is not None else None
    else:
        row, stands = _claim_once(way, given), None
    if row is None:
        return None
    kept = successor if wants and row.offline else None
    return tokens.read_grant(row, person=tokens.read_person(row), successor=kept, standing=stands)


def _claim_once(way: Way, given: Mapping[str, Any]) -> Row | None:
    has_locks = database.engine().dialect.name == "postgresql"
    return way.at_once.first(**given) if has_locks else _claim_in_turn(way, given)


def _claim_in_turn(way: Way, given: Mapping[str, Any]) -> Row | None:
    with together():
        row = way.find.first(**given)
        if row is None or way.claim.run(id=row.id, **given) != 1:
            return None
        if given["wants"] and row.offline:
            _record.run(id=row.id, **given)
        if way.claim is _claim_rotation:
            _note_use.run(id=row.id, **given)
        return row


def _hold() -> None:
    """Look now at what tokens are made with: after a claim nothing may be left to ask."""
    keys.hold()
    mapping.hold()


def _stand(row: Row, client: RegisteredClient) -> Standing | None:
    """Return where the person of a grant stands, in the transaction of its claim; None where the grant tells nothing of it."""
    scopes = client.get_allowed_scope(row.scope).split()
    asked = (row.claims or {}).get("id_token", ())
    return standing.of(row.account_id, client.client_id) if telling.needs_standing(client, scopes, asked) else None


# Authorization codes


def _good_codes() -> Select[Any]:
    """Return the code, if it is good. Its session is there in any case, so that it can be locked."""
    return (
        select(*validity.COLUMNS, *tokens.PERSON)
        .join(Account, Account.id == Grant.account_id)
        .join(BrowserSession, BrowserSession.id == Grant.session_id)
        .where(Grant.code_digest == CODE_DIGEST, *validity.CODE.values())
    )


@statement
def _find_address(_dialect: str) -> Select[Any]:
    return select(Grant.redirect_uri).where(Grant.code_digest == CODE_DIGEST)


@statement
def _find_code(_dialect: str) -> Select[Any]:
    return _good_codes()


@statement
def _claim_code(_dialect: str) -> Update:
    return redemption(Grant.id == parameter("id", Grant.id))


def redemption(mine: ColumnElement[bool]) -> Update:
    """Return the update that redeems a code, unless somebody else was faster."""
    unused, unrevoked = (validity.CODE[cause] for cause in (Cause.CODE_USED, Cause.GRANT_REVOKED))
    shown = parameter("confirmation", Grant.confirmation)
    bound = case((parameter("binds", Boolean()), shown), else_=Grant.confirmation)
    return update(Grant).where(mine, unused, unrevoked).values(redeemed_at=NOW, last_used_at=NOW, confirmation=bound)


@statement
def _redeem(_dialect: str) -> Executable:
    held = _good_codes().with_for_update(read=True, of=[Account, BrowserSession]).cte("held")
    claimed = redemption(Grant.id == held.c.id).returning(Grant.id).cte("claimed")
    return with_successor(held, claimed, select(held).join(claimed, claimed.c.id == held.c.id))


# Refresh tokens


def _good_refresh_tokens(conditions: validity.Conditions, *more: Any) -> Select[Any]:
    return (
        validity.with_session(*validity.COLUMNS, *tokens.PERSON, *more)
        .join(RefreshToken, RefreshToken.grant_id == Grant.id)
        .where(RefreshToken.digest == DIGEST, *conditions.values())
    )


def _rotation() -> Update:
    rotated_at = func.coalesce(RefreshToken.rotated_at, NOW)
    may_rotate = validity.ROTATING[Cause.REFRESH_TOKEN_USED]
    return update(RefreshToken).where(RefreshToken.digest == DIGEST, may_rotate).values(rotated_at=rotated_at)


@statement
def _find_rotated(_dialect: str) -> Select[Any]:
    return _good_refresh_tokens(validity.ROTATING)


@statement
def _claim_rotation(_dialect: str) -> Update:
    return _rotation()


@statement
def _rotate(_dialect: str) -> Executable:
    held = _good_refresh_tokens(validity.ROTATING).with_for_update(read=True, of=[Account]).cte("held")
    rotated = (
        _rotation()
        .where(RefreshToken.grant_id == held.c.id)
        .returning(RefreshToken.grant_id.label("id"))
        .cte("claimed")
    )
    used = _use(Grant.id == rotated.c.id).cte("used")
    return with_successor(held, rotated, select(held).join(rotated, rotated.c.id == held.c.id).add_cte(used))


@statement
def _find_unrotated(_dialect: str) -> Select[Any]:
    stale = parameter("stale", RefreshToken.expires_at)
    good = _good_refresh_tokens(validity.STAYING, (RefreshToken.expires_at < stale).label("is_stale"))
    return good.with_for_update(read=True, of=[Account])


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


def with_successor(held: Any, claimed: Any, found: Select[Any]) -> Select[Any]:
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
