"""Good answers that a process knows, and failures for some seconds. Callers of one address at one time share one request."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from idp.base import clock
from idp.base.fetch import wire
from idp.base.fetch.errors import FetchError, HostError

MOST_ANSWERS = 500
LARGEST_SUM = 16 * 1024 * 1024  # bytes of all answers together
FAILURE_KEPT = timedelta(seconds=15)


class Key(NamedTuple):
    """What an answer is known by: its address, how large it may be, and on whose behalf it was asked for."""

    url: str
    largest: int
    asker: str


@dataclass(frozen=True)
class _Known:
    asked_at: datetime
    anew_at: datetime | None  # when it was asked for last although an answer was known
    good_at: datetime
    body: bytes | None
    failure: FetchError | None


class Cache:
    """The answers, those used longest ago first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[Key, _Known] = OrderedDict()
        self._size = 0
        self._pending: dict[Key, Future[bytes | FetchError]] = {}

    def get(
        self,
        key: Key,
        ask: Callable[[], bytes],
        *,
        waiting: Callable[[], AbstractContextManager[None]],
        fresh_for: timedelta,
        at_most_every: timedelta,
        anew: bool,
    ) -> bytes:
        """Return what is known, or what `ask` returns; see `fetch.get_cached`. Whoever waits for another caller does so in `waiting`.

        Raises:
            FetchError: what `ask` raised, now or some seconds ago.
        """
        with self._lock:
            answer = self._find(key, fresh_for, at_most_every, anew)
            pending = None if answer is not None else self._pending.get(key)
            if answer is None and pending is None:
                self._pending[key] = Future()
        if answer is None:
            if pending is None:
                answer = self._ask(key, ask, anew)
            else:
                with waiting():
                    answer = self._wait(pending)
        if isinstance(answer, FetchError):
            raise type(answer)(str(answer), answer.status)
        return answer

    def _find(self, key: Key, fresh_for: timedelta, at_most_every: timedelta, anew: bool) -> bytes | FetchError | None:
        """Return the answer or failure that is to be believed; None when somebody has to ask."""
        known = self._known.get(key)
        if known is None:
            return None
        self._known.move_to_end(key)
        now = clock.now()
        if known.body is not None and now - known.good_at < fresh_for:
            pause = max(at_most_every, FAILURE_KEPT) if known.failure else at_most_every
            may_ask = known.anew_at is None or now - known.anew_at >= pause
            return None if anew and may_ask else known.body
        return known.failure if now - known.asked_at < FAILURE_KEPT else None

    def _ask(self, key: Key, ask: Callable[[], bytes], anew: bool) -> bytes | FetchError:
        answer: bytes | FetchError
        try:
            answer = ask()
        except FetchError as error:
            answer = error
        except BaseException as surprise:
            with self._lock:
                self._pending.pop(key).set_exception(surprise)
            raise
        with self._lock:
            self._keep(key, answer, anew)
            self._pending.pop(key).set_result(answer)
        return answer

    def _wait(self, pending: "Future[bytes | FetchError]") -> bytes | FetchError:
        try:
            return pending.result(timeout=wire.DEADLINE)
        except TimeoutError:
            return HostError("the host is too slow")

    def _keep(self, key: Key, answer: bytes | FetchError, anew: bool) -> None:
        now, before = clock.now(), self._known.pop(key, None)
        anew_at = now if anew else before.anew_at if before is not None else None
        if isinstance(answer, bytes):
            known = _Known(now, anew_at, now, answer, None)
        elif before is not None:  # a good answer outlives the failure of a later question
            known = _Known(now, anew_at, before.good_at, before.body, answer)
        else:
            known = _Known(now, anew_at, now, None, answer)
        self._known[key] = known
        self._size += len(known.body or b"") - len(before.body or b"" if before else b"")
        while len(self._known) > MOST_ANSWERS or self._size > LARGEST_SUM:
            _, dropped = self._known.popitem(last=False)
            self._size -= len(dropped.body or b"")
