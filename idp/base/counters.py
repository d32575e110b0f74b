"""Counters of request limits in the memory of one process: without a thread, and with a bound.

The storage that comes with `limits` starts a thread for a moment with nearly every request, and looks at all counters in it.
"""

import threading
import time

from limits.storage import Storage

MOST = 20_000  # counters, about 5 MiB; beyond them those that were begun first are forgotten
SWEEP_EVERY = 60.0  # seconds


class InProcess(Storage):
    """Counters by key, each until its window ends, for the strategy of fixed windows."""

    STORAGE_SCHEME = ["process"]  # noqa: RUF012 - as the base class has it
    base_exceptions = ()

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **_options: float | str | bool) -> None:
        """Begin with nothing."""
        super().__init__(uri, wrap_exceptions)
        self._lock = threading.Lock()
        self._counters: dict[
            str, tuple[int, float]
        ] = {}  # how many, and the time at which the window ends; the eldest first
        self._next_sweep = 0.0

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, in a new window of `expiry` seconds where there is none; return how many there are."""
        now = time.time()
        with self._lock:
            count, end = self._counters.get(key, (0, 0.0))
            if end <= now:
                self._make_room(now)
                self._counters.pop(key, None)
                count, end = 0, now + expiry
            self._counters[key] = count + amount, end
        return count + amount

    def get(self, key: str) -> int:
        """Return how many there are in the window."""
        count, end = self._counters.get(key, (0, 0.0))
        return count if end > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """Return the time at which the window ends: now, where there is none."""
        return max(self._counters.get(key, (0, 0.0))[1], time.time())

    def check(self) -> bool:
        """Say that all is well, as it always is."""
        return True

    def reset(self) -> int:
        """Forget everything; return how many counters there were."""
        with self._lock:
            count = len(self._counters)
            self._counters.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget one counter."""
        with self._lock:
            self._counters.pop(key, None)

    def _make_room(self, now: float) -> None:
        """Forget windows that have ended, now and then; where that is not enough also a tenth of the others."""
        if now < self._next_sweep and len(self._counters) < MOST:
            return
        self._next_sweep = now + SWEEP_EVERY
        self._counters = {key: (count, end) for key, (count, end) in self._counters.items() if end > now}
        if len(self._counters) >= MOST:
            for key in [*self._counters][: MOST // 10]:
                del self._counters[key]
