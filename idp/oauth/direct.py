"""Tokens for the older interfaces, whose callers sign people in directly, without an authorization request.

Each sign-in is a session (shown and ended at /account) with one grant; the access token is an RFC 9068 JWT with the scope `account`,
which no registered client can get, and the refresh token a JWT too, known by its digest. It does not rotate. The callers named here
are no registered clients: nothing under /oauth knows them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from idp import audit, keys, sessions
from idp.accounts import changes as account_changes
from idp.accounts import credentials, email_change, lookup, taking
from idp.accounts.changes import Changes
from idp.accounts.models import Account
from idp.accounts.taking import Authority
from idp.base import addresses, clock, crypto
from idp.base.database import connection, run, writing
from idp.base.extensions import settings
from idp.base.outcome import Refused
from idp.factors import policy
from idp.oauth import access_tokens, acr, diagnosis, refresh_tokens, refusals, tokens
from idp.oauth.models import Grant, RefreshToken
from idp.oauth.refusals import Cause
from idp.oauth.tokens import Granted
from idp.sessions import BrowserSession, Device, Proof
from idp.signin import device_cookie, doors, flow
from idp.signin.flow import Demand

SCOPE = "account"
REFRESH_TOKEN_TYPE = "rt+jwt"  # noqa: S105 - a JWT's typ


@dataclass(frozen=True)
class Caller:
    """An older interface: its name as a client, and how long what it gets lives."""

    client_id: str
    access_life: timedelta
    refresh_life: timedelta


@dataclass(frozen=True)
class Pair:
    """What a sign-in yields; `expires_in` seconds is the access token's life."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True)
class Bearer:
    """Who stands behind a good access token."""

    account: Account
    session_id: str
    auth_time: datetime


def sign_in(caller: Caller, account: Account, proof: Proof, device: Device) -> Pair:
    """Open a session for a caller and return its tokens. Every factor that the account demands has been shown by now."""
    browser, _secret = sessions.open_session(
        account.id, account.token_epoch, proof, device, door=caller.client_id, life=caller.refresh_life
    )
    now = clock.now()
    account.last_sign_in_at = now
    grant_id = connection().execute(
        insert(Grant)
        .values(
            redeemed_at=now,
            last_used_at=now,
            client_id=caller.client_id,
            account_id=account.id,
            session_id=browser.id,
            epoch=account.token_epoch,
            scope=SCOPE,
            auth_time=browser.auth_time,
            amr=browser.amr,
            acr=acr.reached((), browser.second_factor_at is not None),
            offline=False,
            created_at=now,
            expires_at=now + caller.refresh_life,
        )
        .returning(Grant.id)
    )
    granted = tokens.get(grant_id.scalar_one())
    assert granted is not None  # noqa: S101 - it was made above, in this transaction
    refresh_token = _issue_refresh_token(caller, granted)
    _note_device(caller, account, device)
    audit.record(
        "signin", subject=account.sub, source=device.source, client_id=caller.client_id, amr=" ".join(proof.amr)
    )
    return Pair(_sign(caller, granted), refresh_token, _seconds(caller))


def refresh(caller: Caller, refresh_token: str) -> tuple[str, int] | None:
    """Return a new access token and its life in seconds; None for a refresh token that is not good, or another caller's."""
    granted = refresh_tokens.find(refresh_token)
    if granted is None or granted.client_id != caller.client_id:
        fault = diagnosis.of_refresh_token(refresh_token, caller.client_id)
        _note_refusal("refresh", fault.cause if fault is not None else Cause.GRANT_REVOKED, caller.client_id)
        return None
    if not _has_shown_enough(granted):
        _note_refusal("refresh", Cause.SECOND_FACTOR_MISSING, caller.client_id)
        return None
    tokens.note_use(granted)
    browser = sessions.find_of(granted.account_id, granted.session_id or "")
    if browser is not None:
        sessions.note_seen(browser)
    return _sign(caller, granted), _seconds(caller)


def sign_out(caller: Caller, refresh_token: str, *, source: str) -> bool:
    """End the session of a refresh token and everything that hangs on it; False where there is nothing to end."""
    granted = refresh_tokens.find(refresh_token)
    if granted is None or granted.client_id != caller.client_id or granted.session_id is None:
        return False
    sessions.end(granted.session_id, why=sessions.Ending(granted.sub, source=source, client_id=caller.client_id))
    return True


def find_bearer(access_token: str, *, enrolling: bool = False) -> Bearer | None:
    """Return who stands behind an access token with the scope `account`, of any caller; None for every other token.

    None too where the sign-in has shown less than is demanded today; `enrolling` forgives the lack of a second factor that a policy
    demands, where it is being set up.
    Where the request may change something, the account is held, and the token is good until the commit.
    """
    found = access_tokens.verify(access_token)
    granted = found.granted if found is not None and SCOPE in found.scopes else None
    if granted is not None and writing.get() and not _hold(granted):
        found = granted = None  # it has ended since it was found good
    account = lookup.find(granted.account_id) if granted is not None else None
    if granted is None or account is None or granted.session_id is None:
        if access_token:
            _note_refusal("bearer", *_why_no_bearer(access_token, found))
        return None
    if not _has_shown_enough(granted, enrolling=enrolling):
        _note_refusal("bearer", Cause.SECOND_FACTOR_MISSING, granted.client_id)
        return None
    auth_time = datetime.fromtimestamp(granted.auth_time, tz=clock.now().tzinfo)
    return Bearer(account, granted.session_id, auth_time)


