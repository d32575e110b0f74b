"""Backing a server's database up into one file, and restoring it from there.

A restored database is that of another moment: what was ended since then is there again. So every session and every token ends by a
restore, and links that were mailed are good no more, unless the operator says that nothing has happened since.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import delete, func, inspect, select, update

from idp import __version__, audit
from idp.accounts.models import Account, Proof
from idp.backup import archive, on_postgresql, on_sqlite
from idp.base import clock, schema
from idp.base.database import commit, connection, db, rollback, run, session
from idp.base.extensions import settings, vault
from idp.sessions import BrowserSession


class NotRestored(Exception):
    """A backup that is not restored here; the message says why, and what to do."""


@dataclass(frozen=True)
class Made:
    """A backup that was written: where, how many bytes, of which schema, and the fingerprint of the secret that opens it."""

    file: str
    bytes: int
    dialect: str
    revision: str
    accounts: int
    secret_fingerprint: str


def back_up(target: Path, *, actor: str) -> Made:
    """Write a backup to a new file that only its owner may read; it is there whole, or not at all.

    Raises:
        FileExistsError: there is a file already.
        OSError, ProgramFailed, SettingsError: it could not be written.
    """
    if target.exists():
        raise FileExistsError(17, "there is a file already, which is not written over", str(target))
    dialect, accounts = connection().dialect.name, session().scalar(select(func.count()).select_from(Account)) or 0
    rollback()
    header = {"dialect": dialect, "revision": schema.head(), "made_at": clock.now().isoformat(), "version": __version__}
    with _workshop() as work:
        url = settings().database_url
        content = on_sqlite.dump(url, work) if settings().is_sqlite else on_postgresql.dump(url)
        _write_new(target, header | {"accounts": accounts}, content)
    made = Made(str(target), target.stat().st_size, dialect, schema.head(), accounts, archive.fingerprint(vault()))
    audit.record("backup.made", actor=actor, bytes=made.bytes, accounts=accounts)
    commit()
    return made


def restore(app: Flask, source: Path, *, replace: bool, keep_sessions: bool, actor: str) -> dict[str, Any]:
    """Put a backup in the place of the database, bring that to head, and return what the backup says of itself.

    All of it is read and proved before anything is touched. Without `replace` a database with anybody in it is left alone.

    Raises:
        Unreadable, NotRestored: it is no good backup for this server, or the database is not empty or in use.
    """
    with _workshop() as work, source.open("rb") as file:
        header, line = archive.read_header(file)
        _check(app, header, replace=replace)
        plain = work / "plain"
        with plain.open("xb") as target:
            for piece in archive.read_content(file, header, line, vault()):
                target.write(piece)
        _put_in_place(app, plain)
    schema.upgrade(app)
    if not keep_sessions:
        _end_everything()
    audit.record("backup.restored", actor=actor, made_at=header["made_at"], keeps_sessions=keep_sessions)
    commit()
    for counter in app.extensions["idp.generations"].values():
        counter.bump()
    return header


def _write_new(target: Path, header: dict[str, Any], content: Iterator[bytes]) -> None:
    """Write a file beside its place, and put it there once it is on the disk; never over another one."""
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.absolute().parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            archive.write(file, header, content, vault())
            file.flush()
            os.fsync(file.fileno())
        os.link(name, target)
    finally:
        os.unlink(name)


@contextmanager
def _workshop() -> Iterator[Path]:
    """Give a directory for what is not encrypted, in the data directory, which is nobody else's to read; it goes with all that is in it."""
    work = Path(tempfile.mkdtemp(prefix=".backup-", dir=settings().data_dir))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _check(app: Flask, header: dict[str, Any], *, replace: bool) -> None:
    with app.app_context(), db.engine.connect() as own:
        dialect = own.dialect.name
        is_there = inspect(own).has_table(Account.__tablename__)
        has_people = is_there and own.execute(select(Account.id).limit(1)).first() is not None
    if header["dialect"] != dialect:
        raise NotRestored(
            f"this backup is of {header['dialect']}, and IDP_DATABASE_URL names {dialect}: name a database of the same kind"
        )
    if header["revision"] not in schema.revisions():
        raise NotRestored(
            f"this backup is at revision {header['revision']}, which this version does not know: it was made by a newer one"
        )
    if has_people and not replace:
        raise NotRestored(
            "the database has people in it. --replace puts the backup in their place; all that is there is lost"
        )


def _put_in_place(app: Flask, plain: Path) -> None:
    url = settings().database_url
    rollback()
    with app.app_context():
        if settings().is_sqlite:
            db.engine.dispose()
            on_sqlite.load(url, plain)
            return
        with db.engine.begin() as own:
            on_postgresql.empty(own)
        db.engine.dispose()
    on_postgresql.load(url, plain)


def _end_everything() -> None:
    """End every session, grant and mailed link that the backup brings along."""
    now: datetime = clock.now()
    run(update(Account).values(token_epoch=Account.token_epoch + 1))
    run(update(BrowserSession).where(BrowserSession.ended_at.is_(None)).values(ended_at=now))
    run(delete(Proof))
