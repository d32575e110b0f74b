"""The threads that hash passwords: about one for each processor of this process' share, so that whoever asks for something else finds one.

Work begins in the order in which it came. A thread keeps the block of memory that a hash takes for the next one, since a block that is
new to the process costs a third of a hash; when nobody has come for a while it gives the block back to the system, and ends.
"""

import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from idp.base import memory
from idp.base.outcome import Busy

R = TypeVar("R")

REST = 5.0  # seconds without work after which a thread ends


class Hashers:
    """The threads of one process; they are made when they are needed."""

    def __init__(self) -> None:
        """Prepare; there is no thread yet."""
        self._lock = threading.Lock()
        self._come = threading.Condition(self._lock)
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._threads = self._idle = 0

    def run(self, work: Callable[[], R], *, threads: int, patience: float) -> R:
        """Return what the work returns, done by one of so many threads.

        Raises:
            Busy: it has not begun within `patience` seconds, and will not; or the system has no thread for it.
        """
        done: Future[R] = Future()
        with self._lock:
            self._waiting.append((done, work))
            if self._idle >= len(self._waiting):
                self._come.notify()
            elif self._threads < threads:
                self._start()
        try:
            return done.result(patience)
        except TimeoutError:
            if done.cancel():
                raise Busy from None
        return done.result()

    def _start(self) -> None:
        thread = threading.Thread(target=self._work, name="hashing", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system has none: whoever works already takes this up too
            if not self._threads:
                self._waiting.pop()
                raise Busy from None
            return
        self._threads += 1

    def _work(self) -> None:
        while (found := self._next()) is not None:
            done, work = found
            if not done.set_running_or_notify_cancel():
                continue
            try:
                done.set_result(work())
            except BaseException as error:
                done.set_exception(error)
        memory.give_back()

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._lock:
            while not self._waiting:
                self._idle += 1
                has_come = self._come.wait(REST)
                self._idle -= 1
                if not has_come and not self._waiting:
                    self._threads -= 1
                    return None
            return self._waiting.popleft()


def run(work: Callable[[], R], *, threads: int, patience: float) -> R:
    """Return what the work returns, done by one of so many threads of this process, as `Hashers.run` says."""
    return _hashers.run(work, threads=threads, patience=patience)


def _begin_anew() -> None:
    global _hashers
    _hashers = Hashers()


_hashers = Hashers()
os.register_at_fork(after_in_child=_begin_anew)  # a child has none of its parent's threads
