"""How many failures a counter lets pass, how its delays grow, and whose it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from idp.base import crypto

FREE_FAILURES = 5
LONGEST_WAIT = timedelta(minutes=15)
FORGET_AFTER = timedelta(hours=24)


class Gone(Exception):
    """Redis, which shares counters among nodes, does not answer just now."""


@dataclass(frozen=True)
class Limit:
    """One counter: `free` failures, then delays that double from `shortest` up to `longest`.

    `most` is how many consecutive failures there may ever be: then nobody may try until the counter is cleared or its holder
    released. Such a counter lasts; the others are forgotten after `forget_after` of quiet. `holder` is whose failures they are.
    """

    key: str
    free: int = FREE_FAILURES
    shortest: timedelta = timedelta(seconds=1)
    longest: timedelta = LONGEST_WAIT
    most: int | None = None
    forget_after: timedelta = FORGET_AFTER
    holder: str | None = None

    @property
    def digest(self) -> bytes:
        """What the counter is stored under: the key may hold what somebody typed."""
        return crypto.digest(self.key)

    @property
    def is_lasting(self) -> bool:
        """Whether time alone never makes the counter forget."""
        return self.most is not None

    @property
    def soonest(self) -> int:
        """The failure after which a next try has to wait for the first time."""
        return self.free if self.most is None else min(self.free, self.most)

    def is_used_up(self, failures: int) -> bool:
        """Return whether nobody may try any more after so many failures."""
        return self.most is not None and failures >= self.most

    def delay(self, failures: int) -> timedelta | None:
        """Return how long the next try has to wait after so many failures; None for not at all."""
        if failures < self.free:
            return None
        return min(self.shortest * float(2 ** min(failures - self.free, 20)), self.longest)


def read(keys: Iterable[str | Limit], holder: str | None = None) -> list[Limit]:
    """Return limits for keys: a plain string has five free failures, and belongs to `holder`."""
    return [key if isinstance(key, Limit) else Limit(key, holder=holder) for key in keys]
