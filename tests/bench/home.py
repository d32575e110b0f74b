"""Where the benchmark keeps what it installs, and what a run makes: never inside the tree."""

import os
import tempfile
from pathlib import Path


def home() -> Path:
    """Return the directory of installed peers: `BENCH_HOME`, or one in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    found = Path(os.environ.get("BENCH_HOME") or cache / "gatehouse-bench")
    found.mkdir(parents=True, exist_ok=True)
    return found


def on_disk() -> None:
    """Let temporary directories be made where a disk is, since /tmp may be memory and commits must be durable."""
    tempfile.tempdir = "/var/tmp"  # noqa: S108 - each directory below it is mkdtemp's
