"""Backups: the round trip on both databases, the wrong secret, damage, and what a restore ends."""

import json
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from idp import audit
from idp.accounts import lookup
from idp.audit import AuditEvent
from idp.base import database, schema
from tests.cli.conftest import command as command
from tests.factories import Browser, Client, Person, Provider

Command = Callable[..., str]
OTHER_SECRET = "another secret of this server, for no other purpose"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the backup is to be."""
    return tmp_path / "gatehouse.backup"


@pytest.fixture
def ann_at_shop(provider: Provider, ann: Person) -> tuple[Client, dict[str, str]]:
    """A client, and the tokens that Ann has brought it."""
    client = provider.client(scope="openid offline_access")
    return client, provider.grant(client, provider.browser(ann), "openid offline_access", prompt="consent")


def forget(provider: Provider, ann: Person) -> None:
    """Let everything about Ann be another."""
    with provider.account(ann) as account:
        account.given_name = "Somebody else"


def given_name(provider: Provider) -> str:
    """Return what Ann is called."""
    with provider.working():
        account = lookup.find_by_email("ann@example.org")
        assert account is not None
        return account.given_name


def test_a_round_trip(provider: Provider, ann: Person, command: Command, file: Path) -> None:
    """What was there when the backup was made is there again, in a file that its owner alone may read and nobody can without the secret."""
    with provider.account(ann) as account:
        account.given_name = "Ann the first"
    made = json.loads(command("backup", str(file)))
    assert (made["file"], made["accounts"], made["revision"]) == (str(file), 1, schema.head())
    assert made["bytes"] == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"ann@example.org" not in file.read_bytes()
    assert b"Ann the first" not in file.read_bytes()
    forget(provider, ann)
    told = json.loads(command("restore", str(file), "--replace"))
    assert told["accounts"] == 1
    assert given_name(provider) == "Ann the first"
    with provider.working():
        events = database.session().scalars(select(AuditEvent.event).order_by(AuditEvent.id)).all()
        assert events[-1] == "backup.restored"
        audit.record("signin", subject=ann.sub)  # the log can be written to, and not changed, as before
    assert [path.name for path in file.parent.iterdir() if ".backup" in path.name] == [file.name]
    assert not list(Path(provider.app.extensions["idp.settings"].data_dir).glob(".backup-*"))


def test_everything_ends_by_a_restore(
    provider: Provider, ann: Person, ann_at_shop: tuple[Client, dict[str, str]], command: Command, file: Path
) -> None:
    """Sessions and tokens of the backup end by the restore, since they may have been ended since; so do links that were mailed."""
    client, tokens = ann_at_shop
    browser = provider.browser(ann)
    command("backup", str(file))
    command("restore", str(file), "--replace")
    assert browser.get("/account").status_code == 302 or "/signin" in browser.get("/account").location
    assert provider.refresh(client, tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert provider.introspect(client, tokens["access_token"]).json == {"active": False}
    assert Browser(provider).sign_in("/signin", ann).status_code == 303


def test_sessions_are_kept_where_nothing_has_happened(
    provider: Provider, ann_at_shop: tuple[Client, dict[str, str]], command: Command, file: Path
) -> None:
    """An operator who moves a server keeps everybody signed in."""
    client, tokens = ann_at_shop
    command("backup", str(file))
    command("restore", str(file), "--replace", "--keep-sessions")
    assert provider.refresh(client, tokens["refresh_token"]).status_code == 200


def test_another_secret(
    provider: Provider, ann: Person, command: Command, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under another secret nothing is opened and nothing is touched; the message says what to do, by fingerprints."""
    made = json.loads(command("backup", str(file)))
    monkeypatch.setenv("IDP_SECRET_KEY", OTHER_SECRET)
    said = command("restore", str(file), "--replace", fails=True)
    assert made["secret_fingerprint"] in said
    assert "IDP_SECRET_KEY" in said
    assert OTHER_SECRET not in said
    assert given_name(provider) == ""


