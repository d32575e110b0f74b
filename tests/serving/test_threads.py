"""Seats for threads: how many work at a time, and that who waits for something slow lends its own."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from idp import create_app
from idp.base import places
from idp.base.outcome import Busy
from idp.base.places import Places
from idp.config import Settings
from idp.serving.threads import Threads
from tests.conftest import dispose


def in_slow_work(
    threads: Threads, kind: Places, begun: threading.Semaphore, may_end: threading.Event
) -> Callable[[], None]:
    """Return a job that takes a place and stays there."""

    def job() -> None:
        places.sit(threads)
        with kind.taken():
            begun.release()
            may_end.wait(20)

    return job


def test_slow_work_leaves_seats_for_others() -> None:
    """With one seat, six jobs wait for something slow at once, and a quick one is done meanwhile."""
    threads, kind = Threads(1, most_waiting=20), Places(6)
    begun, may_end, done = threading.Semaphore(0), threading.Event(), threading.Event()
    for _ in range(6):
        assert threads.submit(in_slow_work(threads, kind, begun, may_end))
    for _ in range(6):
        assert begun.acquire(timeout=10)
    assert threads.submit(done.set)
    assert done.wait(10)
    may_end.set()


def test_no_more_work_at_once_than_there_are_seats() -> None:
    """Jobs that come back from slow work wait for a seat, before those that have not begun."""
    threads, kind = Threads(2, most_waiting=50), Places(20)
    working, most, lock, ended = 0, 0, threading.Lock(), threading.Semaphore(0)

    def job() -> None:
        nonlocal working, most
        places.sit(threads)
        with kind.taken():
            pass
        with lock:
            working += 1
            most = max(most, working)
        threading.Event().wait(0.005)
        with lock:
            working -= 1
        ended.release()

    for _ in range(20):
        assert threads.submit(job)
    for _ in range(20):
        assert ended.acquire(timeout=10)
    assert 1 <= most <= 2


def test_a_full_queue_takes_no_more() -> None:
    """Jobs wait up to a number; one more is not taken, and all that were are done."""
    threads, may_end, done = Threads(1, most_waiting=3), threading.Event(), threading.Semaphore(0)

    def job() -> None:
        may_end.wait(20)
        done.release()

    assert [threads.submit(job) for _ in range(5)] == [True] * 4 + [False]
    assert not threads.has_free_seat
    may_end.set()
    for _ in range(4):
        assert done.acquire(timeout=10)


def test_an_error_costs_no_seat(caplog: pytest.LogCaptureFixture) -> None:
    """A job that fails is logged, and its seat goes to the next."""
    threads, done = Threads(1, most_waiting=3), threading.Event()
    assert threads.submit(lambda: 1 // 0)  # type: ignore[arg-type, return-value]
    assert threads.submit(done.set)
    assert done.wait(10)
    assert "ZeroDivisionError" in caplog.text


def test_nothing_that_a_job_raises_costs_a_seat(caplog: pytest.LogCaptureFixture) -> None:
    """A job that wants to end the program ends itself alone."""
    threads, done = Threads(1, most_waiting=3), threading.Event()

    def leave() -> None:
        raise SystemExit(1)

    assert threads.submit(leave)
    assert threads.submit(done.set)
    assert done.wait(10)
    assert "SystemExit" in caplog.text


def test_a_system_without_threads_costs_no_seat(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where no thread can be started, a job is not taken, one that waits goes on waiting, and both are possible again later."""
    threads, kind, done = Threads(1, most_waiting=3), Places(1), threading.Semaphore(0)
    may_lend, may_end, lent = threading.Event(), threading.Event(), threading.Event()

    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    def lending() -> None:
        places.sit(threads)
        may_lend.wait(10)
        with kind.taken():
            lent.set()
            may_end.wait(10)
        done.release()

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        assert not threads.submit(done.release)
    assert threads.submit(lending)
    assert threads.submit(done.release)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        may_lend.set()
        assert lent.wait(10)
    may_end.set()
    for _ in range(2):
        assert done.acquire(timeout=10)
    assert "no thread can be started" in caplog.text


def test_places_are_lent_once() -> None:
    """A place taken within another lends no second seat, and both are given back."""
    threads, outer, inner, done = Threads(1, most_waiting=3), Places(1), Places(1), threading.Event()

    def job() -> None:
        places.sit(threads)
        with outer.taken(), inner.taken():
            assert threads._free_seats == 1
        assert threads._free_seats == 0
        done.set()

    assert threads.submit(job)
    assert done.wait(10)


def test_one_thread_does_what_comes_one_after_the_other() -> None:
    """Of many idle threads the one that was idle last gets the next job: its memory and its connection are the warm ones."""
    threads, together, by = Threads(8, most_waiting=20), threading.Barrier(8), []
    ended = threading.Semaphore(0)

    def meet() -> None:
        together.wait(10)
        ended.release()

    def note() -> None:
        by.append(threading.get_ident())
        ended.release()

    for _ in range(8):
        assert threads.submit(meet)
    for _ in range(8):
        assert ended.acquire(timeout=10)
    for _ in range(20):
        while len(threads._idle) < 8:
            threading.Event().wait(0.001)
        assert threads.submit(note)
        assert ended.acquire(timeout=10)
    assert len(set(by)) == 1


@pytest.fixture
def app(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server of another kind, with four threads and no seats to lend."""
    monkeypatch.setattr(places, "PATIENCE", 0.01)
    application = create_app(settings.model_copy(update={"threads": 4}))
    yield application
    dispose(application)


def test_without_seats_half_of_the_threads_are_kept(app: Flask) -> None:
    """Where nobody lends seats, two of four threads at most do slow work, of whatever kind; a third hears Busy."""
    kinds = [Places(10), Places(10)]
    with app.app_context(), kinds[0].taken(), kinds[1].taken(), pytest.raises(Busy), kinds[0].taken():
        pass
    with app.app_context(), kinds[0].taken(), kinds[0].taken():
        pass
