"""Which origins may read what the endpoints for programs answer: those of enabled public clients, as they are now."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, text

from idp.base import clock, database, generation
from idp.clients import service as clients
from idp.oauth import cors
from tests.factories import Client, Provider

SPA, STRANGER = "https://spa.example", "https://stranger.example"


@pytest.fixture
def spa(provider: Provider) -> Client:
    """A public client that lives in browsers."""
    return provider.client(public=True, redirect_uris=[f"{SPA}/callback"])


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every use of the counter be one after `MAX_AGE` seconds."""
    monkeypatch.setattr(generation, "MAX_AGE", 1e-9)


def is_allowed(provider: Provider, origin: str = SPA) -> bool:
    """Send a preflight and return whether this origin may go on."""
    answer = provider.app.test_client().options("/oauth/token", headers={"Origin": origin})
    assert answer.status_code == 204
    assert "Origin" in answer.headers["Vary"]
    return answer.headers.get("Access-Control-Allow-Origin") == origin


@contextmanager
def reads(provider: Provider) -> Iterator[list[str]]:
    """Collect the statements that read the redirect URIs of clients."""
    found: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT clients.redirect_uris"):
            found.append(statement)

    with provider.app.app_context():
        engine = database.engine()
    event.listen(engine, "before_cursor_execute", listen)
    yield found
    event.remove(engine, "before_cursor_execute", listen)


@pytest.mark.usefixtures("_quick", "spa")
def test_strangers_have_nobody_read_all_clients(provider: Provider) -> None:
    """However often and long strangers ask, the clients are read once, until one of them changes."""
    with reads(provider) as found:
        for number in range(20):
            assert not is_allowed(provider, f"https://{number}.example")
        assert is_allowed(provider)
        assert len(found) == 1
        provider.client(public=True, redirect_uris=["https://other.example/callback"])
        assert is_allowed(provider, "https://other.example")
        assert len(found) == 2


def test_a_change_counts_at_once(provider: Provider, spa: Client) -> None:
    """What is registered, changed, disabled, enabled or deleted counts for the next request."""
    assert is_allowed(provider)
    assert not is_allowed(provider, STRANGER)
    with provider.registration(spa) as row:
        clients.change(row, replace(spa.metadata, redirect_uris=[f"{STRANGER}/callback"]))
    assert (is_allowed(provider), is_allowed(provider, STRANGER)) == (False, True)
    for disabled in (True, False):
        with provider.registration(spa) as row:
            clients.set_disabled(row, disabled)
        assert is_allowed(provider, STRANGER) is not disabled
    with provider.registration(spa) as row:
        clients.remove(row)
    assert not is_allowed(provider, STRANGER)


@pytest.mark.usefixtures("_quick", "spa")
@pytest.mark.parametrize(
    "statement", ["UPDATE clients SET disabled_at = :now, updated_at = :now", "DELETE FROM clients"]
)
def test_a_change_at_another_node(provider: Provider, statement: str) -> None:
    """What a node did that shares neither disk nor Redis counts as soon as the counter moves by itself."""
    assert is_allowed(provider)
    with provider.working():
        values = {"now": clock.now().replace(tzinfo=None)} if ":now" in statement else {}
        database.connection().execute(text(statement), values)
    assert not is_allowed(provider)


def test_a_change_in_the_middle_of_a_request(provider: Provider, spa: Client) -> None:
    """A request that began to read before a client was disabled does not bring its origin back."""
    with provider.app.test_request_context(headers={"Origin": SPA}):
        database.writing.set(False)
        database.connection().execute(text("SELECT count(*) FROM clients")).scalar_one()
        provider.disable(spa)
        cors._public_origins()
        database.rollback()
    assert not is_allowed(provider)


@pytest.mark.usefixtures("spa")
def test_many_clients_are_read_now_and_then(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are many clients and every moment one more, all are read once in `MAX_AGE` seconds at most."""
    monkeypatch.setattr(cors, "MANY", 1)
    monkeypatch.setattr(generation, "MAX_AGE", 1e9)
    with reads(provider) as found:
        for number in range(3):
            provider.client(public=True, redirect_uris=[f"https://{number}.example/callback"])
            assert is_allowed(provider)
        assert len(found) == 1
        monkeypatch.setattr(generation, "MAX_AGE", 1e-9)
        assert is_allowed(provider, "https://2.example")
        assert len(found) == 2


@pytest.mark.parametrize(
    ("redirect_uri", "origin"),
    [
        ("https://SPA.example:443/cb", SPA),
        ("HTTPS://spa.example/cb", SPA),
        ("https://spa.example:8443/cb", "https://spa.example:8443"),
        ("http://LOCALHOST:80/cb", "http://localhost"),
        ("http://[::1]:3000/cb", "http://[::1]:3000"),
    ],
)
def test_an_origin_is_written_as_browsers_do(provider: Provider, redirect_uri: str, origin: str) -> None:
    """Letters of scheme and host are small, and the scheme's own port is left out (RFC 6454, section 6.2)."""
    provider.client(public=True, redirect_uris=[redirect_uri])
    assert is_allowed(provider, origin)


def test_confidential_clients_and_apps_have_no_origin(provider: Provider) -> None:
    """Neither a client with a secret nor a native app's own scheme lets any page read an answer."""
    provider.client(redirect_uris=[f"{SPA}/callback"])
    provider.client(public=True, redirect_uris=["com.example.app:/callback"], application_type="native")
    for origin in (SPA, "null", "com.example.app://", ""):
        assert not is_allowed(provider, origin)
