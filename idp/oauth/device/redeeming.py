"""Claiming what a person allowed a device, once: the device shows its code, and the statement that finds all in order claims the grant."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, Update, select
from sqlalchemy.sql.base import Executable

from idp.accounts.models import Account
from idp.base.statements import parameter, statement
from idp.clients.registered import RegisteredClient
from idp.oauth import redeeming, tokens, validity
from idp.oauth.constraint import Confirmation
from idp.oauth.models import DeviceRequest, Grant
from idp.oauth.redeeming import Way
from idp.oauth.refusals import Cause
from idp.oauth.tokens import Granted
from idp.sessions import BrowserSession

DIGEST = parameter("digest", DeviceRequest.code_digest)
# In its order; the session may have ended where the access outlasts it: nobody was told of that yet.
CONDITIONS: validity.Conditions = {
    Cause.DEVICE_CODE_OF_ANOTHER_CLIENT: Grant.client_id == validity.CLIENT_ID,
    Cause.DEVICE_CODE_USED: Grant.redeemed_at.is_(None),
    Cause.DEVICE_CODE_EXPIRED: DeviceRequest.expires_at > validity.NOW,
    **validity.OPEN,
    **validity.LASTING,
    **validity.ENOUGH,
    **validity.ADMITTED,
    **validity.AIMED,
}


def redeem(
    device_code: str,
    client: RegisteredClient,
    confirmation: Confirmation | None,
    life: timedelta,
    resource: str | None = None,
) -> Granted | None:
    """Claim what was allowed for this poll alone; None where anything about it is wrong.

    The refresh tokens of a public client are bound to the key that it shows (RFC 9449, section 5).
    """
    binds = {"binds": client.metadata.is_public and confirmation is not None}
    shown = validity.shown_by(client, device_code, confirmation, resource) | binds
    way = Way(_redeem_device, _find_device, _claim_device)
    return redeeming.claim(way, shown, client, life, wants=client.check_grant_type("refresh_token"))


def diagnose(device_code: str, client: RegisteredClient, resource: str | None = None) -> Cause | None:
    """Return why a device got nothing of what was allowed; None if it is good by now."""
    row = _told.first(**validity.shown_by(client, device_code, resource=resource))
    if row is None:
        return Cause.GRANT_REVOKED  # it went with its account
    return next(iter(validity.failed(row, CONDITIONS)), None)


def _good() -> Select[Any]:
    return (
        select(*validity.COLUMNS, *tokens.PERSON)
        .join(DeviceRequest, DeviceRequest.grant_id == Grant.id)
        .join(Account, Account.id == Grant.account_id)
        .join(BrowserSession, BrowserSession.id == Grant.session_id)
        .where(DeviceRequest.code_digest == DIGEST, *CONDITIONS.values())
    )


@statement
def _find_device(_dialect: str) -> Select[Any]:
    return _good()


@statement
def _claim_device(_dialect: str) -> Update:
    return redeeming.redemption(Grant.id == parameter("id", Grant.id))


@statement
def _redeem_device(_dialect: str) -> Executable:
    held = _good().with_for_update(read=True, of=[Account, BrowserSession]).cte("held")
    claimed = redeeming.redemption(Grant.id == held.c.id).returning(Grant.id).cte("claimed")
    return redeeming.with_successor(held, claimed, select(held).join(claimed, claimed.c.id == held.c.id))


@statement
def _told(_dialect: str) -> Select[Any]:
    grants = validity.with_session(Grant.id, *validity.told(CONDITIONS))
    return grants.join(DeviceRequest, DeviceRequest.grant_id == Grant.id).where(DeviceRequest.code_digest == DIGEST)
