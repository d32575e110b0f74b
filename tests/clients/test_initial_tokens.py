"""Initial access tokens as the service, the command line and the purge know them."""

import json

import pytest
from flask import Flask

from idp import audit
from idp.base.database import commit, session
from idp.base.outcome import Reason, Refused
from idp.clients import initial_tokens, registration
from idp.clients.models import InitialAccessToken


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
        events = session().scalars(audit.search("initial_access_token")).all()
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
        events = session().scalars(audit.search("initial_access_token.revoked")).all()
        assert [event.detail["token"] for event in events] == [2, 1]


OPTIONS = {
    "name": "Till", "redirect_uris": ("https://till.example/cb",), "post_logout_redirect_uris": (), "public": False,
    "auth_method": None, "grants": (), "scope": None, "id_token_alg": "RS256", "userinfo_alg": None, "request_object_alg": None,
    "response_types": (), "subject_type": "public", "sector_identifier_uri": None, "default_max_age": None,
    "initiate_login_uri": None, "request_uris": (), "backchannel_logout_uri": None, "no_pkce": False, "first_party": False,
    "require_second_factor": False, "jwks_file": None, "jwks_uri": None, "client_id": None, "client_secret_stdin": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("option", "value", "field"),
    [
        ("userinfo_alg", "HS256", "userinfo_signed_response_alg"),
        ("request_object_alg", "none", "request_object_signing_alg"),
        ("response_types", ("token",), "response_types"),
        ("subject_type", "secret", "subject_type"),
        ("sector_identifier_uri", "https://sector.invalid/x", "sector_identifier_uri"),
        ("default_max_age", -1, "default_max_age"),
        ("initiate_login_uri", "http://till.example/", "initiate_login_uri"),
        ("request_uris", ("http://till.example/",), "request_uris"),
        ("backchannel_logout_uri", "ftp://till.example/", "backchannel_logout_uri"),
        ("jwks_uri", "http://till.example/", "jwks_uri"),
        ("auth_method", "private_key_jwt", "jwks"),
    ],
)
def test_the_command_line_has_the_same_rules(app: Flask, option: str, value: object, field: str) -> None:
    """`idp client create` refuses what the registration endpoint refuses, and names the member."""
    with app.app_context():
        refused = registration.from_options(OPTIONS | {option: value}, read_secret=str)
        assert isinstance(refused, Refused), refused
        assert refused.field == field
