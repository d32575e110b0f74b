"""Throw-away servers, started once per test run and shared by its worker processes.

`open_run` and `close_run` are called by the root `conftest.py` in the controlling process; `once` is called by
`postgres` and `redis` in whichever worker needs the server first. No server outlives the run: a guard process stops
them when the controller was killed.
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RUN_DIRECTORY = "GATEHOUSE_TEST_RUN"

# SIGINT first: PostgreSQL and Redis both handle it, where SIGQUIT may be ignored, as inherited from a shell.
_GUARD = """
while kill -0 "$1" 2>/dev/null; do sleep 1; done
for asked in INT KILL; do
    for state in "$2"/*.json; do
        pid=$(sed -n 's/.*"pid": \\([0-9]*\\).*/\\1/p' "$state" 2>/dev/null)
        [ -n "$pid" ] && [ "$pid" != $$ ] && kill -$asked "$pid" 2>/dev/null
    done
    sleep 2
done
rm -rf "$2"
"""


def open_run() -> Path:
    """Make the directory that this test run's servers share, and announce it to the worker processes."""
    directory = Path(tempfile.mkdtemp(prefix="gatehouse-tests-"))
    # PostgreSQL, which gives up root, has to pass through to its own directory below.
    directory.chmod(0o711)
    (directory / "controller").write_text(str(os.getpid()))
    os.environ[RUN_DIRECTORY] = str(directory)
    return directory


def close_run(directory: Path) -> None:
    """Stop every server of this run, the guard first, and remove the directory."""
    states = {path.stem: json.loads(path.read_text()) for path in directory.glob("*.json")}
    for name, state in sorted(states.items(), key=lambda item: item[0] != "guard"):
        stop(state["pid"], signal.SIGKILL if name == "guard" else signal.SIGINT)
    shutil.rmtree(directory, ignore_errors=True)
    os.environ.pop(RUN_DIRECTORY, None)


def once(name: str, start: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """Return the state of the server `name`, starting it if this process is the first to ask.

    `start` gets an empty directory and returns what clients need to know, with the server's `pid`.
    """
    directory = Path(os.environ[RUN_DIRECTORY])
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        recorded = directory / f"{name}.json"
        if recorded.exists():
            state: dict[str, Any] = json.loads(recorded.read_text())
            return state
        _start_guard(directory)
        home = directory / name
        home.mkdir()
        state = start(home)
        recorded.write_text(json.dumps(state))
        return state


def free_port() -> int:
    """Return a loopback TCP port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Return whether nobody listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def is_running(pid: int) -> bool:
    """Tell whether the process runs; one that has ended and waits for its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return not Path("/proc/self").exists()


def stop(pid: int, polite: signal.Signals = signal.SIGTERM, seconds: float = 10) -> None:
    """End a process, by force if it has not ended some seconds after it was asked to."""
    for asked in (polite, signal.SIGKILL):
        deadline = time.monotonic() + seconds
        try:
            os.kill(pid, asked)
        except ProcessLookupError:
            return
        while time.monotonic() < deadline:
            if not is_running(pid):
                return
            time.sleep(0.02)


def as_user(name: str) -> list[str]:
    """Return the prefix that runs a command as another user when we are root, and as ourselves otherwise."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv"):
        return ["setpriv", f"--reuid={name}", f"--regid={name}", "--clear-groups", "--"]
    return ["runuser", "-u", name, "--"]


def spawn(command: list[str], log: Path, **options: Any) -> int:
    """Start a server that outlives the calling worker, its output in `log`; return its process id."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, **options
        )
    # Somebody else stops it, by its id: this keeps Popen from warning that it was left running.
    process.returncode = 0
    return process.pid


def _start_guard(directory: Path) -> None:
    recorded = directory / "guard.json"
    if recorded.exists():
        return
    controller = (directory / "controller").read_text()
    pid = spawn(["/bin/sh", "-c", _GUARD, "guard", controller, str(directory)], Path(os.devnull))
    recorded.write_text(json.dumps({"pid": pid}))
