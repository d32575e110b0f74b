"""A change counter: the modification time of a small file for the processes of one node, and a version in Redis for all nodes.

Caches compare it at each use (about a microsecond) and reload when it moved. Redis is asked at most every `ASK_EVERY` seconds by a
process. While it does not answer, nothing is kept for longer than that either, so that the database answers. Nodes that share
neither disk nor Redis see a change after `MAX_AGE` seconds at the latest.
"""

import os
import secrets
import threading
import time
from functools import cache
from pathlib import Path

from redis import ConnectionError as ConnectionBroken
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

MAX_AGE = 5.0
ASK_EVERY = 0.1
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


class Generation:
    """One counter; with `redis_url` all nodes share it."""

    def __init__(self, path: Path, redis_url: str | None = None) -> None:
        self._path = path
        self._version = Version(redis_url, path.name.removeprefix(".")) if redis_url else None

    def value(self) -> tuple[int, int]:
        """Return a value that differs after each `bump`, and at least every `MAX_AGE` seconds."""
        return self._mixed(self._version.value() if self._version is not None else 0)

    def peek(self) -> tuple[int, int] | None:
        """Return the value where no other node has to be asked for it, so that nobody waits; else None."""
        version = self._version.peek() if self._version is not None else 0
        return None if version is None else self._mixed(version)

    def _mixed(self, version: int) -> tuple[int, int]:
        try:
            stamp = os.stat(self._path).st_mtime_ns
        except FileNotFoundError:
            stamp = 0
        return stamp ^ version, int(time.monotonic() / MAX_AGE)

    def bump(self) -> None:
        """Tell every process to reload."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch()
        os.utime(self._path, ns=(time.time_ns(), time.time_ns()))
        if self._version is not None:
            self._version.replace()


@cache
def _connect(url: str) -> Redis:
    # A connection may have died unnoticed since its last use: one more try, but never a second wait for a silent server.
    retry = Retry(NoBackoff(), 1, supported_errors=(ConnectionBroken,))
    return Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=retry)
