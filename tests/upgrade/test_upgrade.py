"""A database of every tagged release is brought to the present and keeps working."""

import json
import shutil
import sqlite3
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from idp import create_app, outbox, sessions
from idp.accounts import credentials
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import session as database_session
from idp.base.schema import is_at_head, upgrade
from tests.conftest import dispose, make_settings, sqlite_url
from tests.support.postgres import PostgresServer
from tests.upgrade.freeze import RELEASES, count_rows, table_names

ROOT = Path(__file__).parents[2]
FROZEN = sorted(folder.name for folder in RELEASES.iterdir()) if RELEASES.exists() else []


def thaw(tag: str, backend: str, data_dir: Path, request: pytest.FixtureRequest) -> str:
    """Load a release's dump into a database of its own and return its URL."""
    dump = (RELEASES / tag / f"{backend}.sql").read_text()
    if backend == "sqlite":
        database = sqlite3.connect(data_dir / "idp.db")
        database.executescript(dump)
        database.close()
        return sqlite_url(data_dir)
    cluster: PostgresServer = request.getfixturevalue("postgres_server")
    url = cluster.create_database(f"release_{tag.replace('.', '_')}")
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(dump)  # type: ignore[arg-type] # a whole dump, from our own folder
    return url


@pytest.mark.parametrize("tag", FROZEN)
def test_a_release_is_upgraded_and_works(
    tag: str, backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """After the upgrade no row is lost; password, client secret, refresh token and queued mail are what they were."""
    facts: dict[str, Any] = json.loads((RELEASES / tag / "facts.json").read_text())[backend]
    settings = make_settings(tmp_path, thaw(tag, backend, tmp_path, request), secret_key=facts["secret_key"])
    app = create_app(settings)
    try:
        upgrade(app)
        assert is_at_head(app)
        with app.app_context():
            present = set(table_names())
            for table, count in facts["counts"].items():
                assert table in present
                assert count_rows(table) >= count
            account = credentials.check(facts["username"], facts["password"], source="192.0.2.1")
            assert isinstance(account, Account)
            assert account.sub == facts["sub"]
            waiting = database_session().scalars(outbox.queue()).all()[-1]
            assert outbox.read(waiting) is not None
            started = database_session().scalars(sessions.BrowserSession.__table__.select()).first()
            assert started is not None
            frozen_at: datetime = database_session().get_one(sessions.BrowserSession, started).created_at
            database_session().rollback()
        with clock.moved(frozen_at + timedelta(hours=1) - clock.now()):
            answer = app.test_client().post(
                "/oauth/token",
                data={"grant_type": "refresh_token", "refresh_token": facts["refresh_token"]},
                headers={"Authorization": facts["authorization"]},
            )
        assert answer.status_code == 200, answer.text
        assert answer.json is not None
        assert "id_token" in answer.json
    finally:
        dispose(app)


def test_every_tag_is_frozen() -> None:
    """Every release that was tagged has its database here."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        return
    command = ["git", "tag", "--list", "v*"]
    tags = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert set(tags) <= set(FROZEN)
