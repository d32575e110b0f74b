"""A PostgreSQL database copied while it is in use, and put in the place of another, by PostgreSQL's own programs.

`pg_dump` and `pg_restore` are those of the client packages, of the server's version or a newer one. The password goes to them in the
environment, never among their arguments, which everybody on the machine can read.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, make_url, text

from idp.base.database import Model
from idp.config import SettingsError

PATIENCE = "10s"


class ProgramFailed(Exception):
    """A program of PostgreSQL's has failed; the message is its last line."""


def dump(url: str) -> Iterator[bytes]:
    """Yield the database as it is at one moment, in PostgreSQL's own format for archives.

    Raises:
        ProgramFailed, SettingsError: it is not copied, or not to its end.
    """
    arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--lock-wait-timeout={PATIENCE}"]
    with subprocess.Popen(  # noqa: S603 - a program by its whole path, with arguments of ours
        [_program("pg_dump"), *arguments, f"--dbname={_address(url)}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(url),
    ) as running:
        assert running.stdout is not None  # noqa: S101 - it is a pipe
        assert running.stderr is not None  # noqa: S101 - likewise
        while part := running.stdout.read(1 << 20):
            yield part
        said = running.stderr.read().decode(errors="replace")
    if running.returncode != 0:
        raise ProgramFailed(_last_line(said))


def empty(connection: Connection) -> None:
    """Drop every table of this program's; whatever else is in the database stays.

    Raises:
        OperationalError: somebody is using one of them.
    """
    connection.execute(text("SELECT set_config('lock_timeout', :patience, true)"), {"patience": PATIENCE})
    quote = connection.dialect.identifier_preparer.quote
    for name in sorted({*Model.metadata.tables, "alembic_version"}):
        connection.execute(text(f"DROP TABLE IF EXISTS {quote(name)} CASCADE"))


def load(url: str, file: Path) -> None:
    """Put the content of an archive into a database without these tables, all of it or nothing.

    Raises:
        ProgramFailed, SettingsError: it could not be.
    """
    arguments = ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    done = subprocess.run(  # noqa: S603 - as above
        [_program("pg_restore"), *arguments, f"--dbname={_address(url)}", str(file)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=_environment(url),
        check=False,
    )
    if done.returncode != 0:
        raise ProgramFailed(_last_line(done.stderr.decode(errors="replace")))


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise SettingsError(f"{name} is not installed: it comes with PostgreSQL's client packages (postgresql-client)")
    return path


def _address(url: str) -> str:
    """Return a database's address as these programs take it, without the password."""
    return make_url(url).set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _environment(url: str) -> dict[str, str]:
    password = make_url(url).password
    told = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    return told | ({"PGPASSWORD": str(password)} if password is not None else {})


def _last_line(said: str) -> str:
    """Return the last line that a program has said; no line of these holds a password."""
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "it ended without a word"
