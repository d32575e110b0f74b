"""Whatever keeps a command from working is one sentence on standard error and status 1, never a traceback."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from idp.cli import main
from tests.conftest import sqlite_url
from tests.support import services
from tests.support.postgres import PostgresServer

COMMANDS = [["serve"], ["migrate"], ["user", "create", "--email", "ann@example.org"], ["keys", "list"], ["worker"]]


SECRETS = [f"a secret of thirty-two letters or more, {number}" for number in ("the first", "the second")]


def nonsense(home: Path) -> dict[str, str]:
    """A file that is no SQLite database."""
    (home / "idp.db").write_text("This is a letter to somebody, and no database at all." * 100)
    return {"IDP_DATABASE_URL": sqlite_url(home)}


def nowhere(home: Path) -> dict[str, str]:
    """A SQLite file in a directory that does not exist."""
    return {"IDP_DATABASE_URL": f"sqlite:///{home}/not/there/idp.db"}


def newer(home: Path) -> dict[str, str]:
    """A database of a newer version."""
    with sqlite3.connect(home / "idp.db") as made:
        made.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        made.execute("INSERT INTO alembic_version VALUES ('f00d')")
    return {"IDP_DATABASE_URL": sqlite_url(home)}


def refused(home: Path) -> dict[str, str]:
    """A port on which no database listens."""
    return {"IDP_DATABASE_URL": f"postgresql+psycopg://gatehouse:top-secret@127.0.0.1:{services.free_port()}/gatehouse"}


def no_directory(home: Path) -> dict[str, str]:
    """A data directory that is a file."""
    (home / "file").touch()
    return {"IDP_DATA_DIR": str(home / "file")}


def no_text(home: Path) -> dict[str, str]:
    """A file of settings in another encoding."""
    (home / ".env").write_bytes("IDP_MAIL_USERNAME=m\u00fcller\n".encode("latin-1"))
    return {}


def another_secret(home: Path) -> dict[str, str]:
    """A database whose signing keys were sealed with another secret."""
    place = {"IDP_DATABASE_URL": sqlite_url(home), "IDP_DATA_DIR": str(home)}
    assert run(["keys", "list"], place | {"IDP_SECRET_KEY": SECRETS[0]})[0] == 0
    return place | {"IDP_SECRET_KEY": SECRETS[1]}


TROUBLES: dict[Callable[[Path], dict[str, str]], str] = {
    nonsense: "IDP_DATABASE_URL (sqlite:///{home}/idp.db): DatabaseError (SQLITE_NOTADB): file is not a database",
    nowhere: "IDP_DATABASE_URL (sqlite:///{home}/not/there/idp.db): OperationalError (SQLITE_CANTOPEN): unable to open database file",
    newer: "IDP_DATABASE_URL: the database is at revision f00d, which this version does not know: it is of a newer one",
    refused: "Connection refused",
    no_directory: "IDP_DATA_DIR: {home}/file: File exists",
    another_secret: "IDP_SECRET_KEY: what is sealed in the database was sealed with another one",
    no_text: ".env is no text in UTF-8",
}


def run(arguments: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a command in this process, and return its status and what it said, standard output last."""
    done = CliRunner().invoke(main, arguments, env=environment)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stderr + done.stdout


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of an operator who has set up nothing yet, in a directory of its own."""
    monkeypatch.chdir(tmp_path)
    return {"IDP_DATA_DIR": str(tmp_path), "IDP_BIND": f"127.0.0.1:{services.free_port()}"}


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
def test_every_command_says_it_in_one_sentence(
    environment: dict[str, str], tmp_path: Path, trouble: Callable[[Path], dict[str, str]]
) -> None:
    """A broken or missing database, data directory or file of settings ends each command with one line that names it."""
    environment |= trouble(tmp_path)
    for command in COMMANDS:
        status, said = run(command, environment)
        assert status == 1, command
        assert said.startswith("idp: ")
        assert len(said.splitlines()) == 1, said
        assert TROUBLES[trouble].format(home=tmp_path) in said
        assert "top-secret" not in said
    status, said = run(["doctor"], environment)
    assert status == 1
    assert "FAIL" in said
    assert "top-secret" not in said


def test_a_server_that_cannot_listen_says_so_before_it_migrates(environment: dict[str, str], tmp_path: Path) -> None:
    """`serve` refuses a host name without an address and a bad pair of TLS files, and touches no database before."""
    (tmp_path / "x.pem").write_text("nonsense")
    files = {"IDP_TLS_CERT_FILE": "x.pem", "IDP_TLS_KEY_FILE": "x.pem"}
    for more, reason in (
        ({"IDP_BIND": "nobody.invalid:5999"}, "IDP_BIND: nobody.invalid"),
        (files, "IDP_TLS_CERT_FILE: x.pem"),
    ):
        status, said = run(["serve"], environment | more)
        assert (status, len(said.splitlines())) == (1, 1)
        assert said.startswith(f"idp: {reason}")
        assert run(["doctor"], environment | more)[1].startswith(f"settings  FAIL  {reason}")
    assert not (tmp_path / "idp.db").exists()


@pytest.mark.parametrize(
    ("name", "presets", "reason"),
    [
        ("nobody", "", "no password supplied"),
        ("gatehouse", "NOLOGIN", "is not permitted to log in"),
        ("gatehouse", "LOGIN", "permission denied for schema public"),
    ],
)
def test_what_postgresql_forbids_is_one_sentence(
    environment: dict[str, str], postgres_server: PostgresServer, name: str, presets: str, reason: str
) -> None:
    """A role that is not there, may not enter or may not make tables is said in PostgreSQL's own words, without a traceback."""
    url = postgres_server.create_database("forbidden")
    role = f"{name}_{url.rpartition('_')[2]}"
    password = ""
    if presets:
        password = ":secret"
        with postgres_server.connect() as connection:
            connection.execute(f"CREATE ROLE {role} {presets} PASSWORD 'secret'")  # type: ignore[arg-type]
    address = url.rpartition("@")[2]
    status, said = run(
        ["migrate"], environment | {"IDP_DATABASE_URL": f"postgresql+psycopg://{role}{password}@{address}"}
    )
    assert (status, len(said.splitlines())) == (1, 1)
    assert reason in said
    assert said.startswith("idp: IDP_DATABASE_URL (postgresql+psycopg://")


