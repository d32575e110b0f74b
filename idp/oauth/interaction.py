"""What is next for an authorization request: sign in, consent, issue or refuse. `decide` is pure and alone owns
`prompt`, `max_age` and `id_token_hint` (OpenID Connect Core, section 3.1.2.1). Unfinished requests wait here as rows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from idp.base import clock, crypto
from idp.base.database import run, session
from idp.lifetimes import LIFETIMES
from idp.oauth.models import PendingRequest
from idp.oauth.parameters import AuthorizationParameters

# A person who has just signed in for a request may take this long to answer it, however small its max_age is.
ANSWER_TIME = timedelta(minutes=5)


@dataclass(frozen=True)
class Waiting:
    """A request that waits in a row: when it was made, and which account has consented to it."""

    parameters: AuthorizationParameters
    asked_at: datetime
    agreed_by: int | None


@dataclass(frozen=True)
class Presence:
    """Who is signed in at the browser, and since when."""

    sub: str
    auth_time: datetime


@dataclass(frozen=True)
class Agreement:
    """The scopes that a person has allowed the client; `now` when it was on this very request."""

    scopes: frozenset[str]
    now: bool = False


@dataclass(frozen=True)
class SignIn:
    """The person must sign in; `again` although somebody is signed in."""

    again: bool


@dataclass(frozen=True)
class AskConsent:
    """The person must be asked."""


@dataclass(frozen=True)
class Issue:
    """The answer can be issued."""


@dataclass(frozen=True)
class Refuse:
    """The client gets an error."""

    error: str
    description: str


Next = SignIn | AskConsent | Issue | Refuse


@dataclass(frozen=True)
class Question:
    """Everything that the decision depends on."""

    parameters: AuthorizationParameters
    asked_at: datetime
    hinted_sub: str | None
    trusted: bool  # a first-party client: nobody is asked for consent
    remembers: bool  # whether an earlier consent may stand for this request


def decide(question: Question, presence: Presence | None, agreement: Agreement | None, now: datetime) -> Next:
    """Return the next step of a request."""
    silent = "none" in question.parameters.prompts
    sign_in = _needs_sign_in(question, presence, now)
    if sign_in is not None:
        return Refuse("login_required", "The person must sign in.") if silent else sign_in
    if question.hinted_sub is not None and presence is not None and presence.sub != question.hinted_sub:
        return Refuse("login_required", "Somebody else is signed in.")
    if _needs_consent(question, agreement):
        return Refuse("consent_required", "The person must be asked for consent.") if silent else AskConsent()
    return Issue()


def _needs_sign_in(question: Question, presence: Presence | None, now: datetime) -> SignIn | None:
    if presence is None:
        return SignIn(again=False)
    max_age = question.parameters.max_age
    if presence.auth_time >= question.asked_at:
        stale = max_age is not None and now - presence.auth_time > max(timedelta(seconds=max_age), ANSWER_TIME)
        return SignIn(again=True) if stale else None
    if question.parameters.prompts & {"login", "select_account"}:
        return SignIn(again=True)
    if max_age is not None and now - presence.auth_time > timedelta(seconds=max_age):
        return SignIn(again=True)
    if question.hinted_sub is not None and presence.sub != question.hinted_sub:
        return SignIn(again=True)
    return None


def _needs_consent(question: Question, agreement: Agreement | None) -> bool:
    given_now = agreement is not None and agreement.now
    if "consent" in question.parameters.prompts:
        return not given_now
    if question.trusted:
        return False
    if agreement is None or not agreement.scopes.issuperset(question.parameters.scopes):
        return True
    return not (question.remembers or given_now)


def store(parameters: AuthorizationParameters, asked_at: datetime) -> str:
    """Keep a request while its person is busy; return the secret that names it."""
    secret = crypto.new_secret()
    session().add(
        PendingRequest(
            id_digest=crypto.digest(secret),
            client_id=parameters.client_id,
            parameters=dict(parameters.values),
            created_at=asked_at,
            expires_at=clock.now() + LIFETIMES.authorization_request,
        )
    )
    session().flush()
    return secret


def agree(secret: str, account_id: int) -> None:
    """Note that an account has consented to a waiting request."""
    row = session().get(PendingRequest, crypto.digest(secret))
    if row is not None:
        row.agreed_by = account_id
        session().flush()


def load(secret: str) -> Waiting | None:
    """Return a kept request, or None when it has expired or been answered."""
    row = session().get(PendingRequest, crypto.digest(secret))
    if row is None or row.expires_at <= clock.now():
        return None
    return Waiting(AuthorizationParameters(row.parameters), row.created_at, row.agreed_by)


def forget(secret: str) -> None:
    """Drop a request that has been answered."""
    session().execute(delete(PendingRequest).where(PendingRequest.id_digest == crypto.digest(secret)))


def purge(limit: int) -> int:
    """Delete up to `limit` expired requests; return how many."""
    old = select(PendingRequest.id_digest).where(PendingRequest.expires_at < clock.now()).limit(limit)
    statement = delete(PendingRequest).where(PendingRequest.id_digest.in_(old))
    return run(statement)
