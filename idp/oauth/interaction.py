"""What is next for an authorization request: sign in, consent, issue or refuse. `decide` is pure and alone owns
`prompt`, `max_age`, `acr_values` and `id_token_hint` (OpenID Connect Core, section 3.1.2.1). Unfinished requests wait here as rows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, insert, select, update
from sqlalchemy.sql.base import Executable

from idp.base import clock, crypto
from idp.base.database import run
from idp.base.expiry import delete_some
from idp.base.statements import parameter, parameters, statement
from idp.lifetimes import LIFETIMES
from idp.oauth import acr
from idp.oauth.models import PendingRequest
from idp.oauth.parameters import AuthorizationParameters
from idp.signin import flow

# A person who has just signed in for a request may take this long to answer it, however small its max_age is.
ANSWER_TIME = timedelta(minutes=5)
OVER_SINCE = timedelta(hours=1)


@dataclass(frozen=True)
class Waiting:
    """A request that waits in a row: when it was made, and which account has consented to it."""

    parameters: AuthorizationParameters
    asked_at: datetime
    agreed_by: int | None


@dataclass(frozen=True)
class Kept:
    """Whose a kept request is or was, and the request itself; None when it has expired or been answered."""

    client_id: str
    waiting: Waiting | None


@dataclass(frozen=True)
class Presence:
    """Who is signed in at the browser, when each factor was shown, and whether it was shown for this very request."""

    sub: str
    auth_time: datetime
    second_at: datetime | None = None
    has_second_factor: bool = False
    first_for_it: bool = False
    second_for_it: bool = False


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
class SignUp:
    """The person wants a new account."""


@dataclass(frozen=True)
class StepUp:
    """The person must show the second factor."""


@dataclass(frozen=True)
class Enrol:
    """The person must set up a second factor."""


@dataclass(frozen=True)
class TurnAway:
    """The client is not for this person: a page says whom to ask."""


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


Next = SignIn | SignUp | StepUp | Enrol | TurnAway | AskConsent | Issue | Refuse


@dataclass(frozen=True)
class Question:
    """Everything that the decision depends on."""

    parameters: AuthorizationParameters
    asked_at: datetime
    hinted_sub: str | None
    trusted: bool  # a first-party client: nobody is asked for consent
    remembers: bool  # whether an earlier consent may stand for this request
    requires_second_factor: bool = False  # of this person, by the policy or the client
    admits: bool = True  # whether the client is for this person (`groups.access`)
    declines_second_factor: bool = False  # the person was asked to set one up for this client's wish, and would not


NOT_ADMITTED = Refuse("access_denied", "The person may not use this client.")


def decide(question: Question, presence: Presence | None, agreement: Agreement | None, now: datetime) -> Next:
    """Return the next step of a request."""
    silent = "none" in question.parameters.prompts
    if silent and question.hinted_sub is not None and agreement is None and not question.trusted:
        # The same for everybody who has not let the client in, so that it cannot ask who is here.
        return _refuse(SignIn(again=True))
    sign_in = _needs_sign_in(question, presence, now)
    if sign_in is not None:
        return _refuse(sign_in) if silent else sign_in
    if question.hinted_sub is not None and presence is not None and presence.sub != question.hinted_sub:
        return Refuse("login_required", "Somebody else is signed in.")
    if not question.admits:
        return NOT_ADMITTED if silent else TurnAway()
    if _misses_demanded_class(question, presence):
        return Refuse(
            "unmet_authentication_requirements", "The demanded authentication context class cannot be reached."
        )
    if _needs_consent(question, agreement):
        return Refuse("consent_required", "The person must be asked for consent.") if silent else AskConsent()
    return Issue()


def _needs_sign_in(
    question: Question, presence: Presence | None, now: datetime
) -> SignIn | SignUp | StepUp | Enrol | None:
    shown = _shown(question, presence) if presence is not None else None
    is_new = shown is not None and shown.first_at >= _afterwards(question)
    if "create" in question.parameters.prompts and not is_new:
        return SignUp()
    if presence is None:
        return SignIn(again=False)
    if question.hinted_sub is not None and presence.sub != question.hinted_sub and not is_new:
        return SignIn(again=True)
    demand = flow.Demand(since=_since(question, now), two_factors=_wants_two_factors(question))
    match flow.missing(shown, presence.has_second_factor, demand):
        case flow.Step.FIRST:
            return SignIn(again=True)
        case flow.Step.SECOND:
            return StepUp()
        case flow.Step.ENROL:
            return Enrol()
        case None:
            return None


def _afterwards(question: Question) -> datetime:
    """Return the first instant that is after the request by every node's clock."""
    return question.asked_at + clock.SKEW


def _shown(question: Question, presence: Presence) -> flow.Shown:
    """Return when each factor was shown: after the request what was shown for it, whatever the clock of that node said."""
    first, second = presence.auth_time, presence.second_at
    if presence.first_for_it:
        first = max(first, _afterwards(question))
    if presence.second_for_it and second is not None:
        second = max(second, _afterwards(question))
    return flow.Shown(first, second)


