"""A SQLite database copied while it is in use, and put in the place of another, by SQLite's own backup of pages."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

PATIENCE = 10.0  # seconds that it waits for whoever is writing


def dump(url: str, work: Path) -> Iterator[bytes]:
    """Yield the bytes of a database as it is at one moment; `work` is a directory of its own, which others cannot read."""
    copy = work / "copy.db"
    with closing(_open(_path(url))) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    with copy.open("rb") as file:
        while part := file.read(1 << 20):
            yield part


def load(url: str, file: Path) -> None:
    """Put a database in the place of the one at `url`, all of it or nothing.

    Raises:
        sqlite3.Error: it is no good database, or the other one is in use.
    """
    with closing(sqlite3.connect(file)) as source:
        found = source.execute("PRAGMA integrity_check(1)").fetchone()
        if found != ("ok",):
            raise sqlite3.DatabaseError(f"the database in the backup is damaged: {found[0]}")
        with closing(_open(_path(url))) as target:
            source.backup(target)


def _path(url: str) -> str:
    return make_url(url).database or ""


def _open(path: str, patience: float = PATIENCE) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=patience, isolation_level=None)
