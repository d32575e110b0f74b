"""Refresh tokens, known by their digests: kept and found. `redeeming` claims them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, insert

from idp.base import clock, crypto
from idp.base.database import connection
from idp.base.statements import parameter, statement
from idp.groups import access
from idp.oauth import tokens, validity
from idp.oauth.models import Grant, RefreshToken
from idp.oauth.tokens import Granted


def keep(token: str, granted: Granted, *, life: timedelta) -> None:
    """Add a refresh token that was made elsewhere to a grant; what is kept of it is its digest."""
    now = clock.now()
    values = {"digest": crypto.digest(token), "grant_id": granted.id, "created_at": now, "expires_at": now + life}
    connection().execute(insert(RefreshToken).values(values))


def find(token: str) -> Granted | None:
    """Return the grant behind a refresh token that is neither expired nor revoked; it may have been rotated."""
    row = _find.first(digest=crypto.digest(token), now=clock.now(), demanded=False)
    if row is None:
        return None
    rotated = row.rotated_at is not None
    return tokens.read_grant(row, refresh_rotated=rotated, meets_policy=row.is_enough, is_member=row.is_member)


@statement
def _find(_dialect: str) -> Select[Any]:
    shown = validity.demands_are_met().label("is_enough")
    member = access.lets_in(Grant.account_id, Grant.client_id, validity.NOW).label("is_member")
    grants = validity.valid_grants(RefreshToken.rotated_at, shown, member)
    is_it = RefreshToken.digest == parameter("digest", RefreshToken.digest)
    is_young = RefreshToken.expires_at > parameter("now", RefreshToken.expires_at)
    return grants.join(RefreshToken, RefreshToken.grant_id == Grant.id).where(is_it, is_young)
