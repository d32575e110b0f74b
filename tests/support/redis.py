"""A throw-away Redis server: in memory only, on loopback, gone when the run ends."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from tests.support import services


@dataclass(frozen=True)
class RedisServer:
    """A running server, shared by all workers of the run; each has a database number of its own."""

    port: int
    pid: int
    database: int = 0

    @property
    def url(self) -> str:
        """The URL of this worker's database, as `IDP_REDIS_URL` takes it."""
        return f"redis://127.0.0.1:{self.port}/{self.database}"

    def clear(self) -> None:
        """Forget everything in this worker's database."""
        with redis.Redis.from_url(self.url) as client:
            client.flushdb()


def server(database: int = 0) -> RedisServer:
    """Return this run's server, starting it first if nobody has; `database` keeps workers apart."""
    state = services.once("redis", start)
    return RedisServer(state["port"], state["pid"], database)


def start(directory: Path) -> dict[str, Any]:
    """Start a Redis server in an empty directory. Also for tests that stop one of their own."""
    program = shutil.which("redis-server")
    if program is None:
        raise RuntimeError("redis-server is not installed: apt-get install redis-server")
    log = directory / "log"
    for _attempt in range(5):  # the free port may be taken before the server gets it
        port = services.free_port()
        options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(directory), "--databases", "64"]
        pid = services.spawn([program, *options, "--save", "", "--appendonly", "no"], log)
        if _answers(port, pid):
            return {"port": port, "pid": pid}
        services.stop(pid)
    raise RuntimeError(f"Redis did not start:\n{log.read_text()}")


def _answers(port: int, pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and services.is_running(pid):
        try:
            with redis.Redis(port=port) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            time.sleep(0.02)
    return False
