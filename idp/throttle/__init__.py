"""Failure counters with growing delays, which always hold, whatever the request limits say.

A counter belongs to a key such as "password/<account>/<source>". After some free failures each further one doubles the wait, up to
a bound; the wait is answered, never slept. Delays are kept in Redis where there is one, so that all nodes share them; counters of
how many failures there may ever be stay in the database. `accounts.tries` decides what passwords and codes are counted under.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from idp.base import clock
from idp.base.addresses import block_of
from idp.base.extensions import settings
from idp.throttle import in_database
from idp.throttle.in_database import purge
from idp.throttle.limits import FREE_FAILURES, Gone, Limit, read
from idp.throttle.models import FailureCounter

if TYPE_CHECKING:
    from idp.throttle.in_redis import Store

__all__ = [
    "FREE_FAILURES", "HELD_WAIT", "FailureCounter", "Limit", "attempt", "block_of", "clear", "is_held", "is_held_for_good", "purge",
    "release", "tallied", "tally", "uncount", "wait",
]  # fmt: skip

HELD_WAIT = timedelta(hours=1)  # what is answered where no waiting helps


def attempt(keys: Iterable[str | Limit], holder: str | None = None) -> int:
    """Count a try under each key before it is made, and return 0; or the seconds to wait, if it must not be made.

    A refused try counts nowhere. A success `clear`s the keys afterwards, or takes its count back by `uncount`. Counting first, in one
    step, keeps parallel tries from slipping through together. Keys that are plain strings belong to `holder`.
    """
    store, shared, own = _sort(read(keys, holder))
    if store is not None:
        try:
            remaining = store.attempt(shared)
        except Gone:
            store, own = None, shared + own
        else:
            if remaining:
                return _seconds(remaining)
    blocked_for = in_database.attempt(own) if own else None
    if blocked_for is None:
        return 0
    if store is not None:
        with suppress(Gone):
            store.uncount(shared)
    return _seconds(blocked_for)


def wait(keys: Iterable[str | Limit]) -> int:
    """Return the seconds until a next try is allowed under all `keys`; 0 when it is allowed now."""
    store, shared, own = _sort(read(keys))
    remaining = timedelta()
    if store is not None:
        try:
            remaining = store.wait(shared)
        except Gone:
            own = shared + own
    remaining = max(remaining, in_database.wait(own))
    return _seconds(remaining) if remaining else 0


def is_held_for_good(keys: Iterable[Limit]) -> bool:
    """Return whether one of these counters has reached the most failures there may be: no time to wait will help."""
    return in_database.is_used_up([limit for limit in keys if limit.is_lasting])


def clear(keys: Iterable[str | Limit]) -> None:
    """Forget the failures under each key, after a success."""
    _change(read(keys), lambda store, limits: store.clear(limits), in_database.clear)


def uncount(keys: Iterable[str | Limit]) -> None:
    """Take the count of one try back that was no failure, and the delay that it made; what came before stays."""
    _change(read(keys), lambda store, limits: store.uncount(limits), in_database.uncount)


def release(holder: str) -> None:
    """Forget every counter of a holder."""
    in_database.release(holder)
    if (store := _store()) is not None:
        with suppress(Gone):
            store.release(holder)


def is_held(holder: str) -> bool:
    """Return whether a counter of this holder makes somebody wait."""
    if (store := _store()) is not None:
        with suppress(Gone):
            if store.is_held(holder):
                return True
    return in_database.is_held(holder)


def tally(key: str) -> int:
    """Count one under `key` without any wait, and return the count of the present UTC day."""
    return in_database.tally(_of_today(key))


def tallied(key: str) -> int:
    """Return today's count under `key`."""
    return in_database.tallied(_of_today(key))


def _store() -> "Store | None":
    """Return the counters of the configured Redis, None where there is none."""
    url = settings().redis_url
    if not url:
        return None
    from idp.throttle import in_redis

    return in_redis.store(url)


def _sort(limits: list[Limit]) -> tuple["Store | None", list[Limit], list[Limit]]:
    """Return Redis with the limits that are counted there, and those of the database; None where Redis has none of them."""
    store = _store()
    shared = [limit for limit in limits if store is not None and not limit.is_lasting]
    own = [limit for limit in limits if limit not in shared]
    return store if shared else None, shared, own


def _change(
    limits: list[Limit], there: Callable[["Store", list[Limit]], None], here: Callable[[list[Limit]], None]
) -> None:
    store, shared, own = _sort(limits)
    if store is not None:
        try:
            there(store, shared)
        except Gone:
            own = shared + own
    if own:
        here(own)


def _seconds(remaining: timedelta) -> int:
    return max(1, ceil(min(remaining, HELD_WAIT).total_seconds()))


def _of_today(key: str) -> Limit:
    return Limit(f"{key}/{clock.now().date().isoformat()}")
