"""Access tokens that say nothing by themselves: 256 random bits, kept by their digest with what a JWT in their place would say.

Whoever gets one asks about it (RFC 7662). It ends as every other access token: by its time, alone (RFC 7009), and with its grant.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, insert, select
from sqlalchemy.sql.base import Executable

from idp.base import clock, crypto
from idp.base.statements import parameter, parameters, statement
from idp.oauth.models import OpaqueToken

PREFIX = "gat_"  # tells one at a glance, and programs that look for secrets in what was published by mistake


def keep(claims: dict[str, Any]) -> str:
    """Keep the claims of a new token, and return it."""
    token = f"{PREFIX}{crypto.new_secret()}"
    ends_at = datetime.fromtimestamp(claims["exp"], UTC)
    _keep.run(digest=crypto.digest(token), grant_id=claims.get("gid"), claims=claims, expires_at=ends_at)
    return token


def find(token: str) -> dict[str, Any] | None:
    """Return the claims of a token that has not expired; whatever stands behind it is looked at by `access_tokens`."""
    row = _find.first(digest=crypto.digest(token), now=clock.now())
    return dict(row.claims) if row is not None else None


@statement
def _keep(_dialect: str) -> Executable:
    return insert(OpaqueToken).values(parameters(OpaqueToken, ("digest", "grant_id", "claims", "expires_at")))


@statement
def _find(_dialect: str) -> Select[Any]:
    is_it = OpaqueToken.digest == parameter("digest", OpaqueToken.digest)
    return select(OpaqueToken.claims).where(is_it, OpaqueToken.expires_at > parameter("now", OpaqueToken.expires_at))
