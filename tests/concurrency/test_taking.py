"""Whatever comes between the look at who asks and the write: what it left is what stays, for every writer and on both databases."""

import itertools
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, text

from idp import create_app
from idp.accounts.authority import granting
from idp.base.database import connection, engine
from idp.factors import recovery_codes
from idp.factors import service as factors
from idp.oauth.models import Grant, RefreshToken
from idp.sessions import BrowserSession
from tests.concurrency import interruptions, writers
from tests.concurrency.interruptions import CLOSING, ENDING, NEW_EPOCH, Seams, belongings, disable, remove_factors
from tests.concurrency.scene import Act, Scene
from tests.concurrency.writers import BY_FACTOR, BY_PASSWORD, OTHERWISE, PAUSING, SIGNED_IN
from tests.conftest import dispose, make_settings, migrate, sqlite_url
from tests.factories import Client, Provider
from tests.federation import stand_in
from tests.federation.stand_in import CLIENT_ID, CLIENT_SECRET, StandIn


@pytest.fixture(scope="module")
def stand() -> Iterator[StandIn]:
    """A stand-in for GitHub."""
    with stand_in.running() as stand:
        yield stand


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def provider(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, stand: StandIn
) -> Iterator[Provider]:
    """One application for all of these tests; each has people of its own."""
    data_dir = tmp_path_factory.mktemp("taking")
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("_sqlite_template"), data_dir / "idp.db")
        values = make_settings(data_dir, sqlite_url(data_dir), issuer="http://localhost:5000")
    else:
        url = request.getfixturevalue("postgres_server").create_database("taking")
        values = make_settings(data_dir, url, issuer="http://localhost:5000")
        migrate(values)
    values.github_client_id, values.github_client_secret = CLIENT_ID, SecretStr(CLIENT_SECRET)
    values.github_url = values.github_api_url = stand.url
    app = create_app(values)
    try:
        yield Provider(app)
    finally:
        dispose(app)


@pytest.fixture(scope="module")
def shop(provider: Provider) -> Client:
    """An application that people may let in."""
    return provider.client()


@pytest.fixture
def scene(request: pytest.FixtureRequest, provider: Provider, stand: StandIn, shop: Client) -> Any:
    """Make a scene with a person of its own, unless nothing can come in between: whoever writes to SQLite lets nobody else write from
    the first look until the commit.
    """
    kind = request.node.callspec.params.get("kind", "lock")
    if kind != "pause" and provider.app.extensions["idp.settings"].is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    return lambda: Scene(provider, stand, shop)


@pytest.fixture
def seams(monkeypatch: pytest.MonkeyPatch) -> Seams:
    """The places at which something can come in between."""
    return Seams(monkeypatch)


def interrupted(scene: Scene, seams: Seams, kind: str, act: Act, interruption: interruptions.Interruption) -> Any:
    """Act with an interruption, and return what the account has after each, and the answer."""
    left: list[Any] = []

    def interrupt() -> None:
        interruption(scene.provider, scene.person)
        left.append(belongings(scene.provider, scene.person))

    answer = seams.during(kind, act, interrupt)
    assert answer.status_code < 500, answer.text[:500]
    return left[0], belongings(scene.provider, scene.person), answer


def _cases() -> "list[Any]":
    """Return each writer with each seam that it comes to, and what may come in between: three things in turn, and the rest if slow."""
    kinds = [
        (writer, kind, ends)
        for group, ends in ((SIGNED_IN, ENDING), (BY_PASSWORD, NEW_EPOCH))
        for writer in group
        for kind in ("lock", "pause")
        if kind == "lock" or writer in PAUSING
    ]
    kinds += [(writer, "lock", CLOSING) for writer in OTHERWISE]
    cases = []
    for number, (writer, kind, ends) in enumerate(kinds):
        first = [ends[(number + step) % len(ends)] for step in range(2)]
        first = list(dict.fromkeys([ends[0], *first]))
        rest = [end for end in ends if end not in first]
        for chosen, marks in ((first, ()), (rest, pytest.mark.slow)):
            if chosen:
                name = f"{writer.__name__}-{kind}{'-rest' if chosen is rest else ''}"
                cases.append(pytest.param(writer, kind, chosen, id=name, marks=marks))
    return cases


@pytest.mark.parametrize(("writer", "kind", "ends"), _cases())
def test_nothing_is_written_by_a_right_that_has_ended(
    scene: Any, seams: Seams, writer: Any, kind: str, ends: Any
) -> None:
    """A reset, an undone change of address, a closed or erased account, a new password and a sign-out everywhere are the last word: a
    request that was under way changes nothing any more, and signs nobody in.
    """
    for interruption in ends:
        place = scene()
        left, after, _answer = interrupted(place, seams, kind, writer(place), interruption)
        assert after == left, interruption.__name__


@pytest.mark.parametrize("writer", BY_FACTOR, ids=lambda writer: writer.__name__)
def test_a_removed_factor_is_shown_no_more(scene: Any, seams: Seams, writer: Any) -> None:
    """A factor that is removed while it is shown, or codes are made beside it, leaves an account without factors and codes."""
    place = scene()
    interrupted(place, seams, "lock", writer(place), remove_factors)
    with place.provider.account(place.person) as account:
        assert (factors.of(account).count, account.has_second_factor) == (0, False)
        assert recovery_codes.count_left(account.id) == 0
        shown = select(func.count()).where(
            BrowserSession.account_id == account.id, BrowserSession.second_factor_at.is_not(None)
        )
        assert connection().execute(shown).scalar_one() == 0


