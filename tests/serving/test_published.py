"""What is published is made once, and the server's loop sends it itself as long as nobody need be asked."""

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from idp import create_app, keys
from idp.base.door.frame import NAME, Door
from idp.base.generation import Generation
from tests.conftest import dispose, make_settings, sqlite_url
from tests.factories import Provider
from tests.serving.peers import running

DISCOVERY, KEYS = "/.well-known/openid-configuration", "/.well-known/jwks.json"


def ask(path: str, **others: Any) -> dict[str, Any]:
    """Return the environment of a request."""
    plain = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "wsgi.url_scheme": "http"}
    return plain | others


@pytest.fixture
def door(provider: Provider) -> Door:
    """The door of a provider that has published both of its documents."""
    for path in (DISCOVERY, KEYS):
        assert provider.http.get(path).status_code == 200
    door: Door = provider.app.extensions[NAME]
    return door


def test_a_document_is_one_until_something_changes(provider: Provider, door: Door) -> None:
    """Whoever asks gets the very same bytes; after a rotation of keys nobody gets the old ones."""
    before = door.peek(ask(KEYS))
    assert before is not None
    assert door.peek(ask(KEYS)) is before
    with provider.working():
        keys.rotate()
    assert door.peek(ask(KEYS)) is None
    assert len(provider.http.get(KEYS).json["keys"]) > len(json.loads(before.body)["keys"])
    after = door.peek(ask(KEYS))
    assert after is not None
    assert after.body == provider.http.get(KEYS).data != before.body


@pytest.mark.parametrize(
    "others",
    [
        {"REQUEST_METHOD": "HEAD"}, {"REQUEST_METHOD": "OPTIONS"}, {"REQUEST_METHOD": "POST"}, {"QUERY_STRING": "a=%00"},
        {"CONTENT_LENGTH": "3"}, {"HTTP_X": "x" * 20_000}, {"PATH_INFO": "/oauth/userinfo"}, {"PATH_INFO": "/signin"},
    ],
)  # fmt: skip
def test_whatever_is_not_plain_is_worked_for(door: Door, others: dict[str, Any]) -> None:
    """The loop answers no other method, nothing with a query or a body, nothing too large, and nothing that is not published."""
    assert door.peek(ask(DISCOVERY)) is not None
    assert door.peek(ask(DISCOVERY) | others) is None


@pytest.fixture
def database_url(tmp_path: Path, _sqlite_template: Path) -> str:
    """A migrated, empty database, for applications with settings of their own."""
    shutil.copyfile(_sqlite_template, tmp_path / "idp.db")
    return sqlite_url(tmp_path)


def test_plain_http_is_refused_by_the_loop_too(tmp_path: Path, database_url: str) -> None:
    """With an https issuer the loop sends nothing over plain HTTP, and believes a proxy's word only where one is trusted."""
    told = {"HTTP_X_FORWARDED_PROTO": "https"}
    for hops, is_sent in ((0, False), (1, True)):
        settings = make_settings(tmp_path, database_url, issuer="https://id.example", trusted_proxies=hops)
        app = create_app(settings)
        door: Door = app.extensions[NAME]
        assert app.test_client().get(DISCOVERY, base_url="https://id.example", headers=told).status_code == 200
        assert door.peek(ask(DISCOVERY)) is None
        assert (door.peek(ask(DISCOVERY) | told) is not None) is is_sent
        known = door.peek(ask(DISCOVERY) | {"wsgi.url_scheme": "https"})
        assert known is not None
        assert "Strict-Transport-Security" in known.headers
        dispose(app)


def test_two_issuers_in_a_process_have_their_own(tmp_path: Path, database_url: str) -> None:
    """Of two applications each publishes its own issuer."""
    found = []
    for host in ("localhost", "127.0.0.1"):
        settings = make_settings(tmp_path, database_url, issuer=f"http://{host}:5000")
        app = create_app(settings)
        app.test_client().get(DISCOVERY)
        door: Door = app.extensions[NAME]
        known = door.peek(ask(DISCOVERY))
        assert known is not None
        found.append(json.loads(known.body)["issuer"])
        dispose(app)
    assert found == ["http://localhost:5000", "http://127.0.0.1:5000"]


def test_a_look_never_asks_redis(tmp_path: Path) -> None:
    """Where Redis is due to be asked a look at the counter says nothing, and asks nobody; once it was asked, or failed, it knows."""
    counter = Generation(tmp_path / ".keys-changed", "redis://127.0.0.1:1/0")
    assert counter.peek() is None
    counter.value()
    assert counter.peek() is not None


@pytest.mark.usefixtures("door")
def test_the_loop_sends_what_a_thread_would(app: Flask) -> None:
    """The loop's answer is a thread's, byte for byte but for the date; it comes while every thread is busy, many in a row."""
    busy, free = threading.Event(), threading.Event()

    def hold(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/held":
            busy.set()
            assert free.wait(20)
        return pages(environ, start_response)

    pages, app.wsgi_app = app.wsgi_app, hold  # type: ignore[method-assign]
    with running(app, seats=1) as server:
        asking = server.connect()
        for path in (DISCOVERY, KEYS):
            sent = asking.ask(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            worked = asking.ask(f"GET {path}?a HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            sent[1].pop("date"), worked[1].pop("date")
            assert sent == worked
        held = server.connect()
        held.send(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
        assert busy.wait(20)
        asking.send(f"GET {KEYS} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 16)
        for _ in range(16):
            assert asking.read_answer()[2] == worked[2]
        free.set()
        assert held.read_answer()[0] == 404
