"""RFC 7591, sections 1.2 and 3: who may register, by IDP_REGISTRATION."""

from datetime import timedelta

import pytest
from flask import Flask

from idp import create_app
from idp.base import clock
from idp.base.database import session
from idp.clients import initial_tokens
from idp.config import Settings
from tests.conftest import dispose
from tests.factories import CALLBACK, Provider
from tests.spec.rfc7591.registering import GOOD, PATH, bearer, count, invite, register
from tests.support.events import search as events_of


def failures(provider: Provider) -> int:
    """Return how many wrong tokens are on record."""
    with provider.working():
        return len(session().scalars(events_of("initial_access_token.checked")).all())


def test_a_token_is_needed(provider: Provider) -> None:
    """Without an initial access token it is 401 with a challenge, and with a wrong one too, which is on record (3; RFC 6750, 3)."""
    answer = register(provider)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="registration"'
    assert failures(provider) == 0
    for token in ("", "wrong", "\u00e4", "x" * 10_000):
        answer = register(provider, token)
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_token")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert failures(provider) == 4
    good = invite(provider)
    for headers in ({"Authorization": f"Basic {good}"}, {"Authorization": good}):
        assert provider.http.post(PATH, json=GOOD, headers=headers).status_code == 401
    assert provider.http.post(f"{PATH}?access_token={good}", json=GOOD | {"access_token": good}).status_code == 401
    assert count(provider) == 0
    assert provider.http.post(PATH, json=GOOD, headers={"Authorization": f"bearer {good}"}).status_code == 201


def test_a_token_is_spent_by_what_is_good(provider: Provider) -> None:
    """Each registration takes one use, one that is refused takes none, and the audit log names the token's label."""
    token = invite(provider, uses=2)
    assert register(provider, token, redirect_uris=["nowhere"]).status_code == 400
    assert register(provider, token, sector_identifier_uri="https://sector.invalid/x").status_code == 400
    assert [register(provider, token).status_code for _use in range(3)] == [201, 201, 401]
    with provider.working():
        events = session().scalars(events_of("client.registered")).all()
    assert [event.detail["initial_access_token"] for event in events] == ["tea", "tea"]
    lasting = invite(provider, "", uses=None)
    assert [register(provider, lasting).status_code for _use in range(3)] == [201] * 3


def test_a_token_expires(provider: Provider) -> None:
    """After its days a token is good for nothing, and the purge deletes it."""
    token, longer = invite(provider, days=1), invite(provider, days=3)
    with clock.moved(timedelta(days=1, seconds=1)):
        assert register(provider, token).status_code == 401
        assert register(provider, longer).status_code == 201
        with provider.working():
            assert initial_tokens.purge(10) == 1
            assert len(session().scalars(initial_tokens.search()).all()) == 1


def test_a_revoked_token(provider: Provider) -> None:
    """A revoked token registers nothing more; what was registered with it stays."""
    token = invite(provider)
    assert register(provider, token).status_code == 201
    with provider.working():
        (row,) = session().scalars(initial_tokens.search())
        initial_tokens.revoke(row.id)
    assert register(provider, token).status_code == 401
    assert count(provider) == 1


def test_open_to_everybody(app: Flask, provider: Provider) -> None:
    """Where registration is open no token is needed; one that is sent is checked, and spent (section 3)."""
    app.extensions["idp.settings"].registration = "open"
    token = invite(provider, uses=1)
    assert register(provider).status_code == 201
    assert register(provider, "wrong").status_code == 401
    assert [register(provider, token).status_code for _use in range(2)] == [201, 401]


@pytest.mark.parametrize("method", ["POST", "GET", "PUT", "DELETE"])
def test_off(settings: Settings, method: str) -> None:
    """Where registration is off there is no such address, and discovery does not name it."""
    app = create_app(settings.model_copy(update={"registration": "off"}))
    try:
        http = app.test_client()
        for path in (PATH, f"{PATH}/somebody"):
            assert http.open(path, method=method, json=GOOD, headers=bearer("x")).status_code == 404
        assert "registration_endpoint" not in http.get("/.well-known/openid-configuration").json
    finally:
        dispose(app)


def test_registrations_are_limited(settings: Settings) -> None:
    """An address may register 120 times a minute, good or bad; what follows is 429 with Retry-After (section 5)."""
    app = create_app(settings.model_copy(update={"registration": "open", "ratelimit_enabled": True}))
    try:
        provider = Provider(app)
        for _time in range(120):
            assert register(provider, redirect_uris=[]).status_code == 400
        answer = register(provider)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json["error_description"].isascii()
        assert provider.http.post(PATH, json=GOOD, environ_base={"REMOTE_ADDR": "192.0.2.9"}).status_code == 201
    finally:
        dispose(app)


def test_no_cookie_counts(provider: Provider) -> None:
    """An administrator's browser registers nothing by itself: no cookie is read, only the token counts (RFC 7591, section 5)."""
    browser = provider.browser(provider.person(is_admin=True))
    assert browser.http.post(PATH, json={"redirect_uris": [CALLBACK]}).status_code == 401
