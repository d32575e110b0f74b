"""The real server, as an operator starts it: `idp serve` in a process of its own, on a free loopback port."""

import os
import resource
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support import services

IDP = Path(sys.executable).with_name("idp")


@dataclass
class RunningServer:
    """A server that has answered `/healthz`."""

    url: str
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    log_file: Path

    def log(self) -> str:
        """Return what the server has written so far, both streams."""
        return self.log_file.read_text(errors="replace")

    def idp(self, *arguments: str, stdin: str = "") -> str:
        """Run another `idp` command with this server's settings and return its output; it must succeed."""
        done = subprocess.run(
            [str(IDP), *arguments],
            env=self.environment,
            cwd=self.log_file.parent,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"idp {' '.join(arguments)} ended with {done.returncode}: {done.stderr}"
        return done.stdout

    def children(self, role: str) -> list[int]:
        """Return the processes that were forked for a role, `worker` or `courier`."""
        main = self.process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return [int(child) for child in children if Path(f"/proc/{child}/comm").read_text() == f"idp {role}\n"]

    def stop(self, seconds: float = 20) -> int:
        """Ask the server to end (SIGTERM), wait, and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """End the server and its workers at once, as a power cut would."""
        _kill_group(self.process)


@contextmanager
def serve(
    settings: Mapping[str, object], *, start_seconds: float = 60, files: int | None = None
) -> Iterator[RunningServer]:
    """Run `idp serve` with these `IDP_*` settings, and none of the caller's own, for as long as the block lasts.

    It may have so many `files` open at a time, if they are given.

    `IDP_BIND` and `IDP_ISSUER` default to a free port, `IDP_DATA_DIR` to a directory that is removed afterwards.
    When the block ends the server must end cleanly (status 0), unless the block has stopped or killed it.
    """
    with tempfile.TemporaryDirectory(prefix="gatehouse-server-") as home:
        port = services.free_port()
        scheme = "https" if "IDP_TLS_CERT_FILE" in settings else "http"
        bind = str(settings.get("IDP_BIND", f"127.0.0.1:{port}"))
        port = int(bind.rpartition(":")[2])
        environment = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
        environment |= {
            "IDP_BIND": bind,
            "IDP_ISSUER": f"{scheme}://127.0.0.1:{port}",
            "IDP_DATA_DIR": str(Path(home) / "instance"),
            "PYTHONUNBUFFERED": "1",
        }
        environment |= {name: str(value) for name, value in settings.items()}
        log_file = Path(home) / "server.log"
        with log_file.open("ab") as log:
            # The empty working directory keeps a developer's .env out.
            process = subprocess.Popen(
                [str(IDP), "serve"],
                env=environment,
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: files and resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)),
            )
        server = RunningServer(f"{scheme}://127.0.0.1:{port}", port, environment, process, log_file)
        try:
            _wait_until_healthy(server, start_seconds)
            yield server
            ended_before = process.poll() is not None
            status = server.stop()
            assert ended_before or status == 0, f"the server ended with status {status} on SIGTERM"
        except BaseException as problem:
            problem.add_note(f"The server's log:\n{server.log()[-8000:]}")
            raise
        finally:
            _kill_group(process)


def _wait_until_healthy(server: RunningServer, seconds: float) -> None:
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (status := server.process.poll()) is not None:
            raise AssertionError(f"idp serve ended with status {status} before it answered")
        try:
            with urllib.request.urlopen(f"{server.url}/healthz", timeout=5, context=trusting) as answer:
                if answer.status == 200:
                    return
        except OSError:  # URLError, HTTPError and time-outs included
            pass
        time.sleep(0.05)
    raise AssertionError(f"idp serve did not answer /healthz within {seconds} s")


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
