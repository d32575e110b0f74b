"""What the servers keep their rows in: one PostgreSQL cluster with durable commits, and one Redis, both thrown away afterwards."""

from dataclasses import dataclass

from tests.support import postgres, redis
from tests.support.postgres import PostgresServer

# PostgreSQL's own defaults for whatever a commit promises; more connections, since several servers are connected at once.
DURABLE = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "400",
    "shared_buffers": "256MB",
    "autovacuum": "on",
    "log_min_messages": "warning",
}


@dataclass(frozen=True)
class Database:
    """A database of its own for one server."""

    host: str
    port: int
    user: str
    password: str
    name: str

    def url(self, scheme: str = "postgresql") -> str:
        """Return its URL."""
        return f"{scheme}://{self.user}:{self.password}@{self.host}:{self.port}/{self.name}"


def cluster() -> PostgresServer:
    """Return the run's cluster, started with durable commits if nobody has."""
    return postgres.server(DURABLE)


def database(purpose: str) -> Database:
    """Make an empty database for one server."""
    server = cluster()
    url = server.create_database(purpose)
    return Database("127.0.0.1", server.port, "postgres", server.password, url.rpartition("/")[2])


def redis_port() -> tuple[int, int]:
    """Return port and process of the run's Redis, in memory alone."""
    server = redis.server()
    return server.port, server.pid