def test_another_secret_is_named(environment: dict[str, str]) -> None:
    """`doctor` says that what is sealed was sealed with another secret."""
    assert run(["migrate"], environment)[0] == 0
    said = run(["doctor"], environment | {"IDP_SECRET_KEY": "another secret, which is long enough for a server"})[1]
    assert "keys      FAIL  IDP_SECRET_KEY: what is sealed in the database was sealed with another one" in said


def test_single_algorithms_rotate(environment: dict[str, str]) -> None:
    """`keys rotate --alg` moves the keys of the named algorithms on and leaves the others; an unknown one is one sentence."""
    before = run(["keys", "list"], environment)[1]
    status, said = run(["keys", "rotate", "--alg", "RS256"], environment)
    assert status == 0
    assert said.count("retired") == 1
    kept = [line for line in before.splitlines() if " EdDSA " in line or " ES256 " in line or " PS256 " in line]
    assert len(kept) == 6
    assert all(line in said for line in kept)
    status, said = run(["keys", "rotate", "--alg", "RS256", "--alg", "HS512"], environment)
    assert (status, said.strip()) == (1, "idp: --alg: there are no keys of HS512, but of RS256, PS256, ES256, EdDSA")


def test_a_reader_that_has_enough_is_no_trouble(environment: dict[str, str]) -> None:
    """Whoever reads the first line of a list and goes, as `head` does, sees no complaint about a pipe."""
    started = [sys.executable, "-m", "idp", "keys", "list"]
    subprocess.run(
        [sys.executable, "-m", "idp", "migrate"], env=os.environ | environment, check=True, capture_output=True
    )
    given, end = os.pipe()
    os.close(given)
    done = subprocess.run(
        started, env=os.environ | environment, stdout=end, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(end)
    assert "pipe" not in done.stderr.lower(), done.stderr
