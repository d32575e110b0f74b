"""Good answers that a process knows, and failures for some seconds. Callers of one address at one time share one request."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.base import clock
from idp.base.fetch import wire
from idp.base.fetch.errors import FetchError, HostError

MOST_ANSWERS = 500
LARGEST_SUM = 16 * 1024 * 1024  # bytes of all answers together
FAILURE_KEPT = timedelta(seconds=15)

Key = tuple[str, int]  # an address, and how large its answer may be


@dataclass(frozen=True)
class _Known:
    asked_at: datetime
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
                answer = self._ask(key, ask)
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
        age = clock.now() - known.asked_at
        if known.body is not None and clock.now() - known.good_at < fresh_for:
            pause = max(at_most_every, FAILURE_KEPT) if known.failure else at_most_every
            return known.body if not anew or age < pause else None
        return known.failure if age < FAILURE_KEPT else None

    def _ask(self, key: Key, ask: Callable[[], bytes]) -> bytes | FetchError:
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
            self._keep(key, answer)
            self._pending.pop(key).set_result(answer)
        return answer

    def _wait(self, pending: "Future[bytes | FetchError]") -> bytes | FetchError:
        try:
            return pending.result(timeout=wire.DEADLINE)
        except TimeoutError:
            return HostError("the host is too slow")

    def _keep(self, key: Key, answer: bytes | FetchError) -> None:
        now, before = clock.now(), self._known.pop(key, None)
        if isinstance(answer, bytes):
            known = _Known(now, now, answer, None)
        elif before is not None:  # a good answer outlives the failure of a later question
            known = _Known(now, before.good_at, before.body, answer)
        else:
            known = _Known(now, now, None, answer)
        self._known[key] = known
        self._size += len(known.body or b"") - len(before.body or b"" if before else b"")
        while len(self._known) > MOST_ANSWERS or self._size > LARGEST_SUM:
            _, dropped = self._known.popitem(last=False)
            self._size -= len(dropped.body or b"")
