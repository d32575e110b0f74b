"""Why a code or a token is not good: looked up after it was refused, so that the ordinary way costs nothing.

The question "is it good?" is answered by `tokens`, `refresh_tokens` and `access_tokens` alone; what stands here only names the cause.
"""

from typing import Any

from sqlalchemy import Row, Select, exists, select

from idp import keys
from idp.accounts.models import Account
from idp.base import clock, crypto
from idp.base.database import connection
from idp.base.extensions import settings
from idp.clients import service as clients
from idp.clients.registered import RegisteredClient
from idp.oauth import demands, tokens
from idp.oauth.access_tokens import ACCESS_TOKEN_TYPE
from idp.oauth.models import Consent, Grant, RefreshToken, RevokedToken
from idp.oauth.refusals import Cause
from idp.sessions import BrowserSession


def of_code(code: str, client: RegisteredClient) -> Cause:
    """Return why a client gets nothing for a code."""
    row = _first(_grants().where(Grant.code_digest == crypto.digest(code)))
    if row is None:
        return Cause.CODE_UNKNOWN
    if row.client_id != client.client_id:
        return Cause.CODE_OF_ANOTHER_CLIENT
    if row.redeemed_at is not None:
        return Cause.CODE_USED
    if row.code_expires_at is None or row.code_expires_at <= clock.now():
        return Cause.CODE_EXPIRED
    if not client.check_redirect_uri(row.redirect_uri or ""):
        return Cause.CODE_ADDRESS_REMOVED
    return _why_ended(row, needs_session=True) or Cause.CODE_USED


def of_refresh_token(token: str, client_id: str) -> Cause:
    """Return why a client gets nothing for a refresh token."""
    query = _grants().add_columns(RefreshToken.rotated_at, RefreshToken.expires_at.label("idle_at"))
    query = query.join(RefreshToken, RefreshToken.grant_id == Grant.id)
    row = _first(query.where(RefreshToken.digest == crypto.digest(token)))
    if row is None:
        return Cause.REFRESH_TOKEN_UNKNOWN
    if row.client_id != client_id:
        return Cause.REFRESH_TOKEN_OF_ANOTHER_CLIENT
    if row.rotated_at is not None:
        return Cause.REFRESH_TOKEN_USED
    why = _why_ended(row, needs_session=False)
    if why is None and row.idle_at <= clock.now():
        return Cause.REFRESH_TOKEN_EXPIRED
    return why or Cause.GRANT_REVOKED


def of_access_token(token: str) -> tuple[Cause, str | None]:
    """Return why an access token is not good, and the client that it was made for, where it is one of ours."""
    issuer = settings().issuer
    claims = keys.verify(token, issuer=issuer, typ=ACCESS_TOKEN_TYPE, audience=issuer, can_expire=False)
    if claims is None:
        return Cause.ACCESS_TOKEN_FOREIGN, None
    return _why_refused(claims), claims["client_id"]


def _why_refused(claims: dict[str, Any]) -> Cause:
    if clock.timestamp() >= int(claims["exp"]):
        return Cause.ACCESS_TOKEN_EXPIRED
    if connection().execute(select(exists().where(RevokedToken.jti == claims["jti"]))).scalar_one():
        return Cause.ACCESS_TOKEN_REVOKED
    row = _first(_grants().where(Grant.id == claims["gid"])) if "gid" in claims else None
    why = _why_ended(row, needs_session=False) if row is not None else None
    if why is None and "gid" in claims and row is None:
        return Cause.GRANT_EXPIRED
    if why is None and clients.find(claims["client_id"]) is None:
        return Cause.CLIENT_GONE
    granted = tokens.get(claims["gid"]) if why is None and "gid" in claims else None
    if granted is not None and not demands.are_met(granted, clients.find(claims["client_id"])):
        return Cause.SECOND_FACTOR_MISSING
    return why or Cause.ACCESS_TOKEN_REVOKED


def _why_ended(row: Row[Any], *, needs_session: bool) -> Cause | None:
    """Return what `tokens.valid_grants` has against a grant; a code also needs the session that it was issued in."""
    if row.disabled_at is not None:
        return Cause.ACCOUNT_DISABLED
    if row.token_epoch != row.epoch:
        return Cause.CREDENTIALS_CHANGED
    if row.revoked_at is not None:
        client = clients.find(row.client_id)
        is_asked = client is not None and not client.metadata.first_party
        return Cause.CONSENT_WITHDRAWN if is_asked and not row.is_consented else Cause.GRANT_REVOKED
    if row.expires_at <= clock.now():
        return Cause.GRANT_EXPIRED
    if row.live_session is None and (needs_session or not row.offline):
        return Cause.SESSION_ENDED
    return None


def _grants() -> Select[*tuple[Any, ...]]:
    is_live = (BrowserSession.id == Grant.session_id) & BrowserSession.ended_at.is_(None)
    is_consented = exists().where(Consent.account_id == Grant.account_id, Consent.client_id == Grant.client_id)
    return (
        select(
            Grant.client_id, Grant.redeemed_at, Grant.code_expires_at, Grant.redirect_uri, Grant.epoch, Grant.offline,
            Grant.revoked_at, Grant.expires_at, Account.disabled_at, Account.token_epoch,
            BrowserSession.id.label("live_session"), is_consented.label("is_consented"),
        )
        .join(Account, Account.id == Grant.account_id)
        .outerjoin(BrowserSession, is_live)
    )  # fmt: skip


def _first(query: Select[*tuple[Any, ...]]) -> Row[Any] | None:
    return connection().execute(query).first()
