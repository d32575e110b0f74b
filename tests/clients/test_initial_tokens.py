"""Initial access tokens as the service, the command line and the purge know them."""

import json

import pytest
from flask import Flask

from idp.base.database import commit, session
from idp.base.outcome import Reason, Refused
from idp.clients import initial_tokens
from idp.clients.models import InitialAccessToken
from tests.support.events import search as events_of


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("label", {"label": "x" * 201}),
        ("label", {"label": "a\nb"}),
        ("uses", {"uses": 0}),
        ("uses", {"uses": 10**12}),
        ("days", {"days": 0}),
        ("days", {"days": 10**12}),
    ],
)
def test_bad_tokens_are_refused(app: Flask, field: str, options: dict[str, object]) -> None:
    """A label that cannot be shown, and numbers out of bounds, are refused at their field."""
    with app.app_context():
        refused = initial_tokens.create(**({"label": "tea"} | options))
        assert isinstance(refused, Refused)
        assert refused.field == field


def test_a_token_is_kept_as_a_digest(app: Flask) -> None:
    """The token itself is in no row; who made and who revoked it is on record, without it."""
    with app.app_context():
        row, token = initial_tokens.create("tea", uses=1, actor="me")
        found = initial_tokens.find(token)
        assert found is not None
        assert len(row.digest) == 32
        assert isinstance(initial_tokens.revoke(row.id, actor="me"), InitialAccessToken)
        commit()
        assert initial_tokens.find(token) is None
        events = session().scalars(events_of("initial_access_token")).all()
        assert [event.event.rpartition(".")[2] for event in events] == ["revoked", "created"]
        assert {event.actor for event in events} == {"me"}
        assert token not in json.dumps([event.detail for event in events])


@pytest.mark.parametrize("number", [-1, 0, 7, 2**31, 10**30])
def test_unknown_numbers(app: Flask, number: int) -> None:
    """Revoking what is not there is refused, whatever the number."""
    with app.app_context():
        assert initial_tokens.revoke(number).reason is Reason.UNKNOWN


def test_a_number_is_given_once(app: Flask) -> None:
    """The number of a token that was revoked names no later one: an old page ends nothing else, and the audit log is plain."""
    with app.app_context():
        for _time in range(2):
            row, _token = initial_tokens.create("tea")
            assert isinstance(initial_tokens.revoke(row.id), InitialAccessToken)
            commit()
        events = session().scalars(events_of("initial_access_token.revoked")).all()
        assert [event.detail["token"] for event in events] == [2, 1]
