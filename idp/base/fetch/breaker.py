"""A circuit breaker by host: one that fails again and again is left alone, so that callers do not wait for it in vain.

A host is a name with a port. Each process learns for itself.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.base import clock
from idp.base.fetch.errors import FetchError, HostError

FAILURES = 5  # in a row, each at most WINDOW after the one before
WINDOW = timedelta(minutes=5)
REST = timedelta(minutes=1)
MOST_HOSTS = 1000  # that are remembered

log = logging.getLogger(__name__)


@dataclass
class _Trouble:
    failures: int
    last_at: datetime
    rests_until: datetime | None = None


class Breaker:
    """The hosts that failed lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._troubles: OrderedDict[str, _Trouble] = OrderedDict()

    @contextmanager
    def watching(self, host: str) -> Iterator[None]:
        """Count what a block does with a host: it failed (HostError), it answered (nothing raised), or neither.

        Raises:
            FetchError: the host rests.
        """
        self._enter(host)
        try:
            yield
        except HostError:
            self._count(host)
            raise
        with self._lock:
            self._troubles.pop(host, None)

    def _enter(self, host: str) -> None:
        with self._lock:
            trouble = self._troubles.get(host)
            if trouble is None or trouble.rests_until is None:
                return
            if clock.now() < trouble.rests_until:
                raise FetchError("the host failed too often and is not asked for a while")
            # This caller finds out; the others go on as before until it knows.
            trouble.rests_until = clock.now() + REST

    def _count(self, host: str) -> None:
        with self._lock:
            now = clock.now()
            trouble = self._troubles.pop(host, None)
            if trouble is None or now - trouble.last_at > WINDOW:
                trouble = _Trouble(0, now)
            trouble.failures += 1
            trouble.last_at = now
            if trouble.failures >= FAILURES:
                trouble.rests_until = now + REST
                log.warning("%s failed %d times in a row and is not asked for a while", host, trouble.failures)
            self._troubles[host] = trouble
            while len(self._troubles) > MOST_HOSTS:
                self._troubles.popitem(last=False)
