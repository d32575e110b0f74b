"""A database that cannot answer just now: callers hear 503 with Retry-After in the shape that they know, and all is well afterwards."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text
from werkzeug.test import TestResponse

from idp import audit, create_app
from idp.base import database
from tests.conftest import dispose, make_settings, migrate, sqlite_url
from tests.factories import Provider
from tests.support import postgres
from tests.support.postgres import PostgresServer

BUSY = "The server is very busy. Try again in a moment."
LOGIN = {"email": "ann@example.org", "password": "something else"}

# The older interfaces, each with a route and the members of its failures.
INTERFACES: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "accounts": ("/auth/login/", LOGIN, {"detail", "error", "message"}),
    "token pair": ("/auth/jwt/create/", LOGIN, {"error", "message"}),
    "cookies": ("/auth/login", LOGIN, {"success", "message"}),
    "user management": ("/user/signin/", {"username": "ann", "password": "something else"}, {"errors"}),
}

# PostgreSQL's own codes: passing troubles, and mistakes of ours that must not pass for one.
PASSING = [
    "08006", "25006", "25P03", "40001", "40P01", "53100", "53200", "53300", "55P03", "57014", "57P01", "58030",
]  # fmt: skip
MISTAKES = ["22P02", "23502", "42501", "42P01", "XX000", "XX001"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a lock up soon."""
    monkeypatch.setattr(database, "LOCK_WAIT", 0.05)


