"""A change counter that the processes of one node share: the modification time of a small file.

Caches compare it at each use (about a microsecond) and reload when it moved. Nodes that share no disk see a change after
`MAX_AGE` seconds at the latest.
"""

import os
import time
from pathlib import Path

MAX_AGE = 5.0


class Generation:
    """One counter."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def value(self) -> tuple[int, int]:
        """Return a value that differs after each `bump`, and at least every `MAX_AGE` seconds."""
        try:
            stamp = os.stat(self._path).st_mtime_ns
        except FileNotFoundError:
            stamp = 0
        return stamp, int(time.monotonic() / MAX_AGE)

    def bump(self) -> None:
        """Tell every process of this node to reload."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch()
        os.utime(self._path, ns=(time.time_ns(), time.time_ns()))
