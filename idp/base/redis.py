"""The terms of every connection to Redis. Loaded where there is one."""

from typing import Any

from redis import ConnectionError as ConnectionBroken
from redis.backoff import NoBackoff
from redis.retry import Retry


def terms(patience: float) -> dict[str, Any]:
    """Return the options of a client that waits for an answer for so many seconds."""
    # A connection may have died unnoticed since its last use: one more try, but never a second wait for a silent server.
    retry = Retry(NoBackoff(), 1, supported_errors=(ConnectionBroken,))
    return {"socket_timeout": patience, "socket_connect_timeout": patience, "retry": retry}
