"""Initial access tokens (RFC 7591, section 3): who has one may register clients, so often and so long as it says.

The database keeps their digests: the token itself is shown once, when it is made.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, Select, delete, or_, select, update

from idp import audit
from idp.base import clock, crypto, writing
from idp.base.database import run, session
from idp.base.expiry import delete_some
from idp.base.outcome import Reason, Refused
from idp.clients.models import InitialAccessToken

DAYS = 7
MOST_DAYS = 366
MOST_USES = 1_000_000
LARGEST_ID = 2**31 - 1  # of a PostgreSQL integer


def create(
    label: str, *, uses: int | None = None, days: int = DAYS, actor: str | None = None
) -> tuple[InitialAccessToken, str] | Refused:
    """Make a token for `uses` registrations (none: any number) within `days`; return its row and itself, to show once.

    Refusals: CLIENT_INVALID with the field `label`, `uses` or `days`.
    """
    label = writing.tidy(label.strip())
    if len(label) > 200 or writing.find_fault(label) is not None:
        return _refuse("label", "At most 200 printable characters are allowed.")
    if uses is not None and not 1 <= uses <= MOST_USES:
        return _refuse("uses", f"A number from 1 to {MOST_USES} is needed.")
    if not 1 <= days <= MOST_DAYS:
        return _refuse("days", f"A number from 1 to {MOST_DAYS} is needed.")
    token, now = crypto.new_secret(), clock.now()
    row = InitialAccessToken(
        digest=crypto.digest(token), label=label, uses_left=uses, created_at=now, expires_at=now + timedelta(days=days)
    )
    session().add(row)
    session().flush()
    audit.record("initial_access_token.created", actor=actor, token=row.id, label=label, uses=uses, days=days)
    return row, token


def find(token: str) -> InitialAccessToken | None:
    """Return the row of a token that is good at this moment."""
    return session().scalar(
        select(InitialAccessToken).where(InitialAccessToken.digest == crypto.digest(token), _good())
    )


def spend(row: InitialAccessToken) -> bool:
    """Use a token once, in one statement: of parallel registrations no more succeed than it has uses."""
    statement = update(InitialAccessToken).where(InitialAccessToken.id == row.id, _good())
    left = InitialAccessToken.uses_left - 1  # none stays none
    return run(statement.values(uses_left=left).execution_options(synchronize_session=False)) == 1


def revoke(token_id: int, *, actor: str | None = None) -> InitialAccessToken | Refused:
    """End a token; what was registered with it stays. Refusal: UNKNOWN."""
    row = get(token_id)
    if row is None or not run(delete(InitialAccessToken).where(InitialAccessToken.id == token_id)):
        return Refused(Reason.UNKNOWN, "id")
    audit.record("initial_access_token.revoked", actor=actor, token=row.id, label=row.label)
    return row


def get(token_id: int) -> InitialAccessToken | None:
    """Return a token's row by its number, good or not."""
    return session().get(InitialAccessToken, token_id) if 0 < token_id <= LARGEST_ID else None


def search() -> Select[InitialAccessToken]:
    """Return the query for the tokens that have not expired, newest first; those that are used up among them."""
    query = select(InitialAccessToken).where(InitialAccessToken.expires_at > clock.now())
    return query.order_by(InitialAccessToken.id.desc())


def purge(limit: int) -> int:
    """Delete up to `limit` tokens that have expired; return how many."""
    until = InitialAccessToken.expires_at
    return delete_some(InitialAccessToken, until <= clock.now(), until, limit)


def _good() -> ColumnElement[bool]:
    uses_left = InitialAccessToken.uses_left
    return (InitialAccessToken.expires_at > clock.now()) & or_(uses_left.is_(None), uses_left > 0)


def _refuse(field: str, detail: str) -> Refused:
    return Refused(Reason.CLIENT_INVALID, field=field, detail=detail)