def _since(question: Question, now: datetime) -> datetime | None:
    """Return the instant since which everything must have been shown, if `prompt` or `max_age` say so."""
    bounds = []
    if question.parameters.prompts & {"login", "select_account"}:
        bounds.append(_afterwards(question))
    max_age = question.parameters.max_age
    if max_age is not None:
        # What was shown for this very request is new enough for a while, however small its max_age is.
        youngest = _afterwards(question) if max_age == 0 else now - timedelta(seconds=max_age)
        bounds.append(min(youngest, max(_afterwards(question), now - ANSWER_TIME)))
    return max(bounds, default=None)


def _misses_demanded_class(question: Question, presence: Presence | None) -> bool:
    """Return whether none of the classes that the client calls essential is reached (OpenID Connect Core, section 5.5.1.1)."""
    if presence is None or not question.parameters.claims.demands_acr:
        return False
    wanted = question.parameters.acr_values
    return acr.reached(wanted, presence.second_at is not None) not in wanted


def _wants_two_factors(question: Question) -> bool:
    """Return whether a person without a second factor must set one up: a client's mere wish can be declined."""
    if question.requires_second_factor:
        return True
    is_declined = question.declines_second_factor and not question.parameters.claims.demands_acr
    is_silent = "none" in question.parameters.prompts
    return acr.wishes_two_factors(question.parameters.acr_values) and not (is_declined or is_silent)


def _refuse(step: SignIn | SignUp | StepUp | Enrol) -> Refuse:
    if isinstance(step, Enrol):
        return Refuse("interaction_required", "The person must set up a second factor.")
    return Refuse("login_required", "The person must sign in.")


def _needs_consent(question: Question, agreement: Agreement | None) -> bool:
    given_now = agreement is not None and agreement.now
    if "consent" in question.parameters.prompts:
        return not given_now
    if question.trusted:
        return False
    if agreement is None or not agreement.scopes.issuperset(question.parameters.consent_items):
        return True
    return not (question.remembers or given_now)


def store(parameters: AuthorizationParameters, asked_at: datetime) -> str:
    """Keep a request while its person is busy; return the secret that names it."""
    secret = crypto.new_secret()
    _keep.run(
        id_digest=crypto.digest(secret),
        client_id=parameters.client_id,
        parameters=dict(parameters.values),
        created_at=asked_at,
        expires_at=clock.now() + LIFETIMES.authorization_request,
    )
    return secret


def agree(secret: str, account_id: int) -> None:
    """Note that an account has consented to a waiting request."""
    asked = update(PendingRequest).where(PendingRequest.id_digest == crypto.digest(secret))
    run(asked.values(agreed_by=account_id).execution_options(synchronize_session=False))


def find(secret: str) -> Kept | None:
    """Return a kept request, whether or not it waits still; None for one that nobody remembers."""
    row = _find.first(id_digest=crypto.digest(secret))
    if row is None:
        return None
    is_over = row.expires_at <= clock.now()
    waiting = None if is_over else Waiting(AuthorizationParameters(row.parameters), row.created_at, row.agreed_by)
    return Kept(row.client_id, waiting)


def claim(secret: str) -> bool:
    """Use a waiting request up for its one answer; of several answers at once a single one gets True.

    What stays for the rest of its day is whose it was. It ends in the past, beyond what the clocks of two nodes may differ by.
    """
    now = clock.now()
    waiting = (PendingRequest.id_digest == crypto.digest(secret)) & (PendingRequest.expires_at > now)
    return run(using_up(now - OVER_SINCE).where(waiting).execution_options(synchronize_session=False)) == 1


def using_up(over_since: Any) -> Update:
    """Return the update that uses a waiting request up, still without saying which."""
    return update(PendingRequest).values(expires_at=over_since, parameters={}, agreed_by=None)


def purge(limit: int) -> int:
    """Delete up to `limit` requests that have expired, or whose day is over since they were answered; return how many."""
    now = clock.now()
    is_old = (PendingRequest.expires_at < now) & (PendingRequest.created_at < now - LIFETIMES.authorization_request)
    return delete_some(PendingRequest, is_old, PendingRequest.expires_at, limit)


@statement
def _keep(_dialect: str) -> Executable:
    names = ("id_digest", "client_id", "parameters", "created_at", "expires_at")
    return insert(PendingRequest).values(parameters(PendingRequest, names))


@statement
def _find(_dialect: str) -> Executable:
    columns = (PendingRequest.client_id, PendingRequest.parameters, PendingRequest.agreed_by)
    is_it = PendingRequest.id_digest == parameter("id_digest", PendingRequest.id_digest)
    return select(*columns, PendingRequest.created_at, PendingRequest.expires_at).where(is_it)