def test_damage_is_found_before_anything_is_touched(
    provider: Provider, ann: Person, command: Command, file: Path, tmp_path: Path
) -> None:
    """A file that is cut off, changed anywhere or lengthened is refused, and the database stays as it is."""
    command("backup", str(file))
    forget(provider, ann)
    whole = file.read_bytes()
    start = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    flipped = [*range(0, start, 40), start, start + 2, start + 4, len(whole) // 2, len(whole) - 1]
    damaged = {f"byte {at}": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in flipped}
    damaged |= {
        "cut": whole[:-1],
        "half": whole[: len(whole) // 2],
        "header": whole[:start],
        "none": b"",
        "more": whole + b"x",
    }
    for name, content in damaged.items():
        bad = tmp_path / "bad"
        bad.write_bytes(content)
        assert "Traceback" not in command("restore", str(bad), "--replace", fails=True), name
        assert given_name(provider) == "Somebody else", name


def test_people_are_not_replaced_unasked(provider: Provider, ann: Person, command: Command, file: Path) -> None:
    """A database with people in it is left alone without --replace, and no file is written over."""
    command("backup", str(file))
    assert "--replace" in command("restore", str(file), fails=True)
    before = file.read_bytes()
    assert str(file) in command("backup", str(file), fails=True)
    assert file.read_bytes() == before
    assert command("restore", str(file.parent / "missing"), fails=True)
    assert command("backup", str(file.parent / "missing" / "x"), fails=True)


def test_a_newer_version_and_another_kind(provider: Provider, ann: Person, command: Command, file: Path) -> None:
    """A backup of a newer version or of the other database is refused in a sentence."""
    command("backup", str(file))
    whole = file.read_bytes()
    for old, new, word in (
        (schema.head(), "9999", "newer"),
        ('"sqlite"', '"postgresql"', "kind"),
        ('"postgresql"', '"sqlite"', "kind"),
    ):
        if old.encode() in whole:
            file.write_bytes(whole.replace(old.encode(), new.encode(), 1))
            assert word in command("restore", str(file), "--replace", fails=True)


def test_an_older_backup_is_brought_to_head(
    backend: str, provider: Provider, ann: Person, command: Command, file: Path
) -> None:
    """A backup of an earlier revision is restored and migrated."""
    from alembic import command as alembic
    from alembic.config import Config

    settings = provider.app.extensions["idp.settings"]
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    with provider.app.app_context(), database.db.engine.begin() as connection:
        config.attributes["connection"] = connection
        alembic.downgrade(config, "-1")
    from idp.backup import archive, on_postgresql, on_sqlite
    from idp.base.extensions import vault

    with provider.app.app_context(), file.open("wb") as target:
        work = file.parent / "work"
        work.mkdir()
        url = settings.database_url
        content = on_sqlite.dump(url, work) if backend == "sqlite" else on_postgresql.dump(url)
        before = sorted(schema.revisions())[-2]
        header = {"dialect": backend, "revision": before, "made_at": "2026-01-01T00:00:00+00:00"}
        archive.write(target, header, content, vault())
    command("restore", str(file), "--replace")
    assert schema.is_at_head(provider.app)
    assert given_name(provider) == ""


def test_an_empty_database(
    provider: Provider,
    ann: Person,
    command: Command,
    file: Path,
    tmp_path: Path,
    backend: str,
    monkeypatch: pytest.MonkeyPatch,
    postgres_server: object,
) -> None:
    """On a new machine a backup makes the database."""
    command("backup", str(file))
    url = f"sqlite:///{tmp_path}/new.db"
    if backend == "postgresql":
        url = postgres_server.create_database("restored")  # type: ignore[attr-defined] # PostgresServer
    monkeypatch.setenv("IDP_DATABASE_URL", url)
    command("restore", str(file))
    if backend == "sqlite":
        rows = sqlite3.connect(tmp_path / "new.db").execute("SELECT email FROM accounts").fetchall()
    else:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            rows = connection.execute("SELECT email FROM accounts").fetchall()
    assert rows == [("ann@example.org",)]
