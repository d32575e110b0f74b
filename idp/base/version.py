"""A change counter's version in Redis, for all nodes. Loaded where there is a Redis."""

import secrets
import threading
import time
from functools import cache

from redis import Redis, RedisError

from idp.base.redis import terms

ASK_EVERY = 0.1  # seconds
TIMEOUT = 0.2  # seconds
REST = 5.0  # seconds for which a Redis that failed is left alone


class Version:
    """A random number in Redis, replaced at each change: a counter that began anew with Redis could repeat itself."""

    def __init__(self, url: str, name: str) -> None:
        self._client = _connect(url)
        self._key = f"idp:{name}"
        self._lock = threading.Lock()
        self._known: int | None = None  # None while Redis does not answer
        self._ask_at = 0.0

    def value(self) -> int:
        """Return the version as it was at most `ASK_EVERY` seconds ago; another one each time that Redis does not answer."""
        # One thread asks, the others go on with what is known.
        if time.monotonic() >= self._ask_at and self._lock.acquire(blocking=False):
            try:
                self._ask()
            finally:
                self._lock.release()
        known = self._known
        return known if known is not None else int(time.monotonic() / ASK_EVERY)

    def peek(self) -> int | None:
        """Return what `value` would, or None where that would ask Redis."""
        if time.monotonic() >= self._ask_at:
            return None
        known = self._known
        return known if known is not None else int(time.monotonic() / ASK_EVERY)

    def replace(self) -> None:
        """Tell every node, if Redis answers."""
        version = secrets.randbits(62)
        try:
            self._client.set(self._key, version)
        except (RedisError, OSError):
            self._known, self._ask_at = None, time.monotonic() + REST
        else:
            self._known = version

    def _ask(self) -> None:
        try:
            found = self._client.get(self._key)
            self._known = int(found) if isinstance(found, bytes) and found.isdigit() else 0
            rest = ASK_EVERY
        except (RedisError, OSError):
            self._known, rest = None, REST
        self._ask_at = time.monotonic() + rest


@cache
def _connect(url: str) -> Redis:
    return Redis.from_url(url, **terms(TIMEOUT))
