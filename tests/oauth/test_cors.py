"""Which origins may read what the endpoints for programs answer: those of enabled public clients, as they are now."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, text

from idp.base import clock, database, generation
from idp.base.statements import Statement
from idp.base.statements.running import ran
from idp.clients import origins
from idp.clients import service as clients
from idp.clients.models import ClientOrigin
from tests.factories import Client, Provider

SPA, STRANGER = "https://spa.example", "https://stranger.example"


@pytest.fixture
def spa(provider: Provider) -> Client:
    """A public client that lives in browsers."""
    return provider.client(public=True, redirect_uris=[f"{SPA}/callback"])


@pytest.fixture
def _quick(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every use of the counter be one after `MAX_AGE` seconds."""
    monkeypatch.setattr(generation, "MAX_AGE", 1e-9)


def is_allowed(provider: Provider, origin: str = SPA) -> bool:
    """Send a preflight and return whether this origin may go on."""
    answer = provider.app.test_client().options("/oauth/token", headers={"Origin": origin})
    assert answer.status_code == 204
    assert "Origin" in answer.headers["Vary"]
    return answer.headers.get("Access-Control-Allow-Origin") == origin


@contextmanager
def looks(provider: Provider) -> Iterator[list[str]]:
    """Collect the names of the statements that are executed."""
    found: list[str] = []

    def listen(sender: Statement, **_more: Any) -> None:
        found.append(sender.name)

    with ran.connected_to(listen):
        yield found


@pytest.mark.usefixtures("spa")
def test_an_origin_is_looked_up_once(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known costs no statement until a client changes; a stranger costs one look into an index, and takes no place."""
    monkeypatch.setattr(generation, "MAX_AGE", 1e9)
    monkeypatch.setattr(origins, "MOST_KNOWN", 2)
    assert is_allowed(provider)
    with looks(provider) as found:
        assert is_allowed(provider)
        assert found == []
        for number in range(5):
            assert not is_allowed(provider, f"https://{number}.example")
        assert found == ["idp.clients.origins._find"] * 5
        del found[:]
        assert is_allowed(provider)
        assert found == []
    for number in range(3):
        provider.client(public=True, redirect_uris=[f"https://{number}.example/callback"])
        assert is_allowed(provider, f"https://{number}.example")
    place = id(provider.app.extensions["idp.generations"]["clients"])
    assert list(origins._known[place]) == ["https://1.example", "https://2.example"]


@pytest.mark.usefixtures("spa")
def test_one_of_several_clients_is_enough(provider: Provider, spa: Client) -> None:
    """An origin that two clients live at stays one while either is enabled; a client has as many as its addresses."""
    other = provider.client(public=True, redirect_uris=[f"{SPA}/a", f"{SPA}/b", f"{STRANGER}/c"])
    provider.disable(spa)
    assert is_allowed(provider)
    assert is_allowed(provider, STRANGER)
    provider.disable(other)
    assert not is_allowed(provider)
    assert not is_allowed(provider, STRANGER)


def test_a_client_of_an_earlier_version_is_caught_up_with(provider: Provider, spa: Client) -> None:
    """The origin of a client that a node of an earlier version registered counts after the next purge; apps without one are left."""
    provider.client(public=True, redirect_uris=["com.example.app:/callback"], application_type="native")
    with provider.working():
        database.connection().execute(delete(ClientOrigin))
        assert origins.rows.catch_up(10) == 1
        assert origins.rows.catch_up(10) == 0
    assert is_allowed(provider)


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
        origins.has_client(SPA)
        database.rollback()
    assert not is_allowed(provider)


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
