"""Counters of request limits in the process: windows that end, a bound, callers at once, and no thread."""

import threading

import pytest
from limits import parse
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from idp import create_app
from idp.base import counters
from idp.base.counters import InProcess
from idp.base.pages import limiter
from idp.config import Settings


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        """Return the seconds since 1970."""
        return self.now


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(counters, "time", clock)
    return clock


def test_so_many_in_a_window_and_then_again(clock: Clock) -> None:
    """By the library's own strategy three pass in a minute, the fourth does not, it is told when it may come again, and then does."""
    strategy, limit = FixedWindowRateLimiter(storage_from_string("process://")), parse("3 per minute")
    assert [strategy.hit(limit, "somebody") for _ in range(4)] == [True, True, True, False]
    assert strategy.hit(limit, "somebody else")
    assert not strategy.test(limit, "somebody")
    assert tuple(strategy.get_window_stats(limit, "somebody")) == (clock.now + 60, 0)
    clock.now += 59
    assert not strategy.hit(limit, "somebody")
    clock.now += 1
    assert tuple(strategy.get_window_stats(limit, "somebody")) == (clock.now, 3)
    assert strategy.hit(limit, "somebody")
    strategy.clear(limit, "somebody")
    assert strategy.get_window_stats(limit, "somebody").remaining == 3


def test_it_counts_as_the_storage_of_the_library_does() -> None:
    """The same calls have the same answers from both."""
    own, library = InProcess(), MemoryStorage()
    for storage in (own, library):
        assert [storage.incr("a", 60), storage.incr("a", 60, 5), storage.incr("b", 60)] == [1, 6, 1]
        assert (storage.get("a"), storage.get("b"), storage.get("c"), storage.check()) == (6, 1, 0, True)
        assert storage.reset() == 2
        assert storage.get("a") == 0


def test_what_has_ended_is_forgotten(clock: Clock) -> None:
    """A counter whose window has ended takes no memory for long, and those that go on keep their count."""
    storage = InProcess()
    storage.incr("an hour", 3600)
    for number in range(500):
        storage.incr(f"a minute {number}", 60)
    clock.now += counters.SWEEP_EVERY + 1
    storage.incr("another", 60)
    assert set(storage._counters) == {"an hour", "another"}
    assert storage.incr("an hour", 3600) == 2


def test_there_is_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many sources there are, no more counters are kept than the bound says; those that were begun first go first."""
    monkeypatch.setattr(counters, "MOST", 100)
    storage = InProcess()
    for number in range(1000):
        assert storage.incr(str(number), 3600) == 1
        assert len(storage._counters) <= 100
    assert storage.incr("999", 3600) == 2
    assert storage.get("1") == 0


def test_nobody_is_counted_twice_or_not_at_all() -> None:
    """Eight threads that count at the same time count each call."""
    storage = InProcess()

    def count() -> None:
        for number in range(2000):
            storage.incr(f"{number % 3}", 3600)

    callers = [threading.Thread(target=count) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sum(storage.get(str(key)) for key in range(3)) == 16_000


@pytest.mark.parametrize("redis_url", [None, "redis://127.0.0.1:1/0"])
def test_no_request_starts_a_thread(settings: Settings, monkeypatch: pytest.MonkeyPatch, redis_url: str | None) -> None:
    """Requests that are counted start no thread, in the process alone and where Redis, which is away, should count."""
    app = create_app(settings.model_copy(update={"ratelimit_enabled": True, "redis_url": redis_url}))
    started: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", started.append)
    try:
        answers = [app.test_client().get("/oauth/clients/none/logo").status_code for _ in range(601)]
        assert answers[-2:] == [404, 429]
        assert started == []
    finally:
        limiter._storage_dead = limiter._in_memory_fallback_enabled = False
        app.extensions["idp.dispose"]()
