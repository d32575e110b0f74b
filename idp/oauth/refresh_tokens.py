"""Refresh tokens: known by their digests, rotated once (public clients) or used for as long as they live (confidential ones)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, insert, select, update

from idp.base import clock, crypto
from idp.base.database import connection
from idp.base.extensions import settings
from idp.base.statements import parameter, statement
from idp.lifetimes import LIFETIMES
from idp.oauth import tokens, validity
from idp.oauth.models import Grant, RefreshToken
from idp.oauth.tokens import Granted


def issue(granted: Granted, *, life: timedelta = LIFETIMES.refresh_idle) -> str:
    """Add a refresh token to a grant and return it; it ends with the grant, or after so long without use."""
    token = crypto.new_secret()
    keep(token, granted, life=life)
    return token


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
    return tokens.read_grant(row, refresh_digest=row.digest, refresh_rotated=rotated, meets_policy=row.is_enough)


@statement
def _find(_dialect: str) -> Select[Any]:
    shown = validity.demands_are_met().label("is_enough")
    grants = validity.valid_grants(RefreshToken.digest, RefreshToken.rotated_at, shown)
    is_it = RefreshToken.digest == parameter("digest", RefreshToken.digest)
    is_young = RefreshToken.expires_at > parameter("now", RefreshToken.expires_at)
    return grants.join(RefreshToken, RefreshToken.grant_id == Grant.id).where(is_it, is_young)


def rotate(granted: Granted) -> bool:
    """Claim a refresh token's rotation (RFC 9700, section 4.14.2).

    Within the grace window a rotated token yields a sibling, and both stay valid; a later reuse revokes the family.
    """
    now = clock.now()
    claimed = connection().execute(
        update(RefreshToken)
        .where(RefreshToken.digest == granted.refresh_digest, RefreshToken.rotated_at.is_(None))
        .values(rotated_at=now)
    )
    if claimed.rowcount == 1:
        tokens.note_use(granted)
        return True
    query = select(RefreshToken.rotated_at).where(RefreshToken.digest == granted.refresh_digest)
    rotated_at: datetime | None = connection().execute(query).scalar_one_or_none()
    # Read the clock again: the statement above may have waited for the request that rotated the token meanwhile.
    if rotated_at is not None and _is_in_grace(clock.now() - rotated_at):
        return True
    tokens.revoke_grant(granted.id, "refresh_token.replayed", granted.client_id, granted.sub)
    return False


def extend(granted: Granted) -> None:
    """Note the use of a refresh token that stays: it lives 30 days from now. Written at most once a minute."""
    now = clock.now()
    soon = now + LIFETIMES.refresh_idle
    connection().execute(
        update(RefreshToken)
        .where(RefreshToken.digest == granted.refresh_digest, RefreshToken.expires_at < soon - timedelta(minutes=1))
        .values(expires_at=soon)
    )
    tokens.note_use(granted)


def _is_in_grace(age: timedelta) -> bool:
    """Return whether a rotation is so young that the old token counts still; below zero another node's clock is ahead of ours."""
    grace = timedelta(seconds=settings().refresh_grace)
    return bool(grace) and -clock.SKEW <= age < grace
