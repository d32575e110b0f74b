"""What is next for an authorization request: the pure decision, as a table; and the requests that wait."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from idp.base import clock
from idp.oauth import interaction
from idp.oauth.interaction import Agreement, AskConsent, Issue, Next, Presence, Question, Refuse, SignIn
from idp.oauth.parameters import AuthorizationParameters
from tests.factories import Provider

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONG_AGO, JUST_NOW = NOW - timedelta(hours=1), NOW + timedelta(seconds=1)
OLD, NEW = Presence("ann", LONG_AGO), Presence("ann", JUST_NOW)
AGREED = Agreement(frozenset({"openid", "email"}))
AGREED_NOW = Agreement(frozenset({"openid", "email"}), now=True)
MUST_SIGN_IN = Refuse("login_required", "The person must sign in.")
MUST_CONSENT = Refuse("consent_required", "The person must be asked for consent.")
SOMEBODY_ELSE = Refuse("login_required", "Somebody else is signed in.")

CASES: list[tuple[str, dict[str, Any], Presence | None, Agreement | None, Next]] = [
    ("nobody is signed in", {}, None, None, SignIn(again=False)),
    ("nobody, silently", {"prompt": "none"}, None, AGREED, MUST_SIGN_IN),
    ("signed in, nothing agreed", {}, OLD, None, AskConsent()),
    ("signed in and agreed", {}, OLD, AGREED, Issue()),
    ("silently", {"prompt": "none"}, OLD, AGREED, Issue()),
    ("silently, nothing agreed", {"prompt": "none"}, OLD, None, MUST_CONSENT),
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
    ("an unassured client, agreed before", {"remembers": False}, OLD, AGREED, AskConsent()),
    ("an unassured client, agreed now", {"remembers": False}, OLD, AGREED_NOW, Issue()),
    ("an unassured client, silently", {"remembers": False, "prompt": "none"}, OLD, AGREED, MUST_CONSENT),
]


@pytest.mark.parametrize(("name", "changes", "presence", "agreement", "expected"), CASES, ids=[c[0] for c in CASES])
def test_decide(
    name: str, changes: dict[str, Any], presence: Presence | None, agreement: Agreement | None, expected: Next
) -> None:
    """One table says when a person signs in, is asked, is answered or refused (OpenID Connect Core, 3.1.2)."""
    facts = {"hinted_sub": None, "trusted": False, "remembers": True}
    values = {"scope": "openid email"} | {key: value for key, value in changes.items() if key not in facts}
    facts |= {key: value for key, value in changes.items() if key in facts}
    question = Question(parameters=AuthorizationParameters(values), asked_at=NOW, **facts)
    assert interaction.decide(question, presence, agreement, NOW) == expected


def test_a_waiting_request_is_kept_forgotten_and_purged(provider: Provider) -> None:
    """A request comes back by its secret alone, until it is answered or has expired, and is then purged."""
    asked = AuthorizationParameters({"client_id": "shop", "redirect_uri": "https://rp.example/", "state": "ž 🐎"})
    with provider.working():
        secrets = [interaction.store(asked, clock.now()) for _request in range(3)]
    with provider.working():
        kept = interaction.load(secrets[0])
        assert kept is not None
        assert kept.parameters.values == asked.values
        assert interaction.load("another") is None
        interaction.forget(secrets[1])
    with provider.working():
        assert interaction.load(secrets[1]) is None
        assert interaction.purge(10) == 0
    with provider.working(), clock.moved(timedelta(hours=25)):
        assert interaction.load(secrets[0]) is None
        assert (interaction.purge(1), interaction.purge(10)) == (1, 1)
