"""A change counter: the modification time of a small file for the processes of one node, and a version in Redis for all nodes.

Caches compare it at each use (about a microsecond) and reload when it moved. Redis is asked at most ten times a second by a
process. While it does not answer, nothing is kept for longer than that either, so that the database answers. Nodes that share
neither disk nor Redis see a change after `MAX_AGE` seconds at the latest.
"""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from idp.base.version import Version

MAX_AGE = 5.0


class Generation:
    """One counter; with `redis_url` all nodes share it."""

    def __init__(self, path: Path, redis_url: str | None = None) -> None:
        self._path = path
        self._version: Version | None = None
        if redis_url:
            from idp.base import version

            self._version = version.Version(redis_url, path.name.removeprefix("."))

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
