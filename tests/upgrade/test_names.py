"""A database that lowers letters by the rules of its own language: people are found in it, and it is upgraded without losing one."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from flask import Flask
from sqlalchemy import column, insert, select, table, text

from idp import create_app, purging
from idp.accounts import identity, lookup, service
from idp.accounts.models import Account
from idp.accounts.service import Profile
from idp.audit import AuditEvent
from idp.base import clock, database, schema
from idp.base.database import commit, session
from idp.base.outcome import Reason, Refused
from idp.clients import service as clients
from tests.conftest import dispose, make_settings, sqlite_url
from tests.support.postgres import PostgresServer

BEFORE = "0008"


@contextmanager
def earlier(data_dir: Path, url: str) -> Iterator[Flask]:
    """The application on a database of the revision before."""
    app = create_app(make_settings(data_dir, url))
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    try:
        with app.app_context(), database.engine().begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, BEFORE)
        yield app
    finally:
        dispose(app)


@pytest.fixture(params=["sqlite", "turkish"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The application on SQLite, or on a PostgreSQL for Turkish, in which `lower('I')` is no `i`."""
    url = sqlite_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("turkish")
    with earlier(tmp_path, url) as app:
        yield app


@pytest.fixture
def turkish(postgres_server: PostgresServer) -> str:
    """The URL of an empty database for Turkish."""
    url = postgres_server.create_database("turkish", icu_locale="tr-TR")
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT lower('I')").fetchone() == ("\u0131",)
    return url


def keep(app: Flask, *usernames: str | None, **more: str) -> None:
    """Write accounts as an earlier version did."""
    names = [
        "sub",
        "email",
        "username",
        "given_name",
        "family_name",
        "is_admin",
        "token_epoch",
        "created_at",
        "updated_at",
    ]
    accounts = table("accounts", *map(column, names))
    now = clock.now()
    with app.app_context(), database.engine().begin() as connection:
        for number, username in enumerate(usernames):
            values = {"given_name": "", "family_name": "", "is_admin": False, "token_epoch": 0} | more
            values |= {"sub": f"sub{number}", "email": f"p{number}@example.org", "username": username}
            connection.execute(insert(accounts).values(**values, created_at=now, updated_at=now))


def test_an_earlier_database_is_folded(old: Flask) -> None:
    """After the upgrade everybody is found by username in any case, by the words of their names, and so are clients."""
    keep(old, "INAN", "Bob.1", None, given_name="Carla", family_name="Müller")
    with old.app_context(), database.engine().begin() as connection:
        connection.execute(
            text(
                "INSERT INTO clients (client_id, client_name, token_endpoint_auth_method, redirect_uris, grant_types, scope,"
                " id_token_signed_response_alg, require_pkce, first_party, post_logout_redirect_uris, created_at, updated_at)"
                " VALUES ('shop', 'Магазин ILICA', 'none', '[]', '[]', '', 'RS256', true, false, '[]', :now, :now)"
            ),
            {"now": clock.now()},
        )
    schema.upgrade(old)
    with old.test_request_context():
        for typed in ("inan", "INAN", "Inan"):
            found = lookup.find_by_identifier(typed)
            assert found is not None
            assert found.username == "INAN"
        assert identity.check_username("inan") == Refused(Reason.USERNAME_TAKEN, "username")
        assert len(lookup.search("muller carla", 100).rows()) == 3
        assert [row.email for row in lookup.search("BOB muller", 100).rows()] == ["p1@example.org"]
        assert [row.client_id for row in clients.search("магазин ilica", 100).rows()] == ["shop"]


def test_a_turkish_database_holds_one_of_each_name(old: Flask) -> None:
    """On the upgraded database a second account `inan` is refused beside `INAN`, at the check and by the index."""
    schema.upgrade(old)
    with old.test_request_context():
        created = service.create(
            "first@example.org", password_hash=None, profile=Profile("İnan", "ILICA", username="INAN")
        )
        assert isinstance(created, Account)
        commit()
        assert lookup.find_by_identifier("INAN") is created
        assert lookup.find_by_identifier("inan") is created
        for term in ("inan", "INAN", "ilica", "ILICA", "ılıca"):
            assert lookup.search(term, 100).rows() == [created]
        assert lookup.search_usernames("NAN") == ["INAN"]
        second = service.create("second@example.org", password_hash=None, profile=Profile(username="inan"))
        assert second == Refused(Reason.USERNAME_TAKEN, "username")


def test_of_two_with_one_name_the_older_keeps_it(
    turkish: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Two accounts that a Turkish database told apart are both there after the upgrade: the younger's name got a number, is
    in the audit log and the server's log, and steps aside for a name that somebody has.
    """
    with earlier(tmp_path, turkish) as app:
        keep(app, "INAN", "inan", "inan-2", "I" * 20, "i" * 20)
        with caplog.at_level(logging.WARNING):
            schema.upgrade(app)
        with app.app_context():
            found = {row.sub: row.username for row in session().scalars(select(Account))}
            kept = {"sub0": "INAN", "sub2": "inan-2", "sub3": "I" * 20}
            assert found == kept | {"sub1": "inan-3", "sub4": "i" * 18 + "-2"}
            events = session().scalars(select(AuditEvent).where(AuditEvent.actor == "upgrade"))
            assert {event.subject for event in events} == {"sub1", "sub4"}
            assert "sub1" in caplog.text
            moved = lookup.find_by_identifier("p1@example.org")
            assert moved is not None
            assert lookup.find_by_identifier("INAN-3") is moved


def test_accounts_of_an_earlier_version_are_caught_up_with(app: Flask) -> None:
    """What a node of an earlier version writes after the upgrade is folded by the next purge; of two with one name nobody is lost."""
    keep(app, "INAN", "inan", "Bob", given_name="Carla")
    with app.app_context():
        assert lookup.find_by_identifier("bob") is None
        purging.run()
        bob = lookup.find_by_identifier("bob")
        assert bob is not None
        assert bob.sub == "sub2"
        older = lookup.find_by_identifier("inan")
        assert older is not None
        assert older.sub == "sub0"
        assert len(lookup.search("carla", 100).rows()) == 3
        purging.run()
        younger = lookup.find_by_identifier("p1@example.org")
        assert younger is not None
        assert younger.username == "inan"
