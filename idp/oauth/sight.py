"""Who is signed in at a browser, as an authorization request has to know them: read in one statement, and written to by nobody here.

Session, account, what the person has allowed the client, whether that is for them, and the policy. What was read may have moved a
moment later: `issuing` looks once more at each of these, with the account locked.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.sql.base import Executable

from idp import sessions
from idp.accounts.models import Account
from idp.base import clock, crypto
from idp.base.statements import Row, parameter, statement
from idp.clients.registered import RegisteredClient
from idp.factors import policy
from idp.groups import access
from idp.oauth import subjects
from idp.oauth.interaction import Agreement, Presence
from idp.oauth.models import Consent
from idp.policies import Policy
from idp.sessions import BrowserSession


@dataclass(frozen=True)
class Sight:
    """A live session of an open account that has not moved to another epoch, and what else was read with it."""

    token_digest: bytes
    session_id: str
    account_id: int
    last_seen_at: datetime
    second_factor_at: datetime | None
    second_factor_since: datetime | None
    allowed: str | None  # the scopes that the person has allowed the client; None where they never did
    is_asked_by_policy: bool  # for a second factor
    terms_version: int | None  # that was accepted last
    is_admitted: bool  # to the client, which may be for the members of some groups alone
    presence: Presence

    @property
    def has_second_factor(self) -> bool:
        """Whether signing in takes more than the password."""
        return self.second_factor_since is not None

    def agreement(self, agreed_by: int | None) -> Agreement | None:
        """Return what the person has allowed the client; on the very request at hand, where they are who agreed to it."""
        if self.allowed is None:
            return None
        return Agreement(frozenset(self.allowed.split()), now=agreed_by == self.account_id)


def look(token: str | None, client: RegisteredClient, path: str | None = None) -> Sight | None:
    """Return who is signed in by a cookie's token, as `login.load` would find them.

    `path` is where a waiting request is taken up again: whether each factor was shown for that is told with the rest.
    """
    return look_by(crypto.digest(token), client, path) if token is not None else None


def look_by(digest: bytes, client: RegisteredClient, path: str | None = None) -> Sight | None:
    """Return the same by the digest of a session's token."""
    asked = {"client_id": client.client_id, "restricted": client.is_restricted, "now": clock.now()}
    row = _look.first(digest=digest, policy=policy.NAME, **asked)
    if row is None or not sessions.is_live(row):
        return None
    if row.disabled_at is not None or row.token_epoch != row.epoch:
        return None
    rule = policy.Required(row.rule) if row.rule is not None else policy.Required.NOBODY
    administrates = bool(row.is_admin) and row.email_verified_at is not None
    return Sight(
        token_digest=digest,
        session_id=row.id,
        account_id=row.account_id,
        last_seen_at=row.last_seen_at,
        second_factor_at=row.second_factor_at,
        second_factor_since=row.second_factor_since,
        allowed=row.scope,
        is_asked_by_policy=policy.binds(rule, is_administrator=administrates),
        terms_version=row.terms_version,
        is_admitted=bool(row.is_admitted),
        presence=_presence(row, client, path),
    )


def _presence(row: Row, client: RegisteredClient, path: str | None) -> Presence:
    for_it = sessions.shown_for(row, path) if path is not None else (False, False)
    has_second_factor = row.second_factor_since is not None
    return Presence(subjects.of(row.sub, client), row.auth_time, row.second_factor_at, has_second_factor, *for_it)


def _is_admitted() -> ColumnElement[bool]:
    client_id, now = parameter("client_id", Consent.client_id), parameter("now", BrowserSession.expires_at)
    return access.admits(BrowserSession.account_id, client_id, now)


@statement
def _look(_dialect: str) -> Executable:
    is_theirs = and_(
        Consent.account_id == BrowserSession.account_id,
        Consent.client_id == parameter("client_id", Consent.client_id),
    )
    return (
        select(
            BrowserSession.id, BrowserSession.account_id, BrowserSession.epoch, BrowserSession.auth_time,
            BrowserSession.second_factor_at, BrowserSession.first_for, BrowserSession.second_for, BrowserSession.door,
            BrowserSession.last_seen_at, BrowserSession.expires_at, BrowserSession.ended_at,
            Account.sub, Account.token_epoch, Account.disabled_at, Account.second_factor_since, Account.is_admin,
            Account.email_verified_at, Account.terms_version,
            Consent.scope, Policy.value.label("rule"), _is_admitted().label("is_admitted"),
        )
        .join(Account, Account.id == BrowserSession.account_id)
        .outerjoin(Consent, is_theirs)
        .outerjoin(Policy, Policy.name == parameter("policy", Policy.name))
        .where(BrowserSession.token_digest == parameter("digest", BrowserSession.token_digest))
    )  # fmt: skip
