"""PostgreSQL behind PgBouncer in transaction mode, where every transaction may get another server connection."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from idp import create_app
from idp.base import database, schema
from idp.config import Settings
from tests.conftest import dispose, make_settings
from tests.factories import Provider
from tests.support import pgbouncer
from tests.support.postgres import PostgresServer

BROWSERS = 8
VISITS = 8  # the driver would prepare a statement at its sixth use


@pytest.fixture
def settings(postgres_server: PostgresServer, tmp_path: Path) -> Settings:
    """Settings of a fresh, empty database behind the pooler."""
    url = pgbouncer.through(postgres_server, postgres_server.create_database("pooled"))
    return make_settings(tmp_path, url)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application behind the pooler, on an empty database."""
    application = create_app(settings)
    try:
        yield application
    finally:
        dispose(application)


def migrate(settings: Settings, problems: list[BaseException]) -> None:
    """Migrate as a process of its own would."""
    app = create_app(settings)
    try:
        schema.upgrade(app)
    except BaseException as problem:
        problems.append(problem)
    finally:
        dispose(app)


def locks(app: Flask) -> list[str]:
    """Return the advisory locks that somebody holds in this application's database."""
    with app.app_context(), database.reading() as own:
        query = "SELECT mode FROM pg_locks WHERE locktype = 'advisory' AND database ="
        query += " (SELECT oid FROM pg_database WHERE datname = current_database())"
        return list(own.scalars(text(query)))


def test_migrating_again_and_at_once_ends(app: Flask, settings: Settings) -> None:
    """Two processes migrate an empty database at once, then one again and again; all end, and no lock stays with a pooled connection."""
    problems: list[BaseException] = []
    for _round in range(3):
        threads = [threading.Thread(target=migrate, args=(settings, problems), daemon=True) for _process in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads), "a migration hangs"
    assert problems == []
    assert schema.is_at_head(app)
    assert locks(app) == []


def test_people_sign_in_through_the_pooler(app: Flask) -> None:
    """Many browsers sign in and look at their pages, each statement more often than the driver waits before it prepares one."""
    schema.upgrade(app)
    provider = Provider(app)
    people = [provider.person(f"person-{number}@example.org") for number in range(BROWSERS)]

    def visit(number: int) -> list[int]:
        browser = provider.browser()
        signed_in = browser.sign_in("/signin", people[number])
        pages = [browser.get("/account").status_code for _visit in range(VISITS)]
        return [signed_in.status_code, *pages]

    with ThreadPoolExecutor(BROWSERS) as pool:
        found = list(pool.map(visit, range(BROWSERS)))
    assert found == [[303, *[200] * VISITS]] * BROWSERS


def test_only_a_shared_connection_goes_without_prepared_statements(
    app: Flask, postgres_server: PostgresServer, settings: Settings
) -> None:
    """The driver prepares statements on a server connection of our own, and none on one that others get in between."""
    direct_url = f"postgresql+psycopg://postgres:{postgres_server.password}@127.0.0.1:{postgres_server.port}/postgres"
    direct = create_app(settings.model_copy(update={"database_url": direct_url}))
    try:
        found = {}
        for name, application in (("pooled", app), ("direct", direct)):
            with application.app_context(), database.engine().connect() as connection:
                found[name] = connection.connection.driver_connection.prepare_threshold  # type: ignore[union-attr]
        assert found == {"pooled": None, "direct": 5}
    finally:
        dispose(direct)