def _why_no_bearer(access_token: str, found: access_tokens.AccessToken | None) -> tuple[Cause, str | None]:
    """Return why nobody stands behind an access token: it is not good, or a registered client's, which has not the scope."""
    if found is None:
        return diagnosis.of_access_token(access_token)
    return Cause.SCOPE_NOT_GRANTED, found.claims["client_id"]


def _note_refusal(endpoint: str, cause: Cause, client_id: str | None) -> None:
    """Record why a token was refused: the older interfaces have one sentence for every cause."""
    refusals.record("request.refused", cause, client_id=client_id, endpoint=endpoint)


def is_of(account: Account, *, refresh_token: str | None, access_token: str | None) -> bool:
    """Return whether a caller shows a token of one of this account's sessions, which is held until the commit."""
    shown = [refresh_tokens.find(refresh_token) if refresh_token else None]
    found = access_tokens.verify(access_token) if access_token else None
    shown += [found.granted if found is not None and SCOPE in found.scopes else None]
    return any(
        granted.scope == SCOPE and granted.account_id == account.id and _hold(granted) for granted in shown if granted
    )


def note_second_factor(bearer: Bearer, amr: list[str]) -> None:
    """Record that the caller's session has shown a second factor: its first code is one, and the session goes on with it."""
    browser = sessions.find_of(bearer.account.id, bearer.session_id)
    if browser is not None:
        sessions.renew(browser, Proof(amr, second_at=clock.now()))


def change_password(bearer: Bearer, current: str, new: str, *, source: str) -> Refused | None:
    """Change the password of whom a token stands for; every other session and all refresh tokens end, the caller's among them.

    The caller's own session and access token stay. Refusals: those of `credentials.change_password`.
    """
    browser = sessions.find_of(bearer.account.id, bearer.session_id)
    refused = credentials.change_password(bearer.account, current, new, source=source, keep=browser)
    if refused is None and browser is not None:
        _keep_access(browser)
    return refused


def change_account(bearer: Bearer, changes: Changes, current_password: str | None, *, source: str) -> list[Refused]:
    """Make changes to the account of whom a token stands for, all or none; return what was wrong.

    A new address or password needs what `doors.reassure` asks for; a password ends tokens as `change_password` does. Refusals: of both,
    and those of `changes.make`.
    """
    refusals = account_changes.check(bearer.account, changes)
    is_sensitive = changes.password is not None or changes.email not in (None, bearer.account.email)
    if not refusals and is_sensitive:
        refused = doors.reassure(bearer.account, bearer.session_id, current_password, source=source)
        refusals = [refused] if refused is not None else []
    if refusals:
        return refusals
    browser = sessions.find_of(bearer.account.id, bearer.session_id)
    refusals = account_changes.make(bearer.account, changes, source=source, keep=browser)
    if not refusals and changes.password is not None and browser is not None:
        _keep_access(browser)
    return refusals


def ask_address(bearer: Bearer, email: str, current_password: str | None, *, source: str) -> Refused | None:
    """Send the message that confirms a new address to it. Refusals: those of `doors.reassure` and of `email_change.ask`."""
    refused = doors.reassure(bearer.account, bearer.session_id, current_password, source=source)
    if refused is not None:
        return refused
    asked = email_change.ask(bearer.account, email, source=source)
    return asked if isinstance(asked, Refused) else None


def _hold(granted: Granted) -> bool:
    """Hold the account behind a grant; False where its session has ended, or the grant itself, since that was looked at."""
    taken = taking.take(Authority(granted.account_id, session_id=granted.session_id))
    return isinstance(taken, Account) and tokens.get(granted.id) is not None


def _note_device(caller: Caller, account: Account, device: Device) -> None:
    """Tell the owner of a sign-in from a program or a place that is new here; these callers carry no cookie of a browser."""
    mark = f"{caller.client_id}/{addresses.block_of(device.source)}/{device.user_agent}"
    device_cookie.remember(account, mark, device)


def _has_shown_enough(granted: Granted, *, enrolling: bool = False) -> bool:
    """Return whether the session behind a grant has shown every factor that account and policy demand today.

    One that is older than a factor, or than the policy, has not.
    """
    account = lookup.find(granted.account_id)
    browser = sessions.find_of(granted.account_id, granted.session_id or "")
    if account is None or browser is None:
        return False
    demand = Demand(two_factors=not enrolling and not account.has_second_factor and policy.is_required(account))
    return flow.missing(flow.shown_in(browser), account.has_second_factor, demand) is None


def _keep_access(browser: BrowserSession) -> None:
    """Let the access tokens of a session live on after a change of password, and end its refresh tokens."""
    grants = select(Grant.id).where(Grant.session_id == browser.id, Grant.scope == SCOPE)
    run(update(Grant).where(Grant.id.in_(grants)).values(epoch=browser.epoch))
    run(delete(RefreshToken).where(RefreshToken.grant_id.in_(grants)))


def _issue_refresh_token(caller: Caller, granted: Granted) -> str:
    claims = {
        "iss": settings().issuer,
        "sub": granted.sub,
        "aud": settings().issuer,
        "client_id": caller.client_id,
        "iat": clock.timestamp(),
        "exp": clock.timestamp() + int(caller.refresh_life.total_seconds()),
        "jti": crypto.new_secret(),
    }
    token = keys.sign(claims, keys.ACCESS_TOKEN_ALGORITHM, REFRESH_TOKEN_TYPE)
    refresh_tokens.keep(token, granted, life=caller.refresh_life)
    return token


def _sign(caller: Caller, granted: Granted) -> str:
    return access_tokens.sign_access_token(caller.client_id, SCOPE, granted, life=caller.access_life)


def _seconds(caller: Caller) -> int:
    return int(caller.access_life.total_seconds())
