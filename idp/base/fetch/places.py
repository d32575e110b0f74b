"""How many requests may wait for strangers' hosts at a time.

Whoever waits holds one of the process's threads, up to the deadline of a fetch. Half of the threads are never given away, so that
hosts which are slow, or lead back to this very server, stop nothing but what they were asked for.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from idp.base.extensions import USUAL_THREADS, settings
from idp.base.outcome import Busy


class Places:
    """The places of one process; nobody waits for one."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(max(1, (settings().threads or USUAL_THREADS) // 2))

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Take a place during a block.

        Raises:
            Busy: all are taken; the answer is 503, and nothing is remembered against the host.
        """
        if not self._free.acquire(blocking=False):
            raise Busy
        try:
            yield
        finally:
            self._free.release()