def rotate(scene: Scene) -> Act:
    """Refresh tokens, as a public client."""
    app = scene.provider.client(public=True)
    tokens = scene.provider.grant(app, scene.browser, scope="openid offline_access")
    return lambda: scene.provider.refresh(app, tokens["refresh_token"])


MOVES = {
    "epoch": "UPDATE accounts SET token_epoch = token_epoch + 1 WHERE id = :id",
    "closed": "UPDATE accounts SET disabled_at = created_at WHERE id = :id",
    "erased": "DELETE FROM accounts WHERE id = :id",
    "session": "UPDATE browser_sessions SET ended_at = created_at WHERE account_id = :id",
}
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.mark.parametrize(
    ("writer", "move"),
    [
        *itertools.product((writers.redeem, writers.refresh, rotate), ("epoch", "closed", "erased")),
        (writers.redeem, "session"),
    ],
)
def test_tokens_of_an_ended_grant_are_not_issued(scene: Any, writer: Any, move: str) -> None:
    """A code or a refresh token that was good when it came waits for whoever changes its account, and yields nothing once that has moved
    on; a code is not used up by it, nor is a rotation claimed.
    """
    place = scene()
    act = writer(place)
    with ThreadPoolExecutor(1) as pool, place.provider.app.app_context():
        with engine().begin() as moving:
            moving.execute(text(MOVES[move]), {"id": place.person.id})
            asked = pool.submit(act)
            deadline = time.monotonic() + 60
            with engine().connect() as watching:
                while not (is_waiting := bool(watching.scalar(text(WAITING)))) and time.monotonic() < deadline:
                    assert not asked.done(), "it did not wait"
                    watching.rollback()
        answer = asked.result(60)
    assert is_waiting
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")
    with place.provider.working():
        mine = Grant.account_id == place.person.id
        redeemed = select(func.count(Grant.id)).where(mine, Grant.redeemed_at.is_not(None))
        assert connection().execute(redeemed).scalar_one() == (writer is not writers.redeem)
        rotated = select(func.count(RefreshToken.rotated_at)).where(RefreshToken.grant_id == Grant.id, mine)
        assert connection().execute(rotated).scalar_one() == 0


ACTS = ["disable", "enable", "reset", "sign-out", "factors/remove"]


@pytest.mark.parametrize("path", ACTS)
@pytest.mark.parametrize("ends", ["withdrawn", "disabled", "signed out"])
def test_an_administrator_who_is_none_any_more_does_nothing(scene: Any, seams: Seams, path: str, ends: str) -> None:
    """Whose rights are withdrawn, or whose account is closed, while a form of theirs is under way, has acted before or not at all."""
    place, other = scene(), scene()
    with place.provider.account(place.person) as account:
        granting.give(account, "owner", by="the tests")
    place.provider.person(f"root-{place.person.id}@example.org", is_admin=True)

    def end(provider: Provider, person: Any) -> None:
        with provider.account(person) as account:
            if ends == "withdrawn":
                assert granting.withdraw(account, "owner", actor=None) is None
        if ends != "withdrawn":
            (disable if ends == "disabled" else interruptions.sign_out_everywhere)(provider, person)

    before = belongings(place.provider, other.person)
    page = f"/admin/people/{other.person.sub}"
    _left, _after, answer = interrupted(place, seams, "lock", place.post(f"{page}/{path}", page=page), end)
    assert answer.status_code in {303, 403}
    assert answer.location is None or answer.location.startswith("/signin")
    assert belongings(place.provider, other.person) == before


RACING = [writers.connect, writers.register_passkey, writers.confirm_app, writers.consent, writers.ask_for_address]
ROUNDS = 3


@pytest.mark.parametrize("writer", RACING, ids=lambda writer: writer.__name__)
def test_an_undoing_beside_it_leaves_nothing(provider: Provider, stand: StandIn, shop: Client, writer: Any) -> None:
    """However an undoing and a thief's request fall together, nothing that the thief set up is left, and nobody sees an error of ours."""
    for _round in range(ROUNDS):
        place = Scene(provider, stand, shop)
        token = interruptions.undo_token(provider, place.person)
        answer = at_once(writer(place), lambda token=token: interruptions.press_undo(provider, token))
        assert answer.status_code < 500
        left = belongings(provider, place.person)
        names = ("upstream_identities", "passkeys", "authenticators", "recovery_codes", "consents")
        assert [name for name in names if left[name]] == []
        assert "change-email" not in str(left["proofs"])
        assert place.browser.get("/account").status_code == 303


def test_a_reset_beside_a_sign_in_leaves_no_session(provider: Provider, stand: StandIn, shop: Client) -> None:
    """However a reset and a sign-in by the old password fall together, nobody is signed in by the old one afterwards."""
    for _round in range(ROUNDS * 2):
        place = Scene(provider, stand, shop)
        act = writers.sign_in_with_an_old_hash(place)
        at_once(act, lambda place=place: interruptions.reset(provider, place.person))
        assert place.browser.get("/account").status_code == 303
        again = writers.sign_in(place)()
        assert (again.status_code, again.location) == (400, None)


def at_once(act: Act, beside: Any) -> Any:
    """Do two things at once; return what came of the first."""
    ready = threading.Barrier(2)

    def wait_and_act(what: Any) -> Any:
        ready.wait(30)
        return what()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(wait_and_act, act), pool.submit(wait_and_act, beside)
        second.result(60)
        return first.result(60)
