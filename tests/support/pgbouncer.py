"""A throw-away PgBouncer in transaction mode before this run's PostgreSQL: two clients share a server connection from one
transaction to the next.
"""

import os
import shutil
import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from tests.support import services
from tests.support.postgres import PostgresServer

_CONFIGURATION = """\
[databases]
* = host=127.0.0.1 port={server.port} user=postgres password={server.password}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
"""


def through(server: PostgresServer, url: str) -> str:
    """Return the URL of a database of the server as clients of the pooler name it; the pooler is started when first needed."""
    state = services.once("pgbouncer", lambda directory: _start(server, directory))
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"postgres@127.0.0.1:{state['port']}"))


def _start(server: PostgresServer, directory: Path) -> dict[str, Any]:
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
    if program is None:
        raise RuntimeError("pgbouncer is not installed: apt-get install pgbouncer")
    log, configuration = directory / "log", directory / "pgbouncer.ini"
    prefix = services.as_user("postgres")  # it refuses to run as root
    for _attempt in range(5):  # the free port may be taken before the pooler gets it
        port = services.free_port()
        configuration.touch(mode=0o600)
        configuration.write_text(_CONFIGURATION.format(server=server, port=port))
        if prefix:
            shutil.chown(directory, "postgres", "postgres")
            shutil.chown(configuration, "postgres", "postgres")
        pid = services.spawn([*prefix, program, "--quiet", str(configuration)], log, cwd=directory)
        if _answers(port, pid):
            return {"port": port, "pid": pid}
        services.stop(pid)
    raise RuntimeError(f"PgBouncer did not start:\n{log.read_text()}")


def _answers(port: int, pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and services.is_running(pid):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.02)
    return False
