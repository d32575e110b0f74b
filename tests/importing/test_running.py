"""An import that is killed, interrupted or meets what is no entry leaves whole batches, says where it stopped, and goes on from there."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from idp.accounts import erasure, lookup, service
from idp.accounts.models import Account, AccountWord
from idp.base.database import commit, session
from idp.config import Settings
from idp.importing import people, running
from idp.importing.models import ImportedEntry, ImportRun
from idp.importing.sources.tables import Table
from tests.conftest import SECRET_KEY
from tests.importing.arriving import Brought, bring

ROWS = 3000


def write_table(path: Path, count: int) -> Path:
    """Write a table of people, and return its path."""
    rows = (f"{n},person{n}@example.com,person{n},Given{n % 97},Family{n % 89}" for n in range(1, count + 1))
    path.write_text("\n".join(["id,email,username,given_name,family_name", *rows]) + "\n")
    return path


def count_accounts() -> int:
    """Return how many accounts there are."""
    return session().scalar(select(func.count()).select_from(Account)) or 0


def command(settings: Settings) -> dict[str, str]:
    """Return the environment in which the command works on the database of a test."""
    return os.environ | {
        "IDP_DATA_DIR": str(settings.data_dir),
        "IDP_DATABASE_URL": settings.database_url,
        "IDP_SECRET_KEY": SECRET_KEY,
    }


def test_a_killed_import_goes_on_where_it_stopped(settings: Settings, tmp_path: Path) -> None:
    """After kill -9 there are whole batches and nothing else; --resume brings the rest, and nobody is there twice."""
    table, report = write_table(tmp_path / "people.csv", ROWS), tmp_path / "report.jsonl"
    os.mkfifo(
        report
    )  # nobody reads on behind the first line, so that the run is somewhere in its middle when it is killed
    environment = command(settings)
    arguments = [sys.executable, "-m", "idp", "import", "csv", str(table), "--report", str(report)]
    process = subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with report.open() as pipe:  # as soon as the command has it open
        assert json.loads(pipe.readline())["outcome"] == "came"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    report.unlink()
    stopped_at = count_accounts()
    run = session().scalars(select(ImportRun)).one()
    commit()
    assert 0 < stopped_at < ROWS
    assert stopped_at % running.BATCH == 0
    assert (run.done, run.finished_at) == (stopped_at, None)
    done = subprocess.run([*arguments, "--resume"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)["summary"]
    assert (summary["entries"], summary["came"]) == (ROWS, {"account": ROWS})
    assert len(report.read_text().splitlines()) == ROWS - stopped_at + 1
    assert report.stat().st_mode & 0o777 == 0o600
    assert count_accounts() == ROWS
    assert session().scalar(select(func.count(func.distinct(AccountWord.account_id)))) == ROWS
    assert running.find_unfinished(Table(table, "csv")) is None


def test_a_file_that_breaks_off_says_where_and_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read before is there for good, in the last batch too; the message names the line; mended, the file brings the rest."""
    monkeypatch.setattr(running, "BATCH", 50)
    path = write_table(tmp_path / "people.csv", 72)
    whole = path.read_text()
    path.write_text(whole.replace("person70@", '"person70@'))
    brought = Brought()
    with pytest.raises(running.Stopped) as stopped:
        bring(Table(path, "csv"), into=brought)
    assert "behind line" in str(stopped.value)
    assert stopped.value.done == count_accounts() == len(brought.lines) == 69
    path.write_text(whole)
    again = bring(Table(path, "csv"))
    assert (again.done.counts.known["account"], again.done.counts.came["account"]) == (69, 3)


def test_an_interrupted_import_is_continued_with_its_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a run between batches; the run that continues it counts both."""
    monkeypatch.setattr(running, "BATCH", 50)
    table = Table(write_table(tmp_path / "people.csv", 120), "csv")

    def interrupt(_entries: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        running.bring(table, running.Terms("csv"), tell=lambda _line: None, progress=interrupt)
    assert count_accounts() == running.BATCH
    run = running.find_unfinished(table)
    assert run is not None
    rest = bring(table, continued=run)
    assert rest.done.counts.came["account"] == 120
    assert len(rest.lines) == 70
    assert running.find_unfinished(table) is None


def test_another_file_is_never_continued(tmp_path: Path) -> None:
    """A run belongs to the very bytes that it read."""
    path = write_table(tmp_path / "people.csv", 3)
    with path.open("a") as file:
        file.write("1,2,3,4,5,6\n")
    with pytest.raises(running.Stopped):
        bring(Table(path, "csv"))
    assert running.find_unfinished(Table(path, "csv")) is not None
    write_table(path, 4)
    assert running.find_unfinished(Table(path, "csv")) is None


def test_somebody_who_signs_up_meanwhile_stops_nothing(
    app: Flask, backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address that is taken between the look and the write is told as taken, and all others of the batch come."""
    look = people._look

    def sign_up() -> None:
        with app.app_context():
            service.create("person2@example.com", password_hash=None)
            commit()

    def look_and_wait(arrivals: list[people.Arrival], seen: people.Seen | None) -> people._There:
        found = look(arrivals, seen)
        monkeypatch.setattr(people, "_look", look)
        if backend == "postgresql":
            other = threading.Thread(target=sign_up)
            other.start()
            other.join()
        else:  # nobody else writes to SQLite meanwhile: it stands for one that has just ended
            found.emails.clear()
        return found

    if backend == "sqlite":
        sign_up()
    monkeypatch.setattr(people, "_look", look_and_wait)
    brought = bring(Table(write_table(tmp_path / "people.csv", 5), "csv"))
    outcomes = {name: line["outcome"] for name, line in brought.people().items()}
    assert outcomes == {f"person{n}": "not_come" if n == 2 else "came" for n in range(1, 6)}


def test_who_is_there_is_told_and_never_merged(tmp_path: Path) -> None:
    """The same address, or the same username, of an account or earlier in the file: the entry is left out, and the account as it was."""
    service.add("ann@example.com", username="ann", password=None, verified=True)
    commit()
    path = tmp_path / "people.csv"
    path.write_text(
        "id,email,username,given_name\n"
        "1,ANN@example.com,other,Changed\n2,ben@example.com,Ann,Ben\n3,cai@example.com,cai,Cai\n4,Cai@example.com,dee,Dee\n"
        "5,eve@example.com,CAI,Eve\n"
    )
    for dry_run in (True, False):
        brought = bring(Table(path, "csv"), dry_run=dry_run)
        assert [line["outcome"] for line in brought.lines] == ["not_come", "not_come", "came", "not_come", "not_come"]
        assert all("merged" in line["why"] for line in brought.lines if line["outcome"] == "not_come")
    ann = lookup.find_by_email("ann@example.com")
    assert ann is not None
    assert (ann.username, ann.given_name, ann.has_second_factor) == ("ann", "", False)


def test_an_erased_person_does_not_come_again(tmp_path: Path) -> None:
    """The entry is known for good, by a digest that names nobody."""
    table = Table(write_table(tmp_path / "people.csv", 1), "csv")
    bring(table)
    account = lookup.find_by_email("person1@example.com")
    assert account is not None
    erasure.remove(account)
    commit()
    assert bring(table).done.counts.known["account"] == 1
    assert count_accounts() == 0
    assert session().scalars(select(ImportedEntry.account_id)).all() == [None]
