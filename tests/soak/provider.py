"""The provider that is held: two workers and the courier, with a mail server, and open to registrations."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from tests.bench.peers import ours
from tests.bench.peers.peer import Process
from tests.support.smtp import SmtpServer

_DATABASE_FILE = re.compile(r"idp\.db$")


class Held(ours.Ours):
    """What both databases have in common; `command` starts another program in place of `idp serve`."""

    def __init__(self, smtp: SmtpServer, command: list[str] | None = None) -> None:
        super().__init__()
        self._smtp, self._command = smtp, command

    def settings(self) -> dict[str, str]:
        """Name the mail server, and let anybody register."""
        mail = {"IDP_MAIL_SERVER": self._smtp.host, "IDP_MAIL_PORT": str(self._smtp.port)}
        return super().settings() | mail | {"IDP_REGISTRATION": "open"}

    def serve(self, command: list[str], environment: dict[str, str] | None = None) -> Process:
        """Start the server."""
        return super().serve(self._command or command, environment)

    def children(self) -> dict[int, str]:
        """Return the server's processes, each with what it does: main, worker or courier."""
        (main,) = self.pids()
        found = {main: "main"}
        for child in Path(f"/proc/{main}/task/{main}/children").read_text().split():
            found[int(child)] = Path(f"/proc/{child}/comm").read_text().strip().removeprefix("idp ")
        return found

    def connections(self) -> int:
        """Return how many connections to its database the server has open."""
        raise NotImplementedError

    def rows(self) -> dict[str, int]:
        """Return how many rows each table has."""
        raise NotImplementedError

    def purge_later(self) -> dict[str, int]:
        """Purge as if more than a year had gone by, and return how many rows are left of what expires."""
        script = Path(__file__).with_name("afterwards.py")
        return dict(_read(self.run([sys.executable, str(script)], self.environment)))


class OnPostgresql(Held, ours.OnPostgresql):
    """On PostgreSQL."""

    def connections(self) -> int:
        """Ask the server."""
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return int(self._ask(asked)[0][0])

    def rows(self) -> dict[str, int]:
        """Ask for what the server has counted."""
        return {name: int(number) for name, number in self._ask("SELECT relname, n_live_tup FROM pg_stat_user_tables")}

    def _ask(self, statement: str) -> list[Any]:
        engine = create_engine(self.environment["IDP_DATABASE_URL"])
        try:
            with engine.connect() as connection:
                return list(connection.execute(text(statement)))
        finally:
            engine.dispose()


class OnSqlite(Held, ours.OnSqlite):
    """On SQLite."""

    def connections(self) -> int:
        """Count the open files, since each connection has the database open once."""
        files = [read_link(file) for process in self.children() for file in list_files(process)]
        return sum(bool(_DATABASE_FILE.search(file)) for file in files)

    def rows(self) -> dict[str, int]:
        """Count."""
        engine = create_engine(f"sqlite:///{self.directory / 'instance' / 'idp.db'}")
        try:
            with engine.connect() as connection:
                names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
                counts = {name: text(f'SELECT count(*) FROM "{name}"') for name in names}  # noqa: S608 - SQLite's own names
                return {name: int(connection.execute(count).scalar_one()) for name, count in counts.items()}
        finally:
            engine.dispose()


def list_files(process: int) -> list[Path]:
    """Return the open files of a process, as links; none of one that has ended."""
    try:
        return [file for file in Path(f"/proc/{process}/fd").iterdir() if file.is_symlink()]
    except FileNotFoundError:
        return []


def read_link(link: Path) -> str:
    """Return what an open file is; nothing where it was closed since it was listed."""
    try:
        return os.readlink(link)
    except FileNotFoundError:
        return ""


def _read(told: str) -> Mapping[str, int]:
    return {name: int(number) for name, number in (line.split() for line in told.splitlines())}
