"""A code is issued by what was read a moment before: whatever moves between the read and the write, or while the write waits, is seen."""

import itertools
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from sqlalchemy import func, select, text

from idp import create_app
from idp.base.database import connection, engine
from idp.clients import service as clients
from idp.oauth import issuing
from idp.oauth.models import Grant
from tests.conftest import dispose, make_settings, sqlite_url
from tests.factories import Browser, Client, Person, Provider
from tests.factories import request as asking
from tests.spec.rfc9068.standing import let_in, put_into, take_out
from tests.support import postgres

_numbers = itertools.count(1)

SCOPE = "openid email"
NOW = "created_at"  # an instant that every row has
POLICY = "INSERT INTO policies (name, value, changed_at) SELECT 'second_factor', '\"{}\"', created_at FROM accounts WHERE id = :id"
SIGN_IN, STEP_UP, ENROL, CONSENT = "/signin?", "/signin/code?", "/account/security?", "/consent?"
OF_SESSION = "UPDATE browser_sessions SET {} WHERE account_id = :id"
OF_ACCOUNT = "UPDATE accounts SET {} WHERE id = :id"

# Each condition of the statement: what moves, and to which page the request goes on then.
MOVES: dict[str, tuple[str, str]] = {
    "the session ended": (OF_SESSION.format(f"ended_at = {NOW}"), SIGN_IN),
    "the session expired": (OF_SESSION.format(f"expires_at = {NOW}"), SIGN_IN),
    "the session was left alone": (OF_SESSION.format("last_seen_at = '2001-01-01 00:00:00'"), SIGN_IN),
    "the session got another secret": (OF_SESSION.format("token_digest = :other"), SIGN_IN),
    "the session is of another epoch": (OF_SESSION.format("epoch = epoch - 1"), SIGN_IN),
    "the session is gone": ("DELETE FROM browser_sessions WHERE account_id = :id", SIGN_IN),
    "the account moved on": (OF_ACCOUNT.format("token_epoch = token_epoch + 1"), SIGN_IN),
    "the account was closed": (OF_ACCOUNT.format(f"disabled_at = {NOW}"), SIGN_IN),
    "the account was erased": ("DELETE FROM accounts WHERE id = :id", SIGN_IN),
    "a second factor was added": (OF_ACCOUNT.format(f"second_factor_since = {NOW}"), STEP_UP),
    "everybody must have a second factor": (POLICY.format("everybody"), ENROL),
    "administrators must have a second factor": (POLICY.format("administrators"), ENROL),
}
OF_CONSENT: dict[str, tuple[str, str]] = {
    "the consent was withdrawn": ("DELETE FROM consents WHERE account_id = :id", CONSENT),
    "the consent is to less": ("UPDATE consents SET scope = 'openid' WHERE account_id = :id", CONSENT),
}
SOME = ("the session ended", "the account was closed", "everybody must have a second factor")
TWO_FACTORS: dict[str, tuple[str, str]] = {
    "what was shown was forgotten": (OF_SESSION.format("second_factor_at = NULL"), STEP_UP),
}


@dataclass
class Stage:
    """A person who has let a client in, at a browser, and a request that was made beforehand where it has to wait."""

    provider: Provider
    person: Person
    browser: Browser
    client: Client
    between: list[Callable[[], None]]

    def move(self, statement: str) -> None:
        """Change something in a transaction of its own."""
        with self.provider.working():
            connection().execute(*self.change(statement))

    def change(self, statement: str) -> tuple[Any, dict[str, Any]]:
        """Return a statement about the person, with its values."""
        other = {"other": secrets.token_bytes(32)} if ":other" in statement else {}
        return text(statement), {"id": self.person.id} | other

    def grants(self) -> int:
        """Return how many grants the person has given."""
        with self.provider.working():
            return connection().execute(
                select(func.count(Grant.id)).where(Grant.account_id == self.person.id)
            ).scalar_one()  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def provider(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """One application for all of these tests; each has a person of its own."""
    data_dir = tmp_path_factory.mktemp("issuing")
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("_sqlite_template"), data_dir / "idp.db")
        app = create_app(make_settings(data_dir, sqlite_url(data_dir)))
    else:
        url = request.getfixturevalue("_postgres_database")
        postgres.truncate(url)
        app = create_app(make_settings(data_dir, url))
    try:
        yield Provider(app)
    finally:
        dispose(app)


