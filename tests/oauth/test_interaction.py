"""What is next for an authorization request: the pure decision, as a table; and the requests that wait."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from idp.base import clock
from idp.oauth import interaction, waiting
from idp.oauth.interaction import (
    NOT_ADMITTED,
    AcceptTerms,
    Agreement,
    AskConsent,
    CompleteProfile,
    Enrol,
    Issue,
    Next,
    Presence,
    Question,
    Refuse,
    SignIn,
    StepUp,
    TurnAway,
)
from idp.oauth.parameters import AuthorizationParameters
from tests.factories import Provider

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONG_AGO, JUST_NOW = NOW - timedelta(hours=1), NOW + clock.SKEW
OLD, NEW = Presence("ann", LONG_AGO), Presence("ann", JUST_NOW)
AGREED = Agreement(frozenset({"openid", "email"}))
AGREED_NOW = Agreement(frozenset({"openid", "email"}), now=True)
MUST_SIGN_IN = Refuse("login_required", "The person must sign in.")
MUST_ENROL = Refuse("interaction_required", "The person must set up a second factor.")
MUST_ACCEPT = Refuse("interaction_required", "The person must accept the terms.")
MUST_COMPLETE = Refuse("interaction_required", "The person must complete the profile.")
MUST_CONSENT = Refuse("consent_required", "The person must be asked for consent.")
SOMEBODY_ELSE = Refuse("login_required", "Somebody else is signed in.")

# People with a second factor: when each factor was shown.
BOTH_OLD, BOTH_NEW = Presence("ann", LONG_AGO, LONG_AGO, True), Presence("ann", JUST_NOW, JUST_NOW, True)
NOT_SHOWN = Presence("ann", JUST_NOW, None, True)
FIRST_STALE, SECOND_STALE = Presence("ann", LONG_AGO, JUST_NOW, True), Presence("ann", JUST_NOW, LONG_AGO, True)

CASES: list[tuple[str, dict[str, Any], Presence | None, Agreement | None, Next]] = [
    ("nobody is signed in", {}, None, None, SignIn(again=False)),
    ("nobody, silently", {"prompt": "none"}, None, AGREED, MUST_SIGN_IN),
    ("signed in, nothing agreed", {}, OLD, None, AskConsent()),
    ("signed in and agreed", {}, OLD, AGREED, Issue()),
    ("silently", {"prompt": "none"}, OLD, AGREED, Issue()),
    ("silently, nothing agreed", {"prompt": "none"}, OLD, None, MUST_CONSENT),
    ("terms to accept", {"owes_terms": True}, OLD, AGREED, AcceptTerms()),
    ("terms to accept, silently", {"owes_terms": True, "prompt": "none"}, OLD, AGREED, MUST_ACCEPT),
    (
        "terms to accept, and has to sign in first",
        {"owes_terms": True, "prompt": "login"},
        OLD,
        None,
        SignIn(again=True),
    ),
    ("terms before all else", {"owes_terms": True, "admits": False, "trusted": True}, OLD, None, AcceptTerms()),
    ("fields to fill in", {"lacks_fields": True}, OLD, None, CompleteProfile()),
    ("fields to fill in, silently", {"lacks_fields": True, "prompt": "none"}, OLD, AGREED, MUST_COMPLETE),
    ("fields after terms", {"lacks_fields": True, "owes_terms": True}, OLD, AGREED, AcceptTerms()),
    ("nothing is asked of who is turned away", {"lacks_fields": True, "admits": False}, OLD, AGREED, TurnAway()),
    ("terms to accept, by somebody else", {"owes_terms": True, "hinted_sub": "bea"}, NEW, AGREED, SOMEBODY_ELSE),
    ("not for them", {"admits": False}, OLD, AGREED, TurnAway()),
    ("not for them, silently", {"admits": False, "prompt": "none"}, OLD, AGREED, NOT_ADMITTED),
    ("not for them, and has to sign in first", {"admits": False, "prompt": "login"}, OLD, AGREED, SignIn(again=True)),
    ("not for them, of a first-party client", {"admits": False, "trusted": True}, OLD, None, TurnAway()),
    ("more scopes", {"scope": "openid profile"}, OLD, AGREED, AskConsent()),
    ("fewer scopes", {"scope": "email"}, OLD, AGREED, Issue()),
    ("a first-party client", {"trusted": True}, OLD, None, Issue()),
    ("asked to sign in", {"prompt": "login"}, OLD, AGREED, SignIn(again=True)),
    ("has signed in", {"prompt": "login"}, NEW, AGREED, Issue()),
    ("asked to choose", {"prompt": "select_account"}, OLD, AGREED, SignIn(again=True)),
    ("asked to consent", {"prompt": "consent"}, OLD, AGREED, AskConsent()),
    ("has consented", {"prompt": "consent"}, OLD, AGREED_NOW, Issue()),
    ("first-party, asked to consent", {"prompt": "consent", "trusted": True}, OLD, AGREED, AskConsent()),
    ("both asked: first sign in", {"prompt": "login consent"}, OLD, AGREED, SignIn(again=True)),
    ("both asked: then consent", {"prompt": "login consent"}, NEW, AGREED, AskConsent()),
    ("young enough", {"max_age": "3600"}, OLD, AGREED, Issue()),
    ("too old", {"max_age": "3599"}, OLD, AGREED, SignIn(again=True)),
    ("too old, silently", {"max_age": "60", "prompt": "none"}, OLD, AGREED, MUST_SIGN_IN),
    ("at once", {"max_age": "0"}, OLD, AGREED, SignIn(again=True)),
    ("signed in since the request", {"max_age": "0"}, NEW, AGREED, Issue()),
    ("the right person", {"hinted_sub": "ann"}, OLD, AGREED, Issue()),
    ("another person", {"hinted_sub": "bea"}, OLD, AGREED, SignIn(again=True)),
    ("another person has signed in", {"hinted_sub": "bea"}, NEW, AGREED, SOMEBODY_ELSE),
    ("another person, silently", {"hinted_sub": "bea", "prompt": "none"}, OLD, AGREED, MUST_SIGN_IN),
    ("the right person, silently, nothing agreed", {"hinted_sub": "ann", "prompt": "none"}, OLD, None, MUST_SIGN_IN),
    ("the right person, silently", {"hinted_sub": "ann", "prompt": "none"}, OLD, AGREED, Issue()),
    ("an unassured client, agreed before", {"remembers": False}, OLD, AGREED, AskConsent()),
    ("an unassured client, agreed now", {"remembers": False}, OLD, AGREED_NOW, Issue()),
    ("an unassured client, silently", {"remembers": False, "prompt": "none"}, OLD, AGREED, MUST_CONSENT),
]

TWO_FACTORS: list[tuple[str, dict[str, Any], Presence | None, Agreement | None, Next]] = [
    ("both shown", {}, BOTH_OLD, AGREED, Issue()),
    ("the second not shown", {}, NOT_SHOWN, AGREED, StepUp()),
    ("the second not shown, silently", {"prompt": "none"}, NOT_SHOWN, AGREED, MUST_SIGN_IN),
    ("the second not shown, nothing agreed", {}, NOT_SHOWN, None, StepUp()),
    ("both young enough", {"max_age": "3600"}, BOTH_OLD, AGREED, Issue()),
    ("both too old", {"max_age": "3599"}, BOTH_OLD, AGREED, SignIn(again=True)),
    ("the first too old", {"max_age": "60"}, FIRST_STALE, AGREED, SignIn(again=True)),
    ("the second too old", {"max_age": "60"}, SECOND_STALE, AGREED, StepUp()),
    ("the second too old, silently", {"max_age": "60", "prompt": "none"}, SECOND_STALE, AGREED, MUST_SIGN_IN),
    ("both at once", {"max_age": "0"}, BOTH_NEW, AGREED, Issue()),
    ("asked to sign in with both", {"prompt": "login"}, BOTH_OLD, AGREED, SignIn(again=True)),
    ("has shown the first", {"prompt": "login"}, SECOND_STALE, AGREED, StepUp()),
    ("has shown both", {"prompt": "login"}, BOTH_NEW, AGREED, Issue()),
    ("another person, with both", {"hinted_sub": "bea"}, BOTH_OLD, AGREED, SignIn(again=True)),
    ("wished for and shown", {"acr_values": "2"}, BOTH_OLD, AGREED, Issue()),
    ("wished for and not there", {"acr_values": "2"}, OLD, AGREED, Enrol()),
    ("wished for, but too old", {"acr_values": "2", "max_age": "60"}, OLD, AGREED, SignIn(again=True)),
    ("one would do", {"acr_values": "2 1"}, OLD, AGREED, Issue()),
    ("an unknown wish", {"acr_values": "urn:x"}, OLD, AGREED, Issue()),
    ("an unknown wish and two", {"acr_values": "urn:x 2"}, OLD, AGREED, Enrol()),
    ("wished for, silently", {"acr_values": "2", "prompt": "none"}, OLD, AGREED, Issue()),
    ("wished for and declined", {"acr_values": "2", "declines_second_factor": True}, OLD, AGREED, Issue()),
    ("wished for, declined, not agreed", {"acr_values": "2", "declines_second_factor": True}, OLD, None, AskConsent()),
    ("declined, but not by who has one", {"declines_second_factor": True}, NOT_SHOWN, AGREED, StepUp()),
    ("required and not there", {"requires_second_factor": True}, OLD, AGREED, Enrol()),
    ("required, nothing agreed", {"requires_second_factor": True}, OLD, None, Enrol()),
    ("required and nobody there", {"requires_second_factor": True}, None, None, SignIn(again=False)),
    ("required and shown", {"requires_second_factor": True}, BOTH_OLD, AGREED, Issue()),
    ("required, declined", {"requires_second_factor": True, "declines_second_factor": True}, OLD, AGREED, Enrol()),
    ("required, silently", {"requires_second_factor": True, "prompt": "none"}, OLD, AGREED, MUST_ENROL),
    ("required of a first-party client's user", {"requires_second_factor": True, "trusted": True}, OLD, None, Enrol()),
]


@pytest.mark.parametrize(
    ("name", "changes", "presence", "agreement", "expected"),
    CASES + TWO_FACTORS,
    ids=[case[0] for case in CASES + TWO_FACTORS],
)
def test_decide(
    name: str, changes: dict[str, Any], presence: Presence | None, agreement: Agreement | None, expected: Next
) -> None:
    """One table says when a person signs in, is asked, is answered or refused (OpenID Connect Core, 3.1.2)."""
    facts: dict[str, Any] = {"hinted_sub": None, "trusted": False, "remembers": True, "admits": True}
    facts |= {"owes_terms": False, "lacks_fields": False}
    facts |= {"requires_second_factor": False, "declines_second_factor": False}
    values = {"scope": "openid email"} | {key: value for key, value in changes.items() if key not in facts}
    facts |= {key: value for key, value in changes.items() if key in facts}
    question = Question(parameters=AuthorizationParameters(values), asked_at=NOW, **facts)
    assert interaction.decide(question, presence, agreement, NOW) == expected


def test_a_waiting_request_is_kept_claimed_and_purged(provider: Provider) -> None:
    """A request comes back by its secret alone, until it is answered or has expired, and is then purged."""
    asked = AuthorizationParameters({"client_id": "shop", "redirect_uri": "https://rp.example/", "state": "ž 🐎"})
    with provider.working():
        secrets = [waiting.store(asked, clock.now()) for _request in range(3)]
    with provider.working():
        kept = waiting.find(secrets[0])
        assert kept is not None
        assert kept.waiting is not None
        assert kept.waiting.parameters.values == asked.values
        assert waiting.find("another") is None
        assert (waiting.claim(secrets[1]), waiting.claim(secrets[1])) == (True, False)
    with provider.working():
        assert waiting.find(secrets[1]) == waiting.Kept("shop", None)
        assert waiting.purge(10) == 0
    with provider.working(), clock.moved(timedelta(hours=25)):
        assert waiting.find(secrets[0]) == waiting.Kept("shop", None)
        assert (waiting.purge(1), waiting.purge(10)) == (1, 2)
