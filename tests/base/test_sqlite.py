"""The terms of connections to a SQLite file."""

from pathlib import Path

from idp import create_app
from idp.base import database
from idp.base.sqlite import CACHE
from tests.conftest import make_settings, sqlite_url


def test_every_connection_has_the_terms(tmp_path: Path) -> None:
    """Each connection of the pool writes ahead, holds foreign keys, and keeps few pages."""
    app = create_app(make_settings(tmp_path, sqlite_url(tmp_path)))
    asked = ("journal_mode", "synchronous", "foreign_keys", "cache_size")
    with app.app_context():
        several = [database.engine().raw_connection() for _ in range(3)]
        found = [[each.cursor().execute(f"PRAGMA {name}").fetchone()[0] for name in asked] for each in several]
        for each in several:
            each.close()
    app.extensions["idp.dispose"]()
    assert found == [["wal", 1, 1, -CACHE]] * 3


def test_the_connection_that_was_used_last_is_the_next_one(tmp_path: Path) -> None:
    """Where one connection is enough it is the same one again and again, and the others keep nothing new."""
    app = create_app(make_settings(tmp_path, sqlite_url(tmp_path)))
    with app.app_context():
        first, second = (database.engine().raw_connection() for _ in range(2))
        last = second.dbapi_connection
        first.close()
        second.close()
        for _ in range(3):
            again = database.engine().raw_connection()
            assert again.dbapi_connection is last
            again.close()
    app.extensions["idp.dispose"]()
