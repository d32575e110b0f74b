"""What the pages show: the numbers of a time, those of the last events among them, which nobody has counted yet."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, select

from idp import trail
from idp.base import clock
from idp.base.database import session
from idp.tallies import counting, rolling
from idp.tallies.counting import Mark, day_of, hour_of
from idp.tallies.models import DAY, HOUR, Tally
from idp.trail.models import TrailReader

MOST_LIVE = (
    2000  # events that a page counts by itself; where more are left, the counting is behind, and the page says so
)
LENGTHS = {HOUR: timedelta(hours=1), DAY: timedelta(days=1)}
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Numbers:
    """The numbers of a time: its hours or days, the last of which is the present one, and what was counted in each.

    `counted_until` is there where the counting is behind.
    """

    span: str
    times: list[datetime]
    marks: dict[tuple[str, str], dict[datetime, int]]
    counted_until: datetime | None

    def series(self, what: str, key: str = "") -> list[int]:
        """Return a number for each hour or day; 0 where nothing was counted."""
        found = self.marks.get((what, key), {})
        return [found.get(at, 0) for at in self.times]

    def readings(self, what: str, key: str) -> list[int | None]:
        """Return what was looked at in each hour or on each day; None where nobody looked."""
        found = self.marks.get((what, key), {})
        return [found.get(at) for at in self.times]

    def total(self, what: str, key: str = "") -> int:
        """Return the sum."""
        return sum(self.series(what, key))

    def totals(self, what: str) -> dict[str, int]:
        """Return the sum for each key, the largest first."""
        sums = {key: self.total(of, key) for of, key in self.marks if of == what}
        return dict(
            sorted(((key, total) for key, total in sums.items() if total), key=lambda pair: (-pair[1], pair[0]))
        )


def read(span: str, length: int) -> Numbers:
    """Return the numbers of the last `length` hours or days, the present one among them."""
    now = clock.now()
    last = hour_of(now) if span == HOUR else day_of(now)
    times = [last - LENGTHS[span] * back for back in reversed(range(length))]
    marks: dict[tuple[str, str], dict[datetime, int]] = defaultdict(Counter)
    # In one statement, so that no event is counted twice or left out because it is counted meanwhile.
    within = and_(Tally.span == span, Tally.at >= times[0])
    reached = select(TrailReader.reached).where(TrailReader.name == rolling.NAME).scalar_subquery()
    place = select(reached.label("reached")).subquery()
    rows = session().execute(select(place.c.reached, Tally).outerjoin_from(place, Tally, within)).all()
    for _reached, tally in rows:
        if tally is not None:
            marks[tally.what, tally.key][tally.at] = tally.number
    live = _events_behind(rolling.start() if rows[0].reached is None else rows[0].reached)
    for mark, number in _count_live(live).items():
        if mark.span == span and mark.at >= times[0]:
            marks[mark.what, mark.key][mark.at] += number
    return Numbers(span, times, marks, live[-1].at if len(live) == MOST_LIVE else None)


def active_since(begin: datetime) -> int:
    """Return how many people have signed in on the day of an instant or later, as far as it is counted."""
    since = (Tally.span == DAY, Tally.at >= day_of(begin), Tally.what == counting.LAST_SEEN)
    return sum(session().scalars(select(Tally.number).where(*since)))


def _events_behind(reached: int) -> list[Any]:
    return list(trail.after(session(), reached, LARGEST_ID, MOST_LIVE))


def _count_live(events: list[Any]) -> Counter[Mark]:
    came = counting.visitors(events)
    people, _latest = counting.count_people(came, rolling.last_visits(digest for digest, _hour in came))
    counts = counting.count(events)
    counts.update(people)
    return counts
