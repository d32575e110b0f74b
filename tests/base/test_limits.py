"""Request limits: how they are written, counted by a process and in Redis, and what they cost."""

import threading

import pytest
from flask import Flask

from idp import create_app
from idp.base import limits
from idp.base.http import limited
from idp.base.limits import InMemory, InRedis, Rate, Store
from idp.config import Settings
from tests.conftest import dispose
from tests.support.redis import RedisServer

MINUTE = Rate(60, 3)


@pytest.fixture
def backend() -> str:
    """The database has no part in it."""
    return "sqlite"


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> Store:
    """A store of each kind, empty."""
    if request.param == "memory":
        return InMemory()
    server: RedisServer = request.getfixturevalue("redis_server")
    return InRedis(server.url)


def admit(store: Store, times: int, *rates: Rate, who: str = "ann", is_counted: bool = True) -> list[bool]:
    """Send so many requests; return which were let in."""
    return [store.admit(who, rates, is_counted=is_counted) == 0 for _ in range(times)]


def test_a_rate_is_read_as_it_is_written() -> None:
    """A rate is a number of requests per second, minute, hour or day; nothing else is one."""
    assert limits.parse("10 per minute") == Rate(60, 10)
    assert limits.parse("200 per hour") == Rate(3600, 200)
    for text in ("10 per week", "10/minute", "", "-1 per day"):
        with pytest.raises(ValueError, match="not a rate"):
            limits.parse(text)


def test_a_window_takes_so_many_requests(store: Store) -> None:
    """Of each source so many requests are let in, and of the next one it is said when the window ends."""
    assert admit(store, 4, MINUTE) == [True, True, True, False]
    assert 58 < store.admit("ann", [MINUTE], is_counted=True) <= 60
    assert admit(store, 1, MINUTE, who="bob") == [True]


def test_a_window_begins_anew(store: Store) -> None:
    """Once a window is over, requests are let in again, and the process forgets what is over."""
    short = Rate(1, 1)
    assert admit(store, 2, short) == [True, False]
    threading.Event().wait(1.05)
    if isinstance(store, InMemory):
        store._sweep_at = 0
        assert admit(store, 1, MINUTE, who="bob") == [True]
        assert [who for who, _rate in store._windows] == ["bob"]
    assert admit(store, 2, short) == [True, False]


def test_several_windows_all_hold(store: Store) -> None:
    """A request must fit into each window of its route; one that does not fit into the first counts in no other."""
    hour = Rate(3600, 5)
    assert admit(store, 5, MINUTE, hour) == [True, True, True, False, False]
    assert admit(store, 3, hour) == [True, True, False]


def test_a_look_counts_nothing(store: Store) -> None:
    """Where the answer decides whether a request is counted, asking beforehand counts nothing and still refuses what is too much."""
    assert admit(store, 9, MINUTE, is_counted=False) == [True] * 9
    assert admit(store, 3, MINUTE) == [True] * 3
    assert admit(store, 1, MINUTE, is_counted=False) == [False]


def test_stores_of_one_redis_count_together(redis_server: RedisServer) -> None:
    """Two processes that share a Redis let in together what one of them would alone."""
    first, second = InRedis(redis_server.url), InRedis(redis_server.url)
    assert admit(first, 2, MINUTE) + admit(second, 2, MINUTE) == [True, True, True, False]


def test_a_process_counts_by_itself_without_redis() -> None:
    """Where Redis refuses connections, a limit still holds in each process."""
    assert admit(InRedis("redis://127.0.0.1:9/0"), 4, MINUTE) == [True, True, True, False]


def test_a_limited_request_starts_no_thread(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting a request is no more than counting: it starts no thread or timer."""
    app: Flask = create_app(settings.model_copy(update={"ratelimit_enabled": True}))
    app.add_url_rule("/counted", "counted", limited("3 per minute", methods=("GET",))(lambda: "counted"))
    started: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", started.append)
    try:
        answers = [app.test_client().get("/counted") for _ in range(4)]
    finally:
        dispose(app)
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 58 <= int(answers[3].headers["Retry-After"]) <= 60
    assert started == []
