"""How many requests one source may send to a route: fixed windows, counted by the process, or in Redis for all of them.

A window begins with its first request. While Redis does not answer, each process counts by itself. What is counted here only keeps a
crowd away; failures of passwords and codes have counters of their own (`throttle`), which always hold.
"""

import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from redis import ConnectionError as ConnectionBroken
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT = 0.5  # seconds for which a request waits for Redis
REST = 5.0  # seconds for which a Redis that failed is left alone
SWEEP_EVERY = 60.0  # seconds after which windows that are over are forgotten
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
WRITTEN = re.compile(rf"([0-9]+) per ({'|'.join(UNITS)})")
PREFIX = "idp:limit:"

# KEYS: windows. ARGV: for each one how many requests it takes, its length in milliseconds, and 1 where this one is counted.
# Answers 0, or for how many milliseconds the first window that is full lasts; those behind it count nothing.
_ADMIT = """
for number, key in ipairs(KEYS) do
    local at = (number - 1) * 3
    local most, length, counted = tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3] == '1'
    local count = counted and redis.call('INCR', key) or tonumber(redis.call('GET', key) or '0') + 1
    if counted and count == 1 then redis.call('PEXPIRE', key, length) end
    if count > most then return math.max(redis.call('PTTL', key), 1) end
end
return 0
"""


@dataclass(frozen=True, order=True)
class Rate:
    """So many requests in so many seconds."""

    seconds: int
    most: int


def parse(text: str) -> Rate:
    """Return a rate written like "10 per minute".

    Raises:
        ValueError: it is written otherwise.
    """
    found = WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError(f"not a rate: {text}")
    return Rate(UNITS[found[2]], int(found[1]))


class Store(Protocol):
    """Where windows are counted."""

    def admit(self, who: str, rates: Sequence[Rate], *, is_counted: bool) -> float:
        """Return 0 and count a request, if that is wanted, where it fits into every window; else the seconds until it might."""


class InMemory:
    """The windows of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, Rate], tuple[int, float]] = {}  # how many requests, and when it ends
        self._sweep_at = 0.0

    def admit(self, who: str, rates: Sequence[Rate], *, is_counted: bool) -> float:
        """As `Store` says."""
        now = time.monotonic()
        with self._lock:
            if now >= self._sweep_at:
                self._windows = {key: window for key, window in self._windows.items() if window[1] > now}
                self._sweep_at = now + SWEEP_EVERY
            for rate in rates:
                count, ends_at = self._windows.get((who, rate), (0, 0.0))
                if ends_at <= now:
                    count, ends_at = 0, now + rate.seconds
                if count >= rate.most:
                    return ends_at - now
                if is_counted:
                    self._windows[who, rate] = count + 1, ends_at
        return 0


class InRedis:
    """The windows of all processes and nodes that share a Redis, with those of this process for when it does not answer."""

    def __init__(self, url: str) -> None:
        # A connection may have died unnoticed since its last use: one more try, but never a second wait for a silent server.
        retry = Retry(NoBackoff(), 1, supported_errors=(ConnectionBroken,))
        client = Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=retry)
        self._admit = client.register_script(_ADMIT)
        self._own = InMemory()
        self._rests_until = 0.0

    def admit(self, who: str, rates: Sequence[Rate], *, is_counted: bool) -> float:
        """As `Store` says."""
        if time.monotonic() >= self._rests_until:
            arguments = [number for rate in rates for number in (rate.most, rate.seconds * 1000, int(is_counted))]
            try:
                return int(self._admit(keys=[_key(who, rate) for rate in rates], args=arguments)) / 1000
            except (RedisError, OSError):
                self._rests_until = time.monotonic() + REST
        return self._own.admit(who, rates, is_counted=is_counted)


def _key(who: str, rate: Rate) -> str:
    return f"{PREFIX}{who}:{rate.most}/{rate.seconds}"