@pytest.fixture
def stage(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A stage on which what is put into `between` happens once, after the read and before the write of the next request."""
    person = provider.person(f"person-{next(_numbers)}@example.org", is_admin=True)
    browser, client = provider.browser(person), provider.client(scope="openid email profile")
    browser.answer(client, scope=SCOPE)
    made = Stage(provider, person, browser, client, [])
    write = issuing.issue_code

    def interrupted(*args: Any, **values: Any) -> str | None:
        if made.between:
            happens = threading.Thread(target=made.between.pop())
            happens.start()
            happens.join(60)
        return write(*args, **values)

    monkeypatch.setattr(issuing, "issue_code", interrupted)
    yield made
    made.move("DELETE FROM policies WHERE :id > 0")
    assert made.between == [], "the request came to no write"


def waiting(stage: Stage) -> str:
    """Return where a request that waits for its person goes on, all of which they have shown and allowed."""
    answer = stage.provider.http.get("/oauth/authorize", query_string=asking(stage.client, scope=SCOPE))
    return f"/oauth/resume?id={answer.location.rpartition('id%3D')[2]}"


def ask(stage: Stage, path: str | None) -> Any:
    """Ask for a code: by a new request, or by one that waited."""
    return stage.browser.authorize(stage.client, scope=SCOPE) if path is None else stage.browser.get(path)


@pytest.mark.parametrize(
    ("name", "is_waiting"),
    [*product([*MOVES, *OF_CONSENT], [False]), *product(SOME, [True]), ("the consent was withdrawn", True)],
)
def test_what_moved_is_decided_upon_anew(stage: Stage, name: str, is_waiting: bool) -> None:
    """Whatever a code hangs on and has moved since it was read, no code is issued, and the request goes on where it now has to."""
    path = waiting(stage) if is_waiting else None
    before = stage.grants()
    statement, page = (MOVES | OF_CONSENT)[name]
    stage.between.append(lambda: stage.move(statement))
    answer = ask(stage, path)
    assert (answer.status_code, answer.location[: len(page)]) == (303, page)
    assert stage.grants() == before


@pytest.mark.parametrize("name", SOME)
def test_clients_that_need_no_consent_wait_for_the_same(stage: Stage, name: str) -> None:
    """A client whose people are not asked gets no code by a right that has ended either."""
    stage.client = stage.provider.client(scope="openid email", first_party=True)
    statement, page = MOVES[name]
    before = stage.grants()
    stage.between.append(lambda: stage.move(statement))
    answer = ask(stage, None)
    assert (answer.status_code, answer.location[: len(page)]) == (303, page)
    assert stage.grants() == before


def test_what_was_shown_counts_while_it_is_remembered(stage: Stage) -> None:
    """A second factor that was shown when the request came, and counts no more when the code is issued, is asked for again."""
    stage.move(OF_ACCOUNT.format(f"second_factor_since = {NOW}"))
    stage.move(OF_SESSION.format(f"second_factor_at = {NOW}"))
    for statement, page in TWO_FACTORS.values():
        before = stage.grants()
        stage.between.append(lambda statement=statement: stage.move(statement))
        assert ask(stage, None).location.startswith(page)
        assert stage.grants() == before


def test_a_client_that_is_gone_gets_nothing(stage: Stage) -> None:
    """A client that is deleted meanwhile is issued no code: what was allowed it went with it."""

    def remove() -> None:
        with stage.provider.working():
            row = clients.get(stage.client.client_id)
            assert row is not None
            clients.remove(row, actor="root")

    before = stage.grants()
    stage.between.append(remove)
    assert ask(stage, None).status_code == 400
    assert stage.grants() == before


@pytest.mark.parametrize("is_waiting", [False, True], ids=["asked", "resumed"])
def test_who_leaves_the_group_meanwhile_gets_nothing(stage: Stage, is_waiting: bool) -> None:
    """A client for the members of a group issues no code to somebody who has left it since the request was looked at."""
    stage.client = stage.provider.client(scope="openid email", first_party=True)
    path = waiting(stage) if is_waiting else None
    put_into(stage.provider, stage.person, "/staff")
    let_in(stage.provider, stage.client, "/staff")
    before = stage.grants()
    stage.between.append(lambda: take_out(stage.provider, stage.person, "/staff"))
    assert ask(stage, path).location.startswith("/no-access?")
    assert stage.grants() == before


@pytest.mark.parametrize("is_waiting", [False, True], ids=["asked", "resumed"])
def test_more_consent_is_no_reason_to_refuse(stage: Stage, is_waiting: bool) -> None:
    """Where something moved that leaves the decision as it was, a code is issued by the second look, and one grant is recorded."""
    path = waiting(stage) if is_waiting else None
    before = stage.grants()
    wider = "UPDATE consents SET scope = 'email openid profile' WHERE account_id = :id"
    stage.between.append(lambda: stage.move(wider))
    answer = ask(stage, path)
    assert "code=" in answer.location
    assert stage.grants() == before + 1


def test_a_request_that_was_answered_meanwhile_has_no_second_answer(stage: Stage) -> None:
    """Of two answers to a request that waited the second gets the page that says so, and records nothing."""
    path = waiting(stage)
    before = stage.grants()
    stage.between.append(lambda: _use_up(stage))
    answer = ask(stage, path)
    assert (answer.status_code, answer.location) == (400, None)
    assert stage.grants() == before


def _use_up(stage: Stage) -> None:
    stage.move("UPDATE pending_requests SET expires_at = '2001-01-01 00:00:00', parameters = '{}'")


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
LOCKED = ("the session ended", "the account was closed", "the consent was withdrawn")
LOCKING = {
    "the session ended", "the session got another secret", "the account moved on", "the account was closed", "the account was erased",
    "a second factor was added", *OF_CONSENT,
}  # fmt: skip


@pytest.mark.parametrize(("name", "is_waiting"), [*product(sorted(LOCKING), [False]), *product(LOCKED, [True])])
def test_a_code_waits_for_whoever_changes_what_it_hangs_on(stage: Stage, name: str, is_waiting: bool) -> None:
    """A request that comes while a change is under way waits until it is made, and issues no code by what was before it."""
    if stage.provider.app.extensions["idp.settings"].is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    path = waiting(stage) if is_waiting else None
    before = stage.grants()
    statement, page = (MOVES | OF_CONSENT)[name]
    with ThreadPoolExecutor(1) as pool, stage.provider.app.app_context():
        with engine().begin() as moving:
            moving.execute(*stage.change(statement))
            asked = pool.submit(ask, stage, path)
            _wait_for_it(asked)
        answer = asked.result(60)
    assert (answer.status_code, answer.location[: len(page)]) == (303, page)
    assert stage.grants() == before


def _wait_for_it(asked: Any) -> None:
    deadline = time.monotonic() + 60
    with engine().connect() as watching:
        while not watching.scalar(text(WAITING)) and time.monotonic() < deadline:
            assert not asked.done(), "it did not wait"
            watching.rollback()
            time.sleep(0.01)


def test_a_request_has_one_answer_of_many_at_once(stage: Stage) -> None:
    """Of eight at once that take up the same request, one gets a code and one grant is recorded."""
    path = waiting(stage)
    before = stage.grants()
    cookie = stage.browser.http.get_cookie("idp_session", domain="localhost")
    assert cookie is not None

    def resume(_number: int) -> Any:
        http = stage.provider.app.test_client()
        http.set_cookie("idp_session", cookie.value, domain="localhost")
        return http.get(path, headers={"Accept": "text/html"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(resume, range(8)))
    assert sorted(answer.status_code for answer in answers) == [303, *[400] * 7]
    assert stage.grants() == before + 1
