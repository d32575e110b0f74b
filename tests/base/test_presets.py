"""What a database or a role of PostgreSQL presets changes nothing: the house says its own terms on every connection."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text

from idp import create_app, doctor
from idp.accounts import lookup
from idp.base import clock, database, schema
from idp.config import Settings
from tests.conftest import dispose, make_settings, migrate
from tests.factories import Provider
from tests.support import pgbouncer
from tests.support.postgres import PostgresServer

ODD = {
    "default_transaction_isolation": "'serializable'",
    "DateStyle": "'SQL, DMY'",
    "TimeZone": "'Asia/Kathmandu'",
    "standard_conforming_strings": "off",
    "client_encoding": "'SQL_ASCII'",
    "search_path": "elsewhere, public",
    "lock_timeout": "'5s'",
    "statement_timeout": "'10s'",
    "idle_in_transaction_session_timeout": "'10s'",
}
BROWSERS = 12


@pytest.fixture(params=["direct", "pooled"])
def settings(request: pytest.FixtureRequest, postgres_server: PostgresServer, tmp_path: Path) -> Settings:
    """Settings of an empty database with odd presets, directly and through PgBouncer."""
    url = postgres_server.create_database("odd")
    preset(url, ODD)
    return make_settings(tmp_path, pgbouncer.through(postgres_server, url) if request.param == "pooled" else url)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application on the odd database, migrated."""
    application = create_app(settings)
    try:
        schema.upgrade(application)
        yield application
    finally:
        dispose(application)


def preset(url: str, values: dict[str, str]) -> None:
    """Give a database its presets, and a schema of its own before the public one."""
    name = url.rpartition("/")[2]
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE SCHEMA elsewhere")
        for setting, value in values.items():
            connection.execute(f"ALTER DATABASE {name} SET {setting} = {value}")  # type: ignore[arg-type]


def test_many_sign_in_at_once_where_transactions_are_serializable(app: Flask) -> None:
    """Parallel sign-ins all succeed on a database whose transactions are serializable unless somebody says otherwise."""
    provider = Provider(app)
    people = [provider.person(f"person-{number}@example.org") for number in range(BROWSERS)]

    def sign_in(number: int) -> int:
        return provider.browser().sign_in("/signin", people[number]).status_code

    with ThreadPoolExecutor(BROWSERS) as pool:
        assert list(pool.map(sign_in, range(BROWSERS))) == [303] * BROWSERS


def test_every_transaction_says_its_terms(app: Flask) -> None:
    """Isolation, dates, zone, strings and encoding are the house's own in every transaction, whichever server connection it gets."""
    names = ("transaction_isolation", "DateStyle", "TimeZone", "standard_conforming_strings", "client_encoding")

    def show(_number: int) -> list[str]:
        with app.app_context(), database.reading() as own:
            return [str(own.scalar(text(f"SHOW {name}"))) for name in names]

    with ThreadPoolExecutor(6) as pool:
        for found in pool.map(show, range(24)):
            assert found == ["read committed", "ISO, DMY", "UTC", "on", "UTF8"]


def test_instants_and_names_come_back_as_they_were(app: Flask) -> None:
    """An instant is read in UTC, and a name beyond ASCII as it was written, whatever zone and encoding the database presets."""
    provider = Provider(app)
    ann = provider.person(given_name="Владимир\\'", last_sign_in_at=clock.now().replace(microsecond=0))
    with provider.account(ann) as account:
        assert account.given_name == "Владимир\\'"
        assert account.last_sign_in_at is not None
        assert account.last_sign_in_at.tzinfo == UTC
        assert abs(clock.now() - account.last_sign_in_at) < timedelta(minutes=2)
    with app.app_context():
        assert lookup.find_by_identifier(ann.email) is not None


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_cannot_hold_every_name_is_refused(
    postgres_server: PostgresServer, tmp_path: Path, encoding: str
) -> None:
    """An empty database whose encoding is not UTF8 is not filled, and the reason is one sentence."""
    url = postgres_server.create_database("narrow", encoding)
    application = create_app(make_settings(tmp_path, url))
    try:
        with pytest.raises(schema.Unfit, match=f"encoding is {encoding}, which cannot hold every name"):
            schema.upgrade(application)
    finally:
        dispose(application)


def test_doctor_tells_that_a_database_takes_no_changes(
    postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`idp doctor` says in a sentence that a database is read-only."""
    url = postgres_server.create_database("standby")
    migrate(make_settings(tmp_path, url))
    preset(url, {"default_transaction_read_only": "on"})
    monkeypatch.setenv("IDP_DATABASE_URL", url)
    monkeypatch.setenv("IDP_DATA_DIR", str(tmp_path))
    lines: list[str] = []
    assert doctor.run(lines.append) is False
    assert (
        "database  FAIL  the database takes no changes: it is a standby, or default_transaction_read_only is on"
        in lines
    )


def test_the_newest_revision_is_read_without_alembic() -> None:
    """What is read off the files of the revisions is what Alembic finds."""
    script = ScriptDirectory(str(database.MIGRATIONS))
    assert schema.head() == script.get_current_head()
    assert schema.revisions() == {revision.revision for revision in script.walk_revisions()}


def test_a_database_of_a_newer_version_is_refused(settings: Settings, app: Flask) -> None:
    """A database whose revision this version does not know is left alone, and the reason is one sentence."""
    with app.app_context(), database.engine().begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'f00d'"))
    assert not schema.is_at_head(app)
    with pytest.raises(schema.Unfit, match="at revision f00d, which this version does not know"):
        schema.upgrade(app)
