"""Freeze a small, lived-in database of the present release: `python -m tests.upgrade.freeze v0.1.0`, before the tag is set.

Writes `releases/<tag>/` with a SQL dump for each database and `facts.json`, which says what must still work after any upgrade.
"""

import base64
import json
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, inspect, select, table

from idp import create_app, keys, mail
from idp.accounts import service
from idp.accounts.models import Account
from idp.base.database import commit, connection
from idp.base.outcome import Refused
from idp.clients import service as clients
from idp.clients.metadata import Metadata
from idp.lifetimes import LIFETIMES
from idp.oauth import redeeming, tokens
from idp.oauth.parameters import AuthorizationParameters
from idp.oauth.validity import ShownCode
from idp.sessions import Device, open_session
from tests.conftest import SECRET_KEY, dispose, make_settings, migrate, sqlite_url
from tests.support import postgres, services

RELEASES = Path(__file__).parent / "releases"
PASSWORD = "correct horse battery"


def live_in(app: Flask) -> dict[str, Any]:
    """Fill a database as a week of use would, and return the facts."""
    with app.test_request_context():
        keys.ensure()
        account = service.add("ann@example.com", username="ann", password=PASSWORD, verified=True)
        assert isinstance(account, Account)
        metadata = Metadata("App", ["https://app.example/cb"], require_pkce=False, first_party=True)
        client = clients.register(metadata, client_id="app", secret="a secret of the application")
        assert not isinstance(client, Refused)
        browser, session_token = open_session(account.id, account.token_epoch, ["pwd"], Device("192.0.2.1", "Browser"))
        parameters = AuthorizationParameters({"client_id": "app", "redirect_uri": "https://app.example/cb"})
        code = tokens.issue_code(parameters, "openid email offline_access", account, browser)
        registered = clients.find("app")
        assert registered is not None
        granted = redeeming.redeem(ShownCode(code, "https://app.example/cb", None), registered, LIFETIMES.refresh_idle)
        assert granted is not None
        refresh_token = granted.successor
        mail.verify_email(
            mail.Counted("waiting@example.com"), link="http://127.0.0.1:5000/verify/link?token=abc", code="123456"
        )
        commit()
        names = sorted(name for name in table_names() if name != "alembic_version")
        counts = {name: count_rows(name) for name in names}
        commit()
        credentials = base64.b64encode(b"app:a secret of the application").decode()
        return {
            "secret_key": SECRET_KEY,
            "username": "ann",
            "password": PASSWORD,
            "sub": account.sub,
            "authorization": f"Basic {credentials}",
            "refresh_token": refresh_token,
            "session_token": session_token,
            "counts": counts,
        }


def table_names() -> list[str]:
    """Return the names of the present database's tables."""
    return inspect(connection()).get_table_names()


def count_rows(name: str) -> int:
    """Return how many rows a table has."""
    return connection().execute(select(func.count()).select_from(table(name))).scalar_one()


def freeze(tag: str) -> None:
    """Write the dumps and the facts of one release."""
    folder = RELEASES / tag
    folder.mkdir(parents=True)
    cluster = postgres.server()
    facts = {}
    with tempfile.TemporaryDirectory() as place:
        urls = {"sqlite": sqlite_url(Path(place)), "postgresql": cluster.create_database("release")}
        for name, url in urls.items():
            settings = make_settings(Path(place), url)
            migrate(settings)
            app = create_app(settings)
            facts[name] = live_in(app)
            dispose(app)
        database = sqlite3.connect(Path(place) / "idp.db")
        (folder / "sqlite.sql").write_text("\n".join(database.iterdump()) + "\n")
        database.close()
    plain = urls["postgresql"].replace("+psycopg", "")
    command = [postgres.binary("pg_dump"), "--inserts", "--no-owner", "--no-privileges", plain]
    dumped = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # Newer versions of pg_dump frame the dump with commands of psql's own.
    lines = [line for line in dumped.splitlines() if not line.startswith("\\")]
    (folder / "postgresql.sql").write_text("\n".join(lines) + "\n")
    (folder / "facts.json").write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    run = services.open_run()
    try:
        freeze(sys.argv[1])
    finally:
        services.close_run(run)
