"""One deadline for a whole exchange. It runs on the monotonic clock, since it is about waiting and not about the time of day."""

import time

from idp.base.fetch.errors import HostError


class Deadline:
    """An instant some seconds from now."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Return how many seconds are left.

        Raises:
            HostError: none.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise HostError("the host is too slow")
        return left
