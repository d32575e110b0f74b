"""What every test may ask for: `app` on both databases, and real servers and a browser, started when first needed."""

import gc
import math
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import applications, postgres, redis, services, smtp
from tests.support import chromium as chromium_support

if TYPE_CHECKING:
    from flask import Flask

    from idp.config import Settings
    from tests.base.fetch.host import Host
    from tests.factories import Person, Provider

SECRET_KEY = "a secret of the tests, and of nobody else, long enough"

# Folders whose statements other folders run on both databases in every run: concurrency, core, clients, keys, journeys.
WIDE = {
    "accounts",
    "admin",
    "applying",
    "attributes",
    "cli",
    "contracts",
    "details",
    "factors",
    "federation",
    "groups",
    "importing",
    "invitations",
    "jobs",
    "me",
    "pages",
    "resources",
    "roles",
    "scim",
    "security",
    "signin",
    "spec",
    "tallies",
    "terms",
    "trail",
}

# How many tests a process has run when it looks whether more was loaded for good.
SETTLED = (5, 50, 500)
_finished: list[None] = []
_RUN = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Keep the developer's settings out, and open the run in the controlling process."""
    applications.compile_once()
    for name in [name for name in os.environ if name.startswith("IDP_")]:
        del os.environ[name]
    if not hasattr(config, "workerinput"):
        config.stash[_RUN] = services.open_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers of the run, in the controlling process, once all workers have ended."""
    if (directory := config.stash.get(_RUN, None)) is not None:
        services.close_run(directory)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the second database to `make slow` where statements are not the point."""
    for item in items:
        if WIDE & set(item.path.parts) and "postgresql" in item.nodeid:
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Have garbage looked for seldom, and not among what was loaded by now: that took nearly half of a run."""
    gc.set_threshold(10_000, 10, 10)
    _settle()


def pytest_runtest_logfinish() -> None:
    """Do so once more when most of the house has been loaded, by the tests that needed it first."""
    _finished.append(None)
    if len(_finished) in SETTLED:
        _settle()


def _settle() -> None:
    gc.collect()
    gc.freeze()


# Servers


@pytest.fixture(scope="session")
def worker() -> str:
    """The name of this worker process: gw0, gw1, ... or `main` without xdist."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def postgres_server() -> postgres.PostgresServer:
    """A throw-away PostgreSQL cluster, one for the whole run."""
    return postgres.server()


@pytest.fixture(scope="session")
def _redis_server(worker: str) -> redis.RedisServer:
    return redis.server(int(worker.removeprefix("gw")) if worker.startswith("gw") else 0)


@pytest.fixture
def redis_server(_redis_server: redis.RedisServer) -> redis.RedisServer:
    """A throw-away Redis server, this worker's database of it empty."""
    _redis_server.clear()
    return _redis_server


@pytest.fixture(scope="session")
def _smtp_server() -> Iterator[smtp.SmtpServer]:
    with smtp.server() as server:
        yield server


@pytest.fixture
def smtp_server(_smtp_server: smtp.SmtpServer) -> smtp.SmtpServer:
    """A real SMTP server that has caught nothing yet."""
    _smtp_server.clear()
    return _smtp_server


@pytest.fixture(scope="session")
def chromium() -> Iterator[chromium_support.Chromium]:
    """A real browser: `with chromium.page() as page`."""
    with chromium_support.chromium() as browser:
        yield browser


@pytest.fixture
def _still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock, so that a wait of one second does not end while a busy machine is elsewhere; `clock.moved` moves it still."""
    from idp.base import clock

    began = clock.now()
    monkeypatch.setattr(clock, "now", lambda: began + clock._offset)


@pytest.fixture
def _nothing_ages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what a process keeps be read again when it changed, never because some seconds went by: statements can be compared."""
    from idp.base import generation

    monkeypatch.setattr(generation, "MAX_AGE", math.inf)


# The application


def make_settings(data_dir: Path, database_url: str, **others: Any) -> "Settings":
    """Return settings for a test: no environment, no .env file, request limits off unless asked for."""
    from idp.config import Settings

    values: dict[str, Any] = {
        "data_dir": data_dir,
        "database_url": database_url,
        "secret_key": SECRET_KEY,
        "ratelimit_enabled": False,
        "threads": 48,  # tests call from more threads than a server has
    }
    return Settings(_env_file=None, **(values | others))


def migrate(settings: "Settings") -> None:
    """Bring the database of these settings to the newest schema."""
    from idp import create_app
    from idp.base.schema import upgrade

    app = create_app(settings)
    try:
        upgrade(app)
    finally:
        dispose(app)


def dispose(app: "Flask") -> None:
    """Close what an application holds open."""
    if close := app.extensions.get("idp.dispose"):
        close()


def sqlite_url(data_dir: Path) -> str:
    """Return the URL of the SQLite database that a data directory has by default."""
    return f"sqlite:///{data_dir / 'idp.db'}"


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file that each test copies."""
    directory = tmp_path_factory.mktemp("sqlite-template")
    migrate(make_settings(directory, sqlite_url(directory)))
    template = directory / "template.db"
    source, target = sqlite3.connect(directory / "idp.db"), sqlite3.connect(template)
    source.backup(target)
    source.close()
    target.close()
    return template


@pytest.fixture(scope="session")
def _postgres_database(postgres_server: postgres.PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of this worker's migrated PostgreSQL database, which tests empty before they use it."""
    url = postgres_server.create_database("gatehouse")
    migrate(make_settings(tmp_path_factory.mktemp("postgres"), url))
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """The database in use: every test that asks for `app`, `settings` or this runs once on each."""
    return str(request.param)


@pytest.fixture
def settings(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> "Settings":
    """Settings with a migrated, empty database and a data directory of the test's own."""
    data_dir = tmp_path / "instance"
    data_dir.mkdir(mode=0o700)
    if backend == "sqlite":
        shutil.copyfile(request.getfixturevalue("_sqlite_template"), data_dir / "idp.db")
        return make_settings(data_dir, sqlite_url(data_dir))
    url = request.getfixturevalue("_postgres_database")
    postgres.truncate(url)
    return make_settings(data_dir, url)


@pytest.fixture
def app(settings: "Settings", _nothing_ages: None) -> "Iterator[Flask]":
    """The application on a migrated, empty database."""
    from idp import create_app

    application = create_app(settings)
    try:
        yield application
    finally:
        dispose(application)


# People and clients


@pytest.fixture
def provider(app: "Flask") -> "Provider":
    """The application as relying parties see it, with nobody in it."""
    from tests.factories import Provider

    return Provider(app)


@pytest.fixture
def ann(provider: "Provider") -> "Person":
    """Somebody with a password and a verified address."""
    return provider.person()


@pytest.fixture
def host(app: "Flask") -> "Iterator[Host]":
    """A host of a client's, which the application may ask although its address is private."""
    from tests.base.fetch.host import running

    app.extensions["idp.settings"].allow_private_fetch = True
    with running() as host:
        yield host
