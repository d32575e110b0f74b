"""Ending grants and tokens of programs: what a client gives back (RFC 7009), and the family of what was used twice.

Each is one statement on PostgreSQL, its line in the audit log with it. People end grants by their sessions and consents.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, Update, insert, literal, select, update
from sqlalchemy.sql.base import Executable

from idp.accounts.models import Account
from idp.audit import SUCCESS, AuditEvent
from idp.base import clock, crypto, database
from idp.base.statements import parameter, parameters, statement, together
from idp.oauth import validity
from idp.oauth.models import Grant, RefreshToken, RevokedToken
from idp.oauth.validity import CLIENT_ID, NOW

GIVEN_BACK = "refresh_token.revoked"
SPARE = timedelta(seconds=60)  # for which a revocation outlasts its token


def revoke_refresh_token(token: str, client_id: str) -> str | None:
    """End the grant of a client's refresh token, and with it all tokens; return whose it is, None for one that is not good.

    Another client's stays as it is.
    """
    values = {"digest": crypto.digest(token), "client_id": client_id, "now": clock.now(), "event": GIVEN_BACK}
    if database.engine().dialect.name == "postgresql":
        row = _give_back.first(**values)
    else:
        row = _find.first(**values)
        if row is not None and row.client_id == client_id:
            _end_in_turn(row.id, values | {"subject": row.sub})
    return row.client_id if row is not None else None


def revoke_grant(grant_id: int, event: str, client_id: str, subject: str) -> None:
    """End a grant and every token that came of it."""
    values = {"event": event, "client_id": client_id, "subject": subject, "now": clock.now()}
    if database.engine().dialect.name == "postgresql":
        _revoke.run(id=grant_id, **values)
    else:
        _end_in_turn(grant_id, values)


def revoke_access_token(claims: dict[str, Any]) -> None:
    """Refuse one access token from now on (RFC 7009, section 2.1)."""
    life = timedelta(seconds=max(0, int(claims["exp"]) - clock.timestamp()))
    _refuse.run(jti=claims["jti"], expires_at=clock.now() + life + SPARE)


def _end_in_turn(grant_id: int, values: dict[str, Any]) -> None:
    with together():
        _end.run(id=grant_id, **values)
        _note.run(**values)


def _ended(mine: ColumnElement[bool]) -> Update:
    return update(Grant).where(mine, Grant.revoked_at.is_(None)).values(revoked_at=NOW)


def _entry(subject: Any) -> dict[str, Any]:
    """Return what stands in the audit log, by its columns."""
    return {
        "at": NOW,
        "event": parameter("event", AuditEvent.event),
        "outcome": literal(SUCCESS, String()),
        "subject": subject,
        "client_id": CLIENT_ID,
        "detail": literal({}, AuditEvent.detail.type),
    }


def _family() -> Select[Any]:
    """Return the valid grant of a refresh token, which may have been rotated."""
    return (
        validity.with_session(Grant.id, Grant.client_id, Account.sub)
        .join(RefreshToken, RefreshToken.grant_id == Grant.id)
        .where(RefreshToken.digest == parameter("digest", RefreshToken.digest), RefreshToken.expires_at > NOW)
        .where(*validity.OPEN.values(), *validity.LASTING.values())
    )


@statement
def _find(_dialect: str) -> Select[Any]:
    return _family()


@statement
def _give_back(_dialect: str) -> Executable:
    found = _family().cte("found")
    mine = (Grant.id == found.c.id) & (found.c.client_id == CLIENT_ID)
    ended = _ended(mine).returning(Grant.id).cte("ended")
    entry = _entry(found.c.sub)
    noted = select(*entry.values()).where(ended.c.id == found.c.id)
    return select(found.c.client_id).add_cte(insert(AuditEvent).from_select([*entry], noted).cte("noted"))


@statement
def _revoke(_dialect: str) -> Executable:
    ended = _ended(Grant.id == parameter("id", Grant.id)).cte("ended")
    return insert(AuditEvent).values(**_entry(parameter("subject", AuditEvent.subject))).add_cte(ended)


@statement
def _end(_dialect: str) -> Update:
    return _ended(Grant.id == parameter("id", Grant.id))


@statement
def _note(_dialect: str) -> Executable:
    return insert(AuditEvent).values(**_entry(parameter("subject", AuditEvent.subject)))


@statement
def _refuse(dialect: str) -> Executable:
    values = parameters(RevokedToken, ("jti", "expires_at"))
    return database.insert_for(dialect, RevokedToken).values(values).on_conflict_do_nothing()
