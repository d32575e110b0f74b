"""Places for slow work: how many requests of a process may do one kind of it at a time, so that the others keep threads.

Slow is what waits for a processor (a password hash) or for somebody else's host. Callers end their transaction first
(`database.pause`). Where the server lends threads (`idp serve` does), a request gives its own back for as long as it has a place.
Where it does not, half of the threads at most do slow work, whatever the kind, and the others wait for a moment to join them.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from flask import current_app

from idp.base.extensions import settings
from idp.base.outcome import Busy

PATIENCE = 1.0  # seconds

_here = threading.local()


class Seats(Protocol):
    """Whoever runs requests in threads, and can run another one while this one waits."""

    def lend(self) -> None:
        """Take the caller's seat for somebody else."""

    def take_back(self) -> None:
        """Return once the caller has a seat again."""


class Places:
    """A number of places; nobody waits for one."""

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Take a place during a block, which may take others inside.

        Raises:
            Busy: all are taken; the answer is 503, and nothing is remembered against anybody.
        """
        if not self._free.acquire(blocking=False):
            raise Busy
        try:
            with _lent():
                yield
        finally:
            self._free.release()


def half() -> int:
    """Return half of the threads that answer requests in this process, one at least."""
    return max(1, settings().seats // 2)


def sit(seats: Seats | None) -> None:
    """Say whose seat the calling thread has, or that it has none."""
    _here.seats = seats


@contextmanager
def _lent() -> Iterator[None]:
    seats: Seats | None = getattr(_here, "seats", None)
    if seats is None:
        with _one_of_half():
            yield
        return
    _here.seats = _NESTED
    seats.lend()
    try:
        yield
    finally:
        seats.take_back()
        _here.seats = seats


@contextmanager
def _one_of_half() -> Iterator[None]:
    free = current_app.extensions.get("idp.slow")
    if free is None:  # of several threads that come first, one brings the number for all
        free = current_app.extensions.setdefault("idp.slow", threading.BoundedSemaphore(half()))
    if not free.acquire(timeout=PATIENCE):
        raise Busy
    try:
        yield
    finally:
        free.release()


class _Lent:
    """What a request has that has lent its seat already."""

    def lend(self) -> None:
        """Lend nothing more."""

    def take_back(self) -> None:
        """Take nothing back: whoever lent it does."""


_NESTED = _Lent()