@pytest.fixture
def lite(impatient: None, _sqlite_template: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application on SQLite, impatient."""
    shutil.copyfile(_sqlite_template, tmp_path / "idp.db")
    application = create_app(make_settings(tmp_path, sqlite_url(tmp_path)))
    try:
        yield application
    finally:
        dispose(application)


@pytest.fixture(scope="module")
def url(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database of PostgreSQL that these tests may break."""
    made = postgres_server.create_database("broken")
    migrate(make_settings(tmp_path_factory.mktemp("broken"), made))
    return made


@pytest.fixture
def large(url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on that database, with a route that raises an error there."""
    postgres.truncate(url)
    application = create_app(make_settings(tmp_path, url))
    application.add_url_rule("/raise/<code>", "raise", raise_there)
    try:
        yield application
    finally:
        dispose(application)


def raise_there(code: str) -> str:
    """Have the database raise an error with a code."""
    database.connection().execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$"))
    return "done"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the write lock of a SQLite file, as another process that does not let go."""
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.close()


def is_busy(answer: TestResponse) -> bool:
    """Tell whether an answer says that one should come back."""
    return (answer.status_code, answer.headers.get("Retry-After")) == (503, "5")


def test_pages_and_programs_hear_that_the_file_is_locked(lite: Flask, tmp_path: Path) -> None:
    """While another process holds SQLite's lock, what has to be written is answered 503, as a page or as JSON; then all works."""
    provider = Provider(lite)
    ann, shop = provider.person(), provider.client(grant_types=["client_credentials"], redirect_uris=[])
    browser = provider.browser()
    browser.get("/signin")
    with locked(tmp_path / "idp.db"):
        page = browser.sign_in("/signin", ann)
        good = provider.http.post("/oauth/token", data=shop.post() | {"grant_type": "client_credentials"})
        guess = shop.post() | {
            "client_secret": "a guess, which is counted",
            "grant_type": "client_credentials",
            "token": "x",
        }
        token = provider.http.post("/oauth/token", data=guess)
        revoked = provider.http.post("/oauth/revoke", data=guess, headers={"Accept": "text/html"})
    assert good.status_code == 200  # nothing is written for it
    assert is_busy(page)
    assert BUSY in page.text
    assert 'id="error-summary"' in page.text
    assert page.mimetype == "text/html"
    for answer in (token, revoked):
        assert is_busy(answer)
        assert answer.json == {"error": "temporarily_unavailable", "error_description": BUSY}
        assert answer.headers["Cache-Control"] == "no-store"
    assert browser.sign_in("/signin", ann).status_code == 303


def test_the_older_interfaces_say_it_in_their_shapes(lite: Flask, tmp_path: Path) -> None:
    """While the file is locked each older interface answers 503 with Retry-After and the members that its failures have."""
    Provider(lite)
    with locked(tmp_path / "idp.db"):
        answers = {name: lite.test_client().post(path, json=body) for name, (path, body, _) in INTERFACES.items()}
    for name, answer in answers.items():
        assert is_busy(answer), name
        assert answer.json is not None
        assert set(answer.json) == INTERFACES[name][2]
        assert BUSY in answer.text


def write_much() -> str:
    """Write more than the free rest of a page."""
    audit.record("much", note="n" * 100_000)
    return "written"


@pytest.mark.parametrize("pragma", ["query_only = ON", "max_page_count = 1"])
def test_a_full_or_read_only_file_is_an_outage(lite: Flask, pragma: str) -> None:
    """Where SQLite can write no more the answer is 503, while what only reads still works."""
    Provider(lite)
    lite.add_url_rule("/write", "write", write_much, methods=["PUT"])
    dispose(lite)
    with lite.app_context():
        event.listen(database.engine(), "connect", lambda raw, _record: raw.execute(f"PRAGMA {pragma}"))
    client = lite.test_client()
    lite.config["WTF_CSRF_ENABLED"] = False
    assert is_busy(client.put("/write"))
    assert client.get("/.well-known/jwks.json").status_code == 200


def test_a_mistake_on_sqlite_is_no_outage(lite: Flask) -> None:
    """A statement that cannot be right is a surprise of ours (500), although SQLite's driver calls it operational."""
    lite.add_url_rule("/wrong", "wrong", lambda: database.connection().execute(text("SELECT * FROM nowhere")))
    assert lite.test_client().get("/wrong").status_code == 500


def test_passing_troubles_of_postgresql_are_outages(large: Flask) -> None:
    """Deadlocks, serialization failures, limits, shutdowns and the like are answered with 503 and Retry-After."""
    for code in PASSING:
        answer = large.test_client().get(f"/raise/{code}")
        assert is_busy(answer), code
        assert answer.json == {"error": "temporarily_unavailable", "error_description": BUSY}


def test_mistakes_are_not(large: Flask) -> None:
    """What is wrong with a statement or with the data stays a surprise, with its reference."""
    for code in MISTAKES:
        answer = large.test_client().get(f"/raise/{code}")
        assert answer.status_code == 500, code
        assert answer.json is not None
        assert answer.json["reference"]


def test_a_commit_that_fails_is_answered_like_any_other_failure(large: Flask) -> None:
    """Where the database refuses only at the end, after the view has answered, it is 503 too, and nobody is signed in."""
    provider = Provider(large)
    ann = provider.person()
    raising = "CREATE FUNCTION late() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$"
    timing = "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON browser_sessions DEFERRABLE INITIALLY DEFERRED"
    with large.app_context(), database.engine().begin() as connection:
        connection.execute(text(f"{raising} LANGUAGE plpgsql"))
        connection.execute(text(f"{timing} FOR EACH ROW EXECUTE FUNCTION late()"))
    browser = provider.browser()
    answer = browser.sign_in("/signin", ann)
    assert is_busy(answer)
    assert BUSY in answer.text
    assert browser.get("/account").status_code == 303
    with large.app_context(), database.engine().begin() as connection:
        connection.execute(text("DROP FUNCTION late CASCADE"))


def test_a_server_that_has_gone_and_comes_back(large: Flask, postgres_server: PostgresServer) -> None:
    """While the database takes no connection, and where one breaks in the middle, the answer is 503; afterwards all works."""
    provider = Provider(large)
    ann, name = provider.person(), large.extensions["idp.settings"].database_url.rpartition("/")[2]
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"

    def break_off() -> str:
        database.connection().execute(text("SELECT 1"))
        with postgres_server.connect() as other:
            other.execute(kill, [name])
        raise ValueError("a surprise on a connection that has gone")

    large.add_url_rule("/break-off", "break_off", break_off)
    assert provider.http.get("/break-off").status_code == 500  # and no second surprise when nothing can be undone
    with postgres_server.connect() as other:
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        other.execute(kill, [name])
    answer = provider.http.post("/auth/login/", json=LOGIN)
    assert is_busy(answer)
    assert provider.http.get("/readyz").status_code == 503
    with postgres_server.connect() as other:
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert provider.browser().sign_in("/signin", ann).status_code == 303
    assert provider.http.get("/readyz").status_code == 200


def test_no_free_connection_is_an_outage(large: Flask) -> None:
    """Where all connections of a process stay taken the answer is 503 once the wait is over."""
    with large.app_context():
        pool = database.engine().pool
        pool._timeout = 0.05  # type: ignore[attr-defined] # ten seconds otherwise
        held = [database.engine().connect() for _place in range(pool.size() + database.BESIDE)]  # type: ignore[attr-defined]
    try:
        assert is_busy(large.test_client().post("/auth/login/", json=LOGIN))
    finally:
        for connection in held:
            connection.close()
