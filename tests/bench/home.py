"""Where the benchmark keeps what it installs, and what a run makes: never inside the tree."""

import os
import shutil
import subprocess
import sys
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


def install_python(name: str, requirements: Path) -> None:
    """Install pinned packages into a virtual environment of a peer's own, unless they are there."""
    place = home() / name
    place.mkdir(exist_ok=True)
    done = place / "requirements.txt"
    if done.exists() and done.read_bytes() == requirements.read_bytes():
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", place / ".venv"], check=True)
    pip = [place / ".venv" / "bin" / "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    subprocess.run([*pip, "--requirement", requirements], check=True)
    shutil.copy(requirements, done)
