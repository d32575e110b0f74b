"""A throw-away PostgreSQL cluster: fast (nothing is ever synced to disk), on loopback, gone when the run ends."""

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.support import services

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "autovacuum": "off",
    "log_min_messages": "warning",
}


@dataclass(frozen=True)
class PostgresServer:
    """A running cluster, shared by all workers of the run; each makes databases of its own."""

    port: int
    password: str
    pid: int
    directory: Path

    def create_database(self, purpose: str, encoding: str = "UTF8", icu_locale: str | None = None) -> str:
        """Create an empty database, of a language where ICU's name of one is given, and return its URL.

        Each has a name of its own: a fixture of a module may be set up twice.
        """
        name = f"{purpose}_{secrets.token_hex(4)}"
        locale = "C.UTF-8" if encoding == "UTF8" else "C"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {} LOCALE {}")
        made = statement.format(sql.Identifier(name), encoding, locale)
        if icu_locale is not None:
            made += sql.SQL(" LOCALE_PROVIDER icu ICU_LOCALE {}").format(icu_locale)
        with self.connect() as connection:
            connection.execute(made)
        return f"postgresql+psycopg://postgres:{self.password}@127.0.0.1:{self.port}/{name}"

    def drop_database(self, url: str) -> None:
        """Drop a database, and whatever is still connected to it."""
        name = url.rpartition("/")[2]
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def log(self) -> str:
        """Return what the server has logged so far."""
        return (self.directory / "log").read_text()

    def connect(self) -> psycopg.Connection[Any]:
        """Connect as the superuser, beside every application."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            password=self.password,
            dbname="postgres",
            autocommit=True,
            connect_timeout=10,
        )


def server(settings: Mapping[str, str] = _SETTINGS) -> PostgresServer:
    """Return this run's cluster, starting it first, with these settings, if nobody has."""
    state = services.once("postgres", lambda directory: _start(directory, settings))
    return PostgresServer(state["port"], state["password"], state["pid"], Path(state["directory"]))


def truncate(url: str) -> None:
    """Empty every table of a database but Alembic's, and restart the sequences.

    A transaction that was left open makes this fail after five seconds, instead of hanging. Triggers are off meanwhile, as for a
    replica: the audit log refuses to be emptied by everybody but a superuser who says so.
    """
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1), autocommit=True) as connection:
        connection.execute("SET lock_timeout = '5s'")
        connection.execute("SET session_replication_role = 'replica'")
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY tablename"
        ).fetchall()
        if tables:
            names = sql.SQL(", ").join(sql.Identifier(*table) for table in tables)
            connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(names))


def binary(name: str) -> str:
    """Return the path of a PostgreSQL program, which Debian keeps off the PATH; the newest version wins."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")]))
    if found is None:
        raise RuntimeError(f"PostgreSQL's {name} is not installed: apt-get install postgresql")
    return found


def _start(directory: Path, wanted: Mapping[str, str]) -> dict[str, Any]:
    password = secrets.token_hex(16)
    password_file = directory / "password"
    password_file.write_text(password)
    password_file.chmod(0o600)
    prefix = services.as_user("postgres")
    if prefix:
        for path in (directory, password_file):
            shutil.chown(path, "postgres", "postgres")
    data = directory / "data"
    # The password crosses loopback only; unhashed, since hashing would slow every connection down.
    initdb = [binary("initdb"), "--pgdata", str(data), "--username=postgres", "--auth=password"]
    initdb += ["--pwfile", str(password_file), "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    made = subprocess.run(
        [*prefix, *initdb], cwd=directory, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if made.returncode:
        raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")

    settings = [word for name, value in wanted.items() for word in ("-c", f"{name}={value}")]
    log = directory / "log"
    for _attempt in range(5):  # the free port may be taken before the server gets it
        port = services.free_port()
        command = [*prefix, binary("postgres"), "-D", str(data), "-p", str(port), *settings]
        pid = services.spawn(command, log, cwd=directory)
        state = {"port": port, "password": password, "pid": pid, "directory": str(directory)}
        if _answers(PostgresServer(port, password, pid, directory)):
            return state
        services.stop(pid)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")


def _answers(candidate: PostgresServer, seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and services.is_running(candidate.pid):
        try:
            with candidate.connect():
                return True
        except psycopg.OperationalError:
            time.sleep(0.05)
    return False
