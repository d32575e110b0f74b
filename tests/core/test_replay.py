"""What may be used once: claims in a row, by several at once, and what is left of them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from idp import replay
from idp.base import clock
from tests.factories import Provider


def claim(provider: Provider, kind: str, value: str) -> bool:
    """Use something up for a minute, in a transaction of its own."""
    with provider.working():
        return replay.claim(kind, value, clock.now() + timedelta(minutes=1))


def test_a_value_is_used_once_in_its_kind(provider: Provider) -> None:
    """The first claim succeeds, the second does not; another value or kind is something else."""
    asked = [("a", "1"), ("a", "1"), ("a", "2"), ("b", "1")]
    assert [claim(provider, kind, value) for kind, value in asked] == [True, False, True, True]


def test_of_parallel_claims_one_succeeds(provider: Provider) -> None:
    """Six threads claim the same value at once, and one of them has it."""
    ready = Barrier(6)

    def race(_number: int) -> bool:
        ready.wait(30)
        return claim(provider, "a", "1")

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(race, range(6))) == [False] * 5 + [True]


def test_expired_claims_are_purged(provider: Provider) -> None:
    """Purging forgets a claim once its value would have expired anyway, and not before."""
    claim(provider, "a", "1")
    with provider.working():
        assert replay.purge(10) == 0
    with clock.moved(timedelta(minutes=2)), provider.working():
        assert replay.purge(10) == 1
