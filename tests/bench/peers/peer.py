"""What the benchmark knows of a provider: how it is installed, started and ended, and where it has what the rows ask for."""

import base64
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from tests.bench.browsers import Walk
from tests.bench.loads import Load
from tests.support import services

# Nothing listens there: the redirects are read, never followed.
REDIRECT_URI = "http://127.0.0.1:9/callback"
PASSWORD = "eleven quiet benches in the park"
PEOPLE = 4


@dataclass(frozen=True)
class Client:
    """A registered client; a public one has no secret."""

    client_id: str
    secret: str = ""
    realm: str = ""  # where a provider keeps it apart from others; `{realm}` in the addresses of a site

    @property
    def basic(self) -> str:
        """The Authorization header of a confidential client (RFC 6749, section 2.3.1)."""
        return _basic(self.client_id, self.secret)

    @property
    def wrong(self) -> str:
        """The same, with a secret that is not the client's."""
        return _basic(self.client_id, f"not-{self.secret[4:]}")


# Rows of what few have, or have switched on: those who do say so.
DELEGATED = frozenset({"device request", "device poll", "device code exchange", "token exchange"})
NEWER = frozenset({"pushed request", "bound code exchange", *DELEGATED})


@dataclass(frozen=True)
class Site:
    """Where a provider has what the rows ask for, and what it answers. `None` is what it does not have."""

    port: int
    authorize: str
    token: str
    userinfo: str
    introspection: str | None
    jwks: str
    web: Client  # confidential: its refresh tokens stay
    mobile: Client  # public: each use replaces the refresh token
    machine: Client  # client credentials
    people: tuple[dict[str, str], ...]  # what each person types into the fields of the sign-in page
    discovery: str = "/.well-known/openid-configuration"
    scope: str = "openid profile email"
    machine_scope: str = ""
    introspection_port: int | None = None
    par: str | None = None  # where requests are pushed
    device: str | None = None  # where devices ask for a code
    backend: Client | None = None  # exchanges the tokens of `web`
    redirect: int = 302
    is_behind_proxy: bool = False  # it reads X-Forwarded-For, so that wrong secrets may come from anywhere
    refusals: dict[str, int] = field(default_factory=dict)  # rows of bad input that it answers in another way than most


class Process:
    """A server's processes: one that was started here, and what descends from it."""

    def __init__(self, command: list[str], home: Path, environment: dict[str, str] | None = None) -> None:
        self.began = time.perf_counter()
        self.log_file = home / "server.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=home,
                env=kept | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self, url: str, seconds: float = 120) -> float:
        """Wait until an address answers 200, and return the seconds that it took since the start."""
        while time.perf_counter() - self.began < seconds:
            if self.process.poll() is not None:
                break
            with suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return time.perf_counter() - self.began
            time.sleep(0.01)
        raise RuntimeError(f"{self.process.args!r} did not answer:\n{self.log()}")

    def log(self) -> str:
        """Return the end of what the server wrote."""
        return self.log_file.read_text(errors="replace")[-4000:]

    def stop(self, seconds: float = 20) -> None:
        """Ask the server to end, by its id, and end its group where it has not after some seconds."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


class Peer:
    """A provider in the run. Subclasses say how it is installed and started, and describe its `site`."""

    name = ""
    version = ""
    needs: tuple[str, ...] = ()  # programs without which it cannot be installed
    told = ""  # what a reader should know about its figures
    site: Site
    first_answer = 0.0  # seconds from its start to the first answer, its database prepared before

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix=f"gatehouse-bench-{type(self).__name__.lower()}-"))
        self.directory.chmod(0o755)
        self.processes: list[Process] = []
        self.port = services.free_port()

    @classmethod
    def is_possible(cls) -> bool:
        """Return whether the programs that it needs are there."""
        return all(shutil.which(program) for program in cls.needs)

    def install(self) -> None:
        """Bring its packages into the benchmark's home, where they are not there yet."""

    def start(self) -> None:
        """Prepare its database, its clients and people, start it, and wait for its first answer."""
        raise NotImplementedError

    def material(self, row: str, material: Any, client: Client | None = None) -> Load | Walk | None:
        """Return a load for a row in place of the usual one (of a client, if it is not the confidential one), or None."""
        return None

    def has(self, row: str) -> bool:
        """Return whether it has what the row asks for."""
        return row not in self.lacks

    lacks: frozenset[str] = NEWER

    def pids(self) -> list[int]:
        """Return the roots of its process trees; databases are none of them."""
        return [process.process.pid for process in self.processes]

    def stores(self) -> list[int]:
        """Return the roots of the process trees that keep its rows."""
        return []

    def stop(self) -> None:
        """End its processes, by their ids, and remove what the run made."""
        for process in self.processes:
            process.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def serve(self, command: list[str], environment: dict[str, str] | None = None) -> Process:
        """Start a process of the server."""
        process = Process(command, self.directory, environment)
        self.processes.append(process)
        return process

    def run(
        self, command: list[str], environment: dict[str, str] | None = None, stdin: str = "", home: Path | None = None
    ) -> str:
        """Run a command to its end, which must be a good one, and return what it printed."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
        done = subprocess.run(
            command,
            cwd=home or self.directory,
            env=kept | (environment or {}),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout


def _basic(client_id: str, secret: str) -> str:
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
