"""The one guarded fetcher, for every address that the server is told by others: what clients publish, and where they want to hear.

https alone, no private address, no redirect, no proxy, bounded in size and time; a host that fails is left alone for a while.
What is fetched is data of a stranger still: callers check it.

`target` reads an address and finds out where it leads, `wire` speaks HTTP with it, `breaker` remembers hosts that fail and `cache` good
answers; `base.places` says how many may wait at a time. What is remembered belongs to the running application, one in each process.
Hosts that the operator has named (`converse`) may be private and speak http; the bounds are the same, with places for each of them.
Callers end their transaction first (`database.pause`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import cast

from flask import current_app

from idp.base.fetch import target, wire
from idp.base.fetch.breaker import Breaker
from idp.base.fetch.cache import Cache, Key
from idp.base.fetch.deadline import Deadline
from idp.base.fetch.errors import FetchError, HostError, tell
from idp.base.fetch.target import Network
from idp.base.fetch.wire import Answer, Question
from idp.base.places import Places, half

__all__ = [
    "Answer",
    "Deadline",
    "FetchError",
    "Question",
    "converse",
    "exchange",
    "get",
    "get_cached",
    "load",
    "post",
    "tell",
]

LARGEST_REPLY = 64 * 1024  # bytes that are read of the answer to a POST


@dataclass(frozen=True)
class _Memory:
    places: Places = field(default_factory=lambda: Places(half()))
    named: dict[str, Places] = field(default_factory=dict)
    breaker: Breaker = field(default_factory=Breaker)
    cache: Cache = field(default_factory=Cache)


def get(url: str, *, largest: int, headers: Mapping[str, str] | None = None) -> bytes:
    """Return the body of a GET, sent with more headers where some are given; it takes at most `wire.DEADLINE` seconds.

    Raises:
        FetchError, Busy: as for `load`.
    """
    return load(url, largest=largest, headers=headers).body


def load(url: str, *, largest: int, headers: Mapping[str, str] | None = None) -> Answer:
    """Return the good answer to a GET, with what it says of how long it may be kept.

    Raises:
        FetchError: not https, a private address, any status but 200, encoded, larger than `largest` bytes, cut off, too slow,
            or a host that failed too often.
        Busy: too many requests of this process wait for hosts already.
    """
    with _memory().places.taken():
        answer = _ask(url, wire.Question("GET", headers or {}, largest=largest))
    if answer.status != HTTPStatus.OK:
        raise FetchError(f"the answer was {answer.status}", answer.status)
    if answer.encoding not in ("", "identity"):
        raise FetchError("the answer is encoded", answer.status)
    if len(answer.body) > largest:
        raise FetchError("the answer is too large", answer.status)
    if answer.is_cut_off:
        raise FetchError("the answer is cut off", answer.status)
    return answer


def post(
    url: str,
    body: bytes,
    *,
    media_type: str,
    largest: int = LARGEST_REPLY,
    headers: Mapping[str, str] | None = None,
    networks: tuple[Network, ...] = (),
) -> int:
    """Send a body and return the status, one from 200 to 299; of the answer up to `largest` bytes are read and dropped.

    More headers are sent where some are given, and the address may lie in one of the private `networks`.

    For the worker, which has threads of its own for it: unlike `get` it takes no place of a request.

    Raises:
        FetchError: as for `get`; any other status, which the error names.
    """
    told = {"Content-Type": media_type, **(headers or {})}
    answer = _ask(url, wire.Question("POST", told, body, largest), networks)
    if not answer.is_good:
        raise FetchError(f"the answer was {answer.status}", answer.status)
    return answer.status


def exchange(url: str, question: Question, *, networks: tuple[Network, ...] = ()) -> Answer:
    """Ask a host anything and return what it answers, good or not; the address may lie in one of the private `networks`.

    For the worker, as `post`.

    Raises:
        FetchError: as for `post`, but of the statuses for one of 500 and more alone, 501 excepted.
    """
    return _ask(url, question, networks)


def get_cached(
    url: str, *, largest: int, fresh_for: timedelta, at_most_every: timedelta, asker: str = "", anew: bool = False
) -> bytes:
    """Return the body of a GET, or the one that this process has known for less than `fresh_for`, on behalf of this `asker`.

    With `anew` a fresh one is asked for too, unless that was done less than `at_most_every` ago: for a key that is not among those
    known. The question that brought what is known does not count, however young it is: what is missing may be younger. Callers in
    parallel share one request, and a failure is not tried again for some seconds.

    Raises:
        FetchError: as for `get`, now or a few seconds ago.
        Busy: as for `get`; callers who only wait for somebody else's request take a place too.
    """
    memory = _memory()
    return memory.cache.get(
        Key(url, largest, asker),
        lambda: get(url, largest=largest),
        waiting=memory.places.taken,
        fresh_for=fresh_for,
        at_most_every=at_most_every,
        anew=anew,
    )


def converse(url: str, question: Question, deadline: Deadline, *, is_named: bool = True) -> Answer:
    """Ask a host of a provider, before the deadline of a whole conversation, and return what it answers, good or not.

    One that the operator has named in the settings (`is_named`) may be private and speak http; any other is held to the rules of `get`.

    Raises:
        FetchError: malformed, not reached, not trusted, too slow, or a host that failed too often. An answer of 500 and more is none:
            it came, and a stranger could have brought it about.
        Busy: as many requests of this process as may wait for this host do already.
    """
    where, memory = target.read(url, is_named=is_named), _memory()
    places = memory.named.get(where.origin) or memory.named.setdefault(where.origin, Places(half()))
    with places.taken(), memory.breaker.watching(where.origin):
        return wire.ask(where, question, deadline)


def _ask(url: str, question: wire.Question, networks: tuple[Network, ...] = ()) -> wire.Answer:
    where = target.read(url, networks=networks)
    with _memory().breaker.watching(where.origin):
        answer = wire.ask(where, question)
        # 501 is about the method alone, and so an answer of a host that works.
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and answer.status != HTTPStatus.NOT_IMPLEMENTED:
            raise HostError(f"the answer was {answer.status}", answer.status)
        return answer


def _memory() -> _Memory:
    known = current_app.extensions.get("idp.fetch")
    if known is None:  # of several threads that come first, one brings the memory of all
        known = current_app.extensions.setdefault("idp.fetch", _Memory())
    return cast(_Memory, known)
