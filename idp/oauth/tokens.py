"""Grants: recorded and read. `redeeming` claims their codes and tokens, `refresh_tokens` come of them, and `ending` ends them.

Every check of "still valid?" is one query over grant, account and session (`validity`): a token is refused as soon as any of them is
revoked.
"""

from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, insert, update

from idp.accounts.lookup import Person
from idp.accounts.models import Account
from idp.base import clock, crypto
from idp.base.database import connection
from idp.base.expiry import delete_some
from idp.base.statements import parameter, statement
from idp.clients.registered import RegisteredClient
from idp.lifetimes import LIFETIMES
from idp.oauth import acr, validity
from idp.oauth.claims_request import PLACES
from idp.oauth.constraint.confirmation import kept
from idp.oauth.models import Grant, OpaqueToken, RefreshToken, RevokedToken
from idp.oauth.parameters import AuthorizationParameters
from idp.resources.definition import LONGEST_LIFE
from idp.roles.standing import Standing
from idp.sessions import BrowserSession

LONGEST_TOKEN = timedelta(seconds=LONGEST_LIFE)
SPARE = timedelta(hours=1)
PERSON = [getattr(Account, name.name).label(f"person_{name.name}") for name in fields(Person)]


@dataclass(frozen=True)
class Granted:
    """A grant that was found valid, with what its tokens say; `client_id` tells whose it is."""

    id: int
    client_id: str
    account_id: int
    epoch: int
    sub: str
    session_id: str | None
    scope: str
    nonce: str | None
    auth_time: int
    amr: list[str]
    acr: str | None
    offline: bool
    claims: dict[str, list[str]] | None = None
    resources: str | None = None
    authorization_details: list[dict[str, Any]] | None = None
    refresh_rotated: bool = False
    # Whether its sign-in shows what the administrators demand, where that was looked up.
    meets_policy: bool | None = None
    # Whether its person belongs to a group of the client, where that was looked up.
    is_member: bool | None = None
    # Where its person stands, where that was looked up.
    standing: Standing | None = field(default=None, repr=False)
    # What its person's claims are told of, and the refresh token that was recorded, where it was claimed by a code or a token.
    person: Person | None = field(default=None, repr=False)
    successor: str | None = field(default=None, repr=False)

    def check_client(self, client: RegisteredClient) -> bool:
        """Return whether the grant is this client's."""
        return self.client_id == client.client_id


def issue_code(
    parameters: AuthorizationParameters,
    scope: str,
    account: Account,
    browser: BrowserSession,
    *,
    refresh_life: timedelta | None = None,
) -> str:
    """Record a grant and return its authorization code (RFC 6749, section 4.1.2).

    With `refresh_life` the grant lasts that long, whether or not the browser session ends; otherwise only `offline_access` outlasts it.
    """
    code = crypto.new_secret()
    record(parameters, scope, account, browser, code=code, refresh_life=refresh_life)
    return code


def record(
    parameters: AuthorizationParameters,
    scope: str,
    account: Account,
    browser: BrowserSession,
    *,
    code: str | None,
    is_used: bool = False,
    refresh_life: timedelta | None = None,
) -> Granted:
    """Record a grant and return it; with a code, if one is issued; `is_used` where tokens are issued at once."""
    has_shown_two = browser.second_factor_at is not None
    asked = describe(parameters, scope, has_shown_two=has_shown_two, code=code, refresh_life=refresh_life)
    by: dict[str, Any] = {
        "account_id": account.id,
        "epoch": account.token_epoch,
        "session_id": browser.id,
        "amr": browser.amr,
    }
    statement = insert(Grant).values(
        auth_time=browser.auth_time, last_used_at=asked["created_at"] if is_used else None, **asked, **by
    )
    grant_id = connection().execute(statement.returning(Grant.id)).scalar_one()
    told = {name: asked[name] for name in TOLD}
    return Granted(id=grant_id, sub=account.sub, auth_time=int(browser.auth_time.timestamp()), **told, **by)


TOLD = (
    "client_id",
    "scope",
    "nonce",
    "acr",
    "offline",
    "claims",
    "resources",
    "authorization_details",
)  # to tokens, too
OF_CODES = ("redirect_uri", "code_challenge", "confirmation", "code_digest", "code_expires_at")
DESCRIBED = (*TOLD, *OF_CODES, "created_at", "expires_at")


def describe(
    parameters: AuthorizationParameters,
    scope: str,
    *,
    has_shown_two: bool,
    code: str | None,
    refresh_life: timedelta | None = None,
) -> dict[str, Any]:
    """Return what a new grant says of its request, by the names of its columns (`DESCRIBED`); `record` and `issuing` add by whom."""
    now = clock.now()
    if refresh_life is None and "offline_access" in scope.split():
        refresh_life = LIFETIMES.refresh_absolute
    wanted = {place: parameters.claims.names(place) for place in PLACES}
    return {
        "client_id": parameters.client_id,
        "scope": scope,
        "nonce": parameters.get("nonce"),
        "acr": acr.reached(parameters.acr_values, has_shown_two),
        "offline": refresh_life is not None,
        "redirect_uri": parameters.get("redirect_uri"),
        "code_challenge": parameters.get("code_challenge"),
        "claims": wanted if any(wanted.values()) else None,
        "confirmation": kept(parameters.confirmation),
        "resources": " ".join(parameters.resources) or None,
        "authorization_details": parameters.details or None,
        "code_digest": crypto.digest(code) if code is not None else None,
        "code_expires_at": now + LIFETIMES.authorization_code if code is not None else None,
        "created_at": now,
        "expires_at": now + (refresh_life or timedelta(days=1)),
    }


def get(grant_id: int) -> Granted | None:
    """Return a valid grant by its number."""
    row = _by_id.first(id=grant_id, now=clock.now())
    return read_grant(row) if row else None


def note_use(granted: Granted) -> None:
    """Note when a grant was last used, at most once a minute."""
    now = clock.now()
    connection().execute(
        update(Grant)
        .where(Grant.id == granted.id, Grant.last_used_at < now - timedelta(minutes=1))
        .values(last_used_at=now)
    )


def purge(limit: int) -> int:
    """Delete up to `limit` each of expired grants, tokens and revocations; return how many.

    Grants stay for as long as a token of theirs may live: SQLite gives the number of a row that is gone to another one.
    """
    now = clock.now()
    kept = {RefreshToken: SPARE, OpaqueToken: SPARE, Grant: LONGEST_TOKEN + SPARE, RevokedToken: SPARE}
    tables: list[Any] = list(kept)
    return sum(delete_some(table, table.expires_at < now - kept[table], table.expires_at, limit) for table in tables)


@statement
def _by_id(_dialect: str) -> Select[Any]:
    return validity.valid_grants().where(Grant.id == parameter("id", Grant.id))


def read_person(row: Any) -> Person:
    """Return the person of a row that has the columns `PERSON`."""
    return Person(*(getattr(row, column.name) for column in PERSON))


def read_grant(row: Any, **refresh: Any) -> Granted:
    """Return the grant of a row of the columns of valid grants."""
    return Granted(
        id=row.id,
        client_id=row.client_id,
        account_id=row.account_id,
        epoch=row.epoch,
        sub=row.sub,
        session_id=row.session_id,
        scope=row.scope,
        nonce=row.nonce,
        auth_time=int(row.auth_time.timestamp()),
        amr=row.amr,
        acr=row.acr,
        offline=row.offline,
        claims=row.claims,
        resources=row.resources,
        authorization_details=row.authorization_details,
        **refresh,
    )
