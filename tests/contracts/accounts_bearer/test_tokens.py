"""What document 1's and 4's tokens are on this server: how long they live, where they are shown, and what each refusal becomes."""

from datetime import timedelta
from itertools import product
from typing import Any, get_args

from flask import Flask

from idp.base import clock
from idp.base.outcome import Reason, Refused
from idp.contracts.bearer.shapes import accounts, logout, render, shared
from idp.contracts.kit import STATUSES, Problem
from idp.signin import doors
from tests.conftest import dispose, make_settings
from tests.factories import PASSWORD, Provider


def log_in(provider: Provider) -> dict[str, Any]:
    """Sign Ann in and return the answer's members."""
    answer = provider.http.post("/auth/login/", json={"email": "ann@example.org", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def status(provider: Provider, access_token: str) -> int:
    """Return how the profile answers to a token."""
    return int(provider.http.get("/users/me/", headers={"Authorization": f"Bearer {access_token}"}).status_code)


def refreshed(provider: Provider, refresh_token: str) -> int:
    """Return how a refresh answers."""
    return int(provider.http.post("/auth/token/refresh/", json={"refresh": refresh_token}).status_code)


def test_lifetimes(provider: Provider) -> None:
    """An access token lives 60 minutes and a refresh token 30 days from the sign-in, however often it is used."""
    provider.person()
    body = log_in(provider)
    with clock.moved(timedelta(minutes=59)):
        assert status(provider, body["access"]) == 200
    with clock.moved(timedelta(minutes=61)):
        assert status(provider, body["access"]) == 401
        assert refreshed(provider, body["refresh"]) == 200
    with clock.moved(timedelta(days=29)):
        assert refreshed(provider, body["refresh"]) == 200
    with clock.moved(timedelta(days=30, minutes=1)):
        assert refreshed(provider, body["refresh"]) == 401


def test_lifetimes_are_settings(provider: Provider) -> None:
    """IDP_BEARER_ACCESS_MINUTES and IDP_BEARER_REFRESH_DAYS set both lifetimes."""
    from idp import create_app

    provider.person()
    own = provider.app.extensions["idp.settings"]
    values = {"bearer_access_minutes": 5, "bearer_refresh_days": 2, "issuer": own.issuer}
    app = create_app(make_settings(own.data_dir, own.database_url, **values))
    try:
        answer = app.test_client().post("/auth/login/", json={"email": "ann@example.org", "password": PASSWORD})
        assert answer.json["expires_in"] == 300
        with clock.moved(timedelta(minutes=6)):
            assert status(provider, answer.json["access"]) == 401
            assert refreshed(provider, answer.json["refresh"]) == 200
        with clock.moved(timedelta(days=2, minutes=1)):
            assert refreshed(provider, answer.json["refresh"]) == 401
    finally:
        dispose(app)


def test_a_sign_in_is_a_session_of_the_account(provider: Provider) -> None:
    """A sign-in is one entry at /account/sessions, also weeks after its last use; ended there, both tokens are refused."""
    ann = provider.person()
    body = log_in(provider)
    with clock.moved(timedelta(days=20)):
        assert "contract-1" in {row.door for row in _sessions(provider, ann.id)}
    browser = provider.browser(ann)
    page = browser.get("/account/sessions")
    assert page.status_code == 200
    (row,) = [row for row in _sessions(provider, ann.id) if row.door == "contract-1"]
    assert row.id in page.text
    with provider.working():
        from idp import sessions

        sessions.end(row.id, why=sessions.Ending(ann.sub, "test"))
    assert (status(provider, body["access"]), refreshed(provider, body["refresh"])) == (401, 401)


def test_a_disabled_account(provider: Provider) -> None:
    """Both tokens are refused as soon as an administrator disables the account, and a sign-in tells no more than any other."""
    ann = provider.person()
    body = log_in(provider)
    with provider.account(ann) as account:
        account.disabled_at = clock.now()
    assert (status(provider, body["access"]), refreshed(provider, body["refresh"])) == (401, 401)


def test_every_refusal_has_a_status_and_a_sentence(app: Flask) -> None:
    """Each reason is a failure of the documents' own shapes, with a status of the table and a sentence."""
    assert set(STATUSES) == set(Reason)
    with app.test_request_context():
        for reason, adapter in product(Reason, (accounts, shared, logout)):
            problem = adapter.contract.tell(Refused(reason))
            written = adapter.contract.render(problem)
            assert 400 <= problem.status <= 503, reason
            assert written["error"], reason
            assert written["message"], reason
            assert ("detail" in written) is (adapter is not accounts)


def test_every_outcome_of_a_sign_in_is_known() -> None:
    """The door knows three outcomes, each of which the sign-in matches (mypy holds it by assert_never)."""
    assert set(get_args(doors.Outcome)) == {doors.SignedIn, doors.SecondFactorNeeded, Refused}


def test_details_or_a_message() -> None:
    """A failure names wrong members in `details` and has no `message` then; every other one has a `message` alone."""
    wrong = Problem(400, "email: Enter a valid email address.", fields={"email": ["Enter a valid email address."]})
    expected = {"error": "Validation Error", "details": {"email": ["Enter a valid email address."]}}
    assert render(wrong) == expected
    assert render(Problem(400, "No JSON.")) == {"error": "Bad Request", "message": "No JSON."}


def _sessions(provider: Provider, account_id: int) -> list[Any]:
    from idp import sessions

    with provider.working():
        return sessions.list_live(account_id, 0)
