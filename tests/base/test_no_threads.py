"""A system that has no thread to give, for a limit of processes or of memory: whoever needs one hears 503, and nobody waits for ever."""

import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from idp import create_app
from tests.base.line import in_thread, make_file, note, open_file, wait_until, waiting, written
from tests.base.test_outages import is_busy
from tests.base.test_turns_of_processes import OTHER, ask, hear, start, tell
from tests.conftest import dispose, make_settings, migrate, sqlite_url
from tests.factories import Provider


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The application on a SQLite file, with request limits."""
    settings = make_settings(tmp_path, sqlite_url(tmp_path)).model_copy(update={"ratelimit_enabled": True})
    migrate(settings)
    application = create_app(settings)
    try:
        yield application
    finally:
        dispose(application)


@pytest.fixture
def other(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that writes to the application's file, or to one of that name."""
    if not (tmp_path / "idp.db").exists():
        make_file(tmp_path / "idp.db")
    process = start(OTHER, str(tmp_path / "idp.db"))
    yield process
    process.kill()
    process.communicate()


def refuse(_thread: threading.Thread) -> None:
    """Do as the system does where it has none."""
    raise RuntimeError("can't start new thread")


def test_who_would_wait_for_another_process_is_turned_away(
    tmp_path: Path, other: "subprocess.Popen[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a thread that could wait for a process which writes, a writer hears that the file is locked, and writes later."""
    own = open_file(tmp_path / "idp.db")
    tell(other, "begin_writing")
    with monkeypatch.context() as without:
        without.setattr(threading.Thread, "start", refuse)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            note(own)
    tell(other, "commit")
    note(own, "later")
    own.close()
    assert written(tmp_path / "idp.db") == ["later"]


def test_who_gives_the_turn_back_is_not_harmed(
    tmp_path: Path, other: "subprocess.Popen[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit stands although no thread can be started for those who wait behind another process; they are turned away."""
    first, second = open_file(tmp_path / "idp.db"), open_file(tmp_path / "idp.db")
    first.begin_writing()
    ask(other, "begin_writing")
    told: list[str] = []

    def write() -> None:
        try:
            note(second)
        except sqlite3.OperationalError as error:
            told.append(str(error))

    waiter = in_thread(write)
    wait_until(lambda: waiting(first) == 1)
    first.execute("INSERT INTO notes (text) VALUES ('first')")
    with monkeypatch.context() as without:
        without.setattr(threading.Thread, "start", refuse)
        first.commit()
        waiter.join(20)
    if told:  # unless the other process had not come to the line yet
        assert told == ["database is locked"]
    hear(other, "begin_writing")
    tell(other, "commit")
    for connection in (first, second):
        connection.close()
    assert "first" in written(tmp_path / "idp.db")


def test_pages_and_programs_hear_that_there_is_no_thread(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong secret behind another process, a sign-in that is limited or hashed: each is 503 with Retry-After, and all is well later."""
    provider = Provider(app)
    ann, shop = provider.person(), provider.client(grant_types=["client_credentials"], redirect_uris=[])
    browser = provider.browser()
    browser.get("/signin")
    guess = shop.post() | {"client_secret": "a guess, which is counted", "grant_type": "client_credentials"}
    other = start(OTHER, str(tmp_path / "idp.db"))
    try:
        tell(other, "begin_writing")
        with monkeypatch.context() as without:
            without.setattr(threading.Thread, "start", refuse)
            assert is_busy(provider.http.post("/oauth/token", data=guess))
            assert is_busy(browser.sign_in("/signin", ann))
        tell(other, "commit")
    finally:
        other.kill()
        other.communicate()
    assert provider.http.post("/oauth/token", data=guess).status_code == 401
    assert browser.sign_in("/signin", ann).status_code == 303
