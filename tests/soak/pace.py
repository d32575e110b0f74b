"""How fast callers ask: evenly, so many requests a second together, or as fast as they are answered."""

import threading
import time


class Pace:
    """So many requests a second; 0 is as many as are answered. `count` is how many there were."""

    def __init__(self, rate: float) -> None:
        self._between = 1 / rate if rate else 0.0
        self._lock = threading.Lock()
        self._next = time.monotonic()
        self.count = 0

    def wait(self) -> None:
        """Return when the next request may be sent; time that nobody used is not made up for."""
        with self._lock:
            self.count += 1
            at = max(self._next, time.monotonic())
            self._next = at + self._between
        time.sleep(max(0.0, at - time.monotonic()))
