"""What is next for an authorization request: sign in, consent, issue or refuse. `decide` is pure and alone owns
`prompt`, `max_age`, `acr_values` and `id_token_hint` (OpenID Connect Core, section 3.1.2.1). Unfinished requests wait in `waiting`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.base import clock
from idp.oauth import acr
from idp.oauth.claims_request import PREFIX, SCOPE_OF
from idp.oauth.parameters import AuthorizationParameters
from idp.signin import flow

# A person who has just signed in for a request may take this long to answer it, however small its max_age is.
ANSWER_TIME = timedelta(minutes=5)


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

    def covers(self, items: Iterable[str]) -> bool:
        """Return whether all of these scopes and single claims are allowed; with a scope each of its claims is."""
        return all(item in self.scopes or SCOPE_OF.get(item.removeprefix(PREFIX)) in self.scopes for item in items)


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
class AcceptTerms:
    """The person must accept the terms of service."""


@dataclass(frozen=True)
class CompleteProfile:
    """The person must fill in what is required of everybody."""


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


Next = SignIn | SignUp | StepUp | Enrol | AcceptTerms | CompleteProfile | TurnAway | AskConsent | Issue | Refuse


@dataclass(frozen=True)
class Question:
    """Everything that the decision depends on."""

    parameters: AuthorizationParameters
    asked_at: datetime
    hinted_sub: str | None
    trusted: bool  # a first-party client: nobody is asked for consent
    remembers: bool  # whether an earlier consent may stand for this request
    requires_second_factor: bool = False  # of this person, by the policy or the client
    owes_terms: bool = False  # the person has not accepted the terms in force
    lacks_fields: bool = False  # the person has not filled in what is required of everybody
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
    if question.owes_terms:
        return Refuse("interaction_required", "The person must accept the terms.") if silent else AcceptTerms()
    if not question.admits:
        return NOT_ADMITTED if silent else TurnAway()
    if _misses_demanded_class(question, presence):
        return Refuse(
            "unmet_authentication_requirements", "The demanded authentication context class cannot be reached."
        )
    if question.lacks_fields:
        return Refuse("interaction_required", "The person must complete the profile.") if silent else CompleteProfile()
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
    if agreement is None or not agreement.covers(question.parameters.consent_items):
        return True
    return not (question.remembers or given_now)
