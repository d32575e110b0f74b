"""Why a code or a token is not good: looked up after it was refused, so that the ordinary way costs nothing.

The question "is it good?" is answered by `redeeming`, `refresh_tokens` and `access_tokens` alone. What stands here names the cause: the
first of the same conditions (`validity`) that does not hold, as the database tells them one by one.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, exists, select

from idp import keys
from idp.accounts.models import Account
from idp.base import clock
from idp.base.extensions import settings
from idp.base.statements import parameter, statement
from idp.clients import service as clients
from idp.clients.registered import RegisteredClient
from idp.oauth import access_tokens, validity
from idp.oauth.access_tokens import ACCESS_TOKEN_TYPE
from idp.oauth.constraint import Confirmation
from idp.oauth.models import Consent, Grant, RefreshToken, RevokedToken
from idp.oauth.refusals import Cause
from idp.oauth.validity import ShownCode

GRANT: validity.Conditions = {**validity.OPEN, **validity.LASTING, **validity.ENOUGH, **validity.ADMITTED}
SPENT = {Cause.CODE_USED, Cause.REFRESH_TOKEN_USED}
# With these it is not the one who may use a code or token who comes again, or not with one that was good lately.
NO_REPLAY = {Cause.CODE_OF_ANOTHER_CLIENT, Cause.REFRESH_TOKEN_OF_ANOTHER_CLIENT, Cause.REFRESH_TOKEN_EXPIRED}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a code or a refresh token. `replayed` is its grant, where a valid one's was used a second time."""

    cause: Cause
    replayed: int | None = None
    sub: str = ""
    is_challenged: bool = False


def of_code(code: ShownCode, client: RegisteredClient) -> Fault | None:
    """Return why a client gets nothing for a code that it shows; None if it is good by now."""
    row = _code.first(**validity.shown_code(code, client))
    if row is None:
        return Fault(Cause.CODE_UNKNOWN)
    return _name(row, validity.failed(row, validity.CODE))


def of_refresh_token(
    token: str,
    client_id: str,
    *,
    is_public: bool = False,
    demanded: bool = False,
    restricted: bool = False,
    confirmation: Confirmation | None = None,
    resource: str | None = None,
) -> Fault | None:
    """Return why a client gets nothing for a refresh token; None if it is good by now.

    `is_public` says that its tokens rotate, `demanded` that it demands a second factor of its people, `restricted` that it is not for all.
    """
    shown = validity.shown(
        token, client_id, demanded=demanded, restricted=restricted, confirmation=confirmation, resource=resource
    )
    row = (_rotating if is_public else _staying).first(**shown)
    if row is None:
        return Fault(Cause.REFRESH_TOKEN_UNKNOWN)
    return _name(row, validity.failed(row, validity.ROTATING if is_public else validity.STAYING))


def of_access_token(token: str) -> tuple[Cause, str | None]:
    """Return why an access token is not good, and the client that it was made for, where it is one of ours."""
    issuer = settings().issuer
    claims = keys.verify(token, issuer=issuer, typ=ACCESS_TOKEN_TYPE, audience=issuer, can_expire=False)
    if claims is None:
        is_for_another = access_tokens.read_of_any(token) is not None
        return Cause.ACCESS_TOKEN_OF_RESOURCE if is_for_another else Cause.ACCESS_TOKEN_FOREIGN, None
    return _why_refused(claims), claims["client_id"]


def _why_refused(claims: dict[str, Any]) -> Cause:
    if clock.timestamp() >= int(claims["exp"]):
        return Cause.ACCESS_TOKEN_EXPIRED
    if _revoked.first(jti=claims["jti"]) is not None:
        return Cause.ACCESS_TOKEN_REVOKED
    client = clients.find(claims["client_id"])
    if "gid" not in claims:
        return Cause.CLIENT_GONE if client is None else Cause.ACCESS_TOKEN_REVOKED
    demanded = client is not None and client.metadata.require_second_factor
    restricted = client is not None and client.is_restricted
    row = _behind.first(id=claims["gid"], now=clock.now(), demanded=demanded, restricted=restricted)
    if row is None:
        return Cause.GRANT_EXPIRED
    failed = validity.failed(row, GRANT)
    if client is None and failed in ([], [Cause.SECOND_FACTOR_MISSING]):
        return Cause.CLIENT_GONE
    fault = _name(row, failed)
    return fault.cause if fault is not None else Cause.ACCESS_TOKEN_REVOKED


def _name(row: Row[Any], failed: list[Cause]) -> Fault | None:
    if not failed:
        return None
    cause = failed[0]
    if cause is Cause.GRANT_REVOKED:
        client = clients.find(row.client_id)
        is_asked = client is not None and not client.metadata.first_party
        cause = Cause.CONSENT_WITHDRAWN if is_asked and not row.is_consented else cause
    is_replay = cause in SPENT and row.is_valid and NO_REPLAY.isdisjoint(failed)
    return Fault(cause, row.id if is_replay else None, row.sub, row.code_challenge is not None)


def _grants(conditions: validity.Conditions) -> Select[Any]:
    is_consented = exists().where(Consent.account_id == Grant.account_id, Consent.client_id == Grant.client_id)
    is_valid = and_(*validity.OPEN.values(), *validity.LASTING.values())
    also = (is_consented.label("is_consented"), is_valid.label("is_valid"))
    return validity.with_session(
        Grant.id, Grant.client_id, Account.sub, Grant.code_challenge, *also, *validity.told(conditions)
    )


def _refresh_tokens(conditions: validity.Conditions) -> Select[Any]:
    mine = RefreshToken.digest == parameter("digest", RefreshToken.digest)
    return _grants(conditions).join(RefreshToken, RefreshToken.grant_id == Grant.id).where(mine)


@statement
def _code(_dialect: str) -> Select[Any]:
    return _grants(validity.CODE).where(Grant.code_digest == parameter("digest", Grant.code_digest))


@statement
def _rotating(_dialect: str) -> Select[Any]:
    return _refresh_tokens(validity.ROTATING)


@statement
def _staying(_dialect: str) -> Select[Any]:
    return _refresh_tokens(validity.STAYING)


@statement
def _behind(_dialect: str) -> Select[Any]:
    return _grants(GRANT).where(Grant.id == parameter("id", Grant.id))


@statement
def _revoked(_dialect: str) -> Select[Any]:
    return select(RevokedToken.jti).where(RevokedToken.jti == parameter("jti", RevokedToken.jti))
