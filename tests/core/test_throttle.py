"""Failure counters: growing delays, what lasts, and the same in the database, in Redis, and when Redis goes and comes back."""

import logging
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from idp import create_app, throttle
from idp.base import clock
from idp.base.database import commit, rollback
from idp.throttle import Limit, in_redis
from tests.conftest import dispose
from tests.support import redis as redis_support
from tests.support import services
from tests.support.redis import RedisServer

pytestmark = pytest.mark.usefixtures("_still_clock")

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture(params=["alone", "with Redis"])
def house(request: pytest.FixtureRequest, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application on both databases, each with and without Redis, which may be as slow as this machine is."""
    monkeypatch.setattr(in_redis, "TIMEOUT", 20.0)
    if request.param == "with Redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        app.extensions["idp.settings"].redis_url = server.url
    with app.test_request_context():
        yield app


def fail(times: int, *keys: "str | Limit") -> None:
    """Fail so often, however long one has to wait in between."""
    waited = timedelta()
    for _ in range(times):
        with clock.moved(waited):
            seconds = throttle.attempt(keys)
        if seconds:
            waited += timedelta(seconds=seconds)
            with clock.moved(waited):
                assert throttle.attempt(keys) == 0


@pytest.mark.usefixtures("house")
def test_delays_grow() -> None:
    """After five failures the waits double from a second to a quarter of an hour, and every wait is told in seconds (item 9)."""
    waits, passed = [], timedelta()
    for _ in range(16):
        with clock.moved(passed):
            assert throttle.attempt(["password/7"]) == 0
            waits.append(throttle.wait(["password/7"]))
            if waits[-1]:
                assert throttle.attempt(["password/7"]) == waits[-1]
        passed += timedelta(seconds=waits[-1])
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


@pytest.mark.usefixtures("house")
def test_a_refused_try_counts_nowhere() -> None:
    """Tries that were refused, under whichever key, do not lengthen any wait, so that asking too often locks nobody out (item 10)."""
    fail(5, "pair/1")
    lasting = Limit("account", free=2, most=100)
    fail(2, lasting)
    for _ in range(10):
        assert throttle.attempt(["other", "pair/1"]) == 1
        assert throttle.attempt(["another", lasting]) == 1
    assert throttle.attempt(["other"]) == throttle.attempt(["another"]) == 0
    for key in ("other", "another"):
        fail(3, key)
        assert throttle.wait([key]) == 0
        fail(1, key)
        assert throttle.wait([key]) == 1


@pytest.mark.usefixtures("house")
def test_a_success_ends_the_row() -> None:
    """What is cleared starts from nothing; what takes one count back keeps what came before."""
    fail(7, "cleared")
    throttle.clear(["cleared"])
    assert throttle.wait(["cleared"]) == 0
    fail(4, "kept")
    for _ in range(20):
        assert throttle.attempt(["kept"]) == 0
        throttle.uncount(["kept"])
    assert throttle.attempt(["kept"]) == 0
    assert throttle.wait(["kept"]) == 1


@pytest.mark.usefixtures("house")
def test_failures_are_forgotten_after_quiet() -> None:
    """A counter starts again after a day of quiet, or after the time that it names."""
    hourly = Limit("hourly", forget_after=timedelta(hours=1))
    fail(12, "daily")
    fail(12, hourly)
    with clock.moved(timedelta(hours=2)):
        fail(4, hourly)
        assert throttle.wait([hourly]) == 0
        assert throttle.attempt(["daily"]) == 0
        assert throttle.wait(["daily"]) > 100
    with clock.moved(timedelta(hours=27)):
        fail(4, "daily")
        assert throttle.wait(["daily"]) == 0


@pytest.mark.usefixtures("house")
def test_a_holder_is_released_as_a_whole() -> None:
    """Every counter of a holder, wherever it is kept, goes at once; those of others stay."""
    lasting = Limit("seven", free=1, most=3, holder="account/7")
    fail(3, lasting)
    assert throttle.attempt(["pair"], holder="account/7") == 0
    fail(6, Limit("eight", holder="account/8"))
    assert throttle.is_held("account/7")
    throttle.release("account/7")
    assert not throttle.is_held("account/7")
    assert throttle.attempt([lasting]) == 0
    assert throttle.is_held("account/8")
    throttle.release("account/8")
    assert not throttle.is_held("account/8")
    assert throttle.wait(["eight"]) == 0


@pytest.mark.usefixtures("house")
def test_no_more_than_the_most_ever() -> None:
    """After the most failures no try is allowed, however much time has passed and whatever is purged, until released (item 9)."""
    limit = Limit("account/7", free=3, most=10, holder="account/7")
    fail(9, limit)
    assert not throttle.is_held_for_good([limit])
    with clock.moved(timedelta(days=400)):
        assert throttle.purge(100) == 0
        assert throttle.attempt([limit]) == 0
        assert throttle.is_held_for_good([limit])
    for days in (401, 4000):
        with clock.moved(timedelta(days=days)):
            throttle.purge(100)
            assert throttle.attempt([limit]) == throttle.HELD_WAIT.total_seconds()
            assert throttle.is_held("account/7")
    throttle.release("account/7")
    assert throttle.attempt([limit]) == 0
    assert not throttle.is_held_for_good([limit])


@pytest.mark.usefixtures("house")
def test_counters_of_nobody_do_not_pile_up() -> None:
    """Counters of names without an account are deleted after thirty days of quiet, others after one; of accounts none is."""
    for number in range(3):
        throttle.attempt([Limit(f"name:{number}", most=100), Limit(f"{number}", most=100, holder="account/7")])
    throttle.tally("code/ann@example.com")
    with clock.moved(timedelta(days=2)):
        assert throttle.purge(100) == 1
    with clock.moved(timedelta(days=31)):
        assert throttle.purge(2) == 2
        assert throttle.purge(100) == 1
        assert throttle.purge(100) == 0


def test_parallel_tries_pass_as_often_as_allowed(house: Flask) -> None:
    """Of many threads at once exactly as many pass as are allowed, under several keys in any order (item 9)."""
    # Waits that a slow machine does not outlast.
    keys = [
        Limit("one", shortest=MINUTE),
        Limit("two", free=4, shortest=MINUTE, most=100),
        Limit("three", shortest=MINUTE),
    ]
    passed: list[int] = []
    ready = threading.Barrier(12)

    def guess(number: int) -> None:
        with house.test_request_context():
            ready.wait(30)
            passed.append(throttle.attempt(keys if number % 2 else keys[::-1]))
            commit()

    commit()
    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 12
    assert passed.count(0) == 4


def test_delays_in_redis_cost_the_database_nothing(
    app: Flask, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With Redis, another node's failures count here, and what was not committed to the database counts nevertheless."""
    monkeypatch.setattr(in_redis, "TIMEOUT", 20.0)
    app.extensions["idp.settings"].redis_url = redis_server.url
    other = create_app(app.extensions["idp.settings"])
    for house in (app, other):
        with house.test_request_context():
            fail(4 if house is app else 1, "client/x")
            rollback()
    with app.test_request_context():
        assert throttle.wait(["client/x"]) == 1
    dispose(other)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis server that the test may stop."""
    (tmp_path / "redis").mkdir()
    state = redis_support.start(tmp_path / "redis")
    try:
        yield RedisServer(state["port"], state["pid"])
    finally:
        services.stop(state["pid"])


def test_without_redis_the_database_counts(
    app: Flask,
    own_redis: RedisServer,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When Redis dies the delays go on in the database, said once a minute; when it is back, it counts again (item 9)."""
    monkeypatch.setattr(in_redis, "TIMEOUT", 20.0)
    app.extensions["idp.settings"].redis_url = own_redis.url
    with app.test_request_context(), caplog.at_level(logging.WARNING, "idp.throttle"):
        fail(3, "pair")
        services.stop(own_redis.pid)
        for _round in range(2):
            fail(6, "pair", Limit("account", free=20, most=100, holder="account/7"))
            assert throttle.attempt(["pair"]) > 0
            assert throttle.wait(["pair"]) > 0
            throttle.release("account/7")
            throttle.clear(["pair"])
            assert throttle.attempt(["pair"]) == 0
            throttle.uncount(["pair"])
        with clock.moved(30 * SECOND):
            throttle.wait(["pair"])
        assert len(caplog.messages) == 1
        with clock.moved(90 * SECOND):
            throttle.wait(["pair"])
        assert len(caplog.messages) == 2
        again = restart(own_redis, tmp_path)
        try:
            with clock.moved(120 * SECOND):
                fail(5, "fresh")
                rollback()
                assert throttle.wait(["fresh"]) == 1
        finally:
            services.stop(again)
        assert len(caplog.messages) == 2


def test_a_silent_redis_delays_nobody_for_long(app: Flask) -> None:
    """A Redis that takes connections and says nothing costs one request half a second, and the next ones nothing."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        app.extensions["idp.settings"].redis_url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with app.test_request_context():
            started = time.monotonic()
            for number in range(40):
                assert throttle.attempt([f"pair {number}"]) == 0
            # Were each of them to wait for Redis, it would take twenty seconds.
            assert time.monotonic() - started < 10


def restart(server: RedisServer, directory: Path) -> int:
    """Start Redis again on the port that it had; return its process."""
    options = ["--port", str(server.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)]
    pid = services.spawn(["redis-server", *options], directory / "log")
    assert redis_support._answers(server.port, pid)
    return pid
