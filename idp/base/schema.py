"""The schema: whether a database has every migration, and bringing it there; several processes may do so at once.

Whether it has is asked at each start and by each command, so that is read without Alembic.
"""

import re
from functools import cache
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection, text

from idp.base import postgresql
from idp.base.database import MIGRATIONS, db, writing

_REVISION = re.compile(r'^revision = "(\w+)"$', re.MULTILINE)
_FOLLOWS = re.compile(r'^down_revision = "(\w+)"$', re.MULTILINE)


class Unfit(Exception):
    """A database that this version cannot work on; the message says why, and what to do."""


def upgrade(app: Flask) -> None:
    """Bring the database to the newest revision.

    Raises:
        Unfit: it is newer than this version, or an empty one that is set up in a way that cannot work.
    """
    if is_at_head(app):
        return
    with app.app_context(), db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            postgresql.wait_to_migrate(connection)
        _migrate(connection)


def is_at_head(app: Flask) -> bool:
    """Return whether the database has every migration."""
    before = writing.set(False)
    try:
        with app.app_context(), db.engine.connect() as connection:
            return current(connection) == head()
    finally:
        writing.reset(before)


def current(connection: Connection) -> str | None:
    """Return the revision of a database, or None where nothing is in it."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


@cache
def head() -> str:
    """Return the newest revision."""
    (newest,) = revisions() - _followed()
    return newest


@cache
def revisions() -> frozenset[str]:
    """Return every revision."""
    return frozenset(name for source in _sources() for name in _REVISION.findall(source))


def _followed() -> frozenset[str]:
    return frozenset(name for source in _sources() for name in _FOLLOWS.findall(source))


@cache
def _sources() -> tuple[str, ...]:
    return tuple(path.read_text() for path in Path(MIGRATIONS, "versions").glob("*.py"))


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    found = current(connection)
    if found is not None and found not in revisions():
        raise Unfit(f"the database is at revision {found}, which this version does not know: it is of a newer one")
    if found is None and connection.dialect.name == "postgresql" and (trouble := postgresql.find_trouble(connection)):
        raise Unfit(trouble)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
