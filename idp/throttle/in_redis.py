"""Failure counters in Redis, so that all nodes share the delays at little cost. When Redis is gone, callers count in the database.

Loaded where there is one. Each step is one script, which Redis runs alone: of parallel tries exactly as many pass as are allowed.
Instants are the callers' own, in milliseconds since 1970; a key goes a day after its last failure.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from redis import Redis, RedisError

from idp.base import clock
from idp.base.redis import terms
from idp.throttle.limits import FORGET_AFTER, Gone, Limit

log = logging.getLogger(__name__)
Result = TypeVar("Result")

PREFIX = "idp:failures:"
TIMEOUT = 0.5  # seconds
REST = timedelta(seconds=5)  # how long a Redis that failed is left alone
WARN_EVERY = timedelta(minutes=1)

# KEYS: the counters. ARGV: now, time to live, then for each counter free, shortest, longest, forget_after, its holder's key or "".
# Returns the milliseconds to wait, 0 where the try was counted.
_ATTEMPT = """
local now, wait = tonumber(ARGV[1]), 0
for _, key in ipairs(KEYS) do
    wait = math.max(wait, tonumber(redis.call('HGET', key, 'blocked') or '0') - now)
end
if wait > 0 then return wait end
for number, key in ipairs(KEYS) do
    local at = 3 + (number - 1) * 5
    local free, shortest, longest = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    local last = tonumber(redis.call('HGET', key, 'last') or '0')
    local failures = tonumber(redis.call('HGET', key, 'failures') or '0') + 1
    if now - last > tonumber(ARGV[at + 3]) then failures = 1 end
    local blocked = 0
    if failures >= free then blocked = now + math.min(shortest * 2 ^ math.min(failures - free, 20), longest) end
    redis.call('HSET', key, 'failures', failures, 'last', ARGV[1], 'blocked', string.format('%.0f', blocked))
    redis.call('PEXPIRE', key, ARGV[2])
    local holder = ARGV[at + 4]
    if holder ~= '' then
        redis.call('SADD', holder, key)
        redis.call('PEXPIRE', holder, ARGV[2])
    end
end
return 0
"""
# KEYS: the counters.
_UNCOUNT = """
for _, key in ipairs(KEYS) do
    if tonumber(redis.call('HGET', key, 'failures') or '0') > 0 then
        redis.call('HINCRBY', key, 'failures', -1)
        redis.call('HSET', key, 'blocked', 0)
    end
end
"""
# KEYS: the set of a holder's counters. ARGV: now.
_IS_HELD = """
for _, key in ipairs(redis.call('SMEMBERS', KEYS[1])) do
    if tonumber(redis.call('HGET', key, 'blocked') or '0') > tonumber(ARGV[1]) then return 1 end
end
return 0
"""
# KEYS: the set of a holder's counters.
_RELEASE = """
for _, key in ipairs(redis.call('SMEMBERS', KEYS[1])) do redis.call('DEL', key) end
redis.call('DEL', KEYS[1])
"""


class Store:
    """The counters of one Redis server, which is left alone for some seconds whenever it fails."""

    def __init__(self, url: str) -> None:
        self._client = Redis.from_url(url, **terms(TIMEOUT))
        self._attempt, self._uncount, self._is_held, self._release = (
            self._client.register_script(script) for script in (_ATTEMPT, _UNCOUNT, _IS_HELD, _RELEASE)
        )
        self._rests_until: datetime | None = None
        self._warned_at: datetime | None = None

    def attempt(self, limits: Sequence[Limit]) -> timedelta:
        """Count a try under every limit and return no time; or count nothing, and return the wait."""
        arguments: list[Any] = [_milliseconds(clock.now()), _milliseconds(FORGET_AFTER)]
        for limit in limits:
            spans = (limit.shortest, limit.longest, limit.forget_after)
            holder = _holder(limit.holder) if limit.holder else ""
            arguments += [limit.free, *(_milliseconds(span) for span in spans), holder]
        wait = self._ask(lambda: self._attempt(keys=_keys(limits), args=arguments))
        return timedelta(milliseconds=int(wait))

    def wait(self, limits: Sequence[Limit]) -> timedelta:
        """Return the longest wait under these limits."""

        def ask() -> list[Any]:
            with self._client.pipeline(transaction=False) as pipeline:
                for key in _keys(limits):
                    pipeline.hget(key, "blocked")
                return pipeline.execute()

        now = _milliseconds(clock.now())
        return timedelta(milliseconds=max([0, *(int(blocked or 0) - now for blocked in self._ask(ask))]))

    def uncount(self, limits: Sequence[Limit]) -> None:
        """Take one count back from each, and the delay that it made."""
        self._ask(lambda: self._uncount(keys=_keys(limits)))

    def clear(self, limits: Sequence[Limit]) -> None:
        """Forget these counters."""
        self._ask(lambda: self._client.delete(*_keys(limits)))

    def release(self, holder: str) -> None:
        """Forget every counter of a holder."""
        self._ask(lambda: self._release(keys=[_holder(holder)]))

    def is_held(self, holder: str) -> bool:
        """Return whether a counter of this holder makes somebody wait."""
        now = _milliseconds(clock.now())
        return bool(self._ask(lambda: self._is_held(keys=[_holder(holder)], args=[now])))

    def _ask(self, question: Callable[[], Result]) -> Result:
        """Return the answer.

        Raises:
            Gone: there is none, or there was none a moment ago.
        """
        now = clock.now()
        if self._rests_until is not None and now < self._rests_until:
            raise Gone
        try:
            answer = question()
        except (RedisError, OSError) as error:
            self._rests_until = now + REST
            if self._warned_at is None or now >= self._warned_at + WARN_EVERY:
                self._warned_at = now
                log.warning("Redis does not answer (%s): failures are counted in the database", type(error).__name__)
            raise Gone from None
        self._rests_until = None
        return answer


@cache
def store(url: str) -> Store:
    """Return the counters of a Redis."""
    return Store(url)


def _keys(limits: Sequence[Limit]) -> list[str]:
    return [PREFIX + limit.digest.hex() for limit in limits]


def _holder(holder: str) -> str:
    return f"{PREFIX}of:{holder}"


def _milliseconds(value: datetime | timedelta) -> int:
    return int((value.timestamp() if isinstance(value, datetime) else value.total_seconds()) * 1000)
