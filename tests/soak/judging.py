"""What is too much, and what grows.

The first third of a run is its warm-up: caches fill, threads and connections are made, heaps find their size. A process may at no
time weigh more than its limit, in MiB of proportional memory (each shared page counts for its share).

Whatever is looked at must not grow afterwards. Growth is the slope of the rest of the run by Theil and Sen (the median of the slopes
between all pairs of samples, which a hash's 19 MiB that come and go do not move), times the length of that rest. More than the
tolerance is a leak:

- memory of a process: 4 MiB (in an hour's run that is 6 MiB an hour);
- open files of a process: 6; its threads: 3; connections to the database: 3.

Threads and connections are made when they are first needed at the same time, which may be late: up to what the settings give to every
process they are no growth.

Rows are not judged so: what was written under load lives for hours or days. Instead, a purge that takes place more than a year later
must leave none of what expires.
"""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from idp.config.settings import SEATS
from tests.soak.watching import CONNECTIONS, FILES, MEMORY, ROWS, THREADS, Series

WARM_UP = 1 / 3
LIMITS = {"worker": 90.0, "courier": 60.0}  # MiB
TOLERANCES = {MEMORY: 4.0, FILES: 6.0, THREADS: 3.0, CONNECTIONS: 3.0}
# A worker has a thread and a connection for each seat, the courier eight of both; beside them there are the loop, what hashes, what
# listens, and standard files. A connection to SQLite is three files: the database, its log and what they share.
GIVEN = {FILES: 3 * SEATS + 10, THREADS: SEATS + 2, CONNECTIONS: 2 * SEATS + 8}
FEWEST = 6  # samples after the warm-up

Samples = Mapping[Series, list[tuple[float, float]]]


@dataclass(frozen=True)
class Finding:
    """What became of one series: after the warm-up in the middle, at most, and by how much it has grown; `fault` says what is wrong."""

    series: Series
    middle: float
    most: float
    growth: float
    fault: str


def judge(found: Samples) -> list[Finding]:
    """Return a finding for each series."""
    end = max(at for values in found.values() for at, _value in values)
    return [_judge(series, values, end) for series, values in found.items()]


def table(findings: list[Finding]) -> str:
    """Return the findings as a table of text; of rows only the number at the end."""
    lines = [f"{'':34}{'middle':>10}{'most':>10}{'growth':>10}"]
    for each in sorted(findings, key=lambda each: (each.series.kind == ROWS, each.series.kind, each.series.subject)):
        figures = ("", each.most, "") if each.series.kind == ROWS else (each.middle, each.most, each.growth)
        told = "".join(f"{figure:>10.1f}" if figure != "" else f"{'':>10}" for figure in figures)
        lines.append(f"{str(each.series):34}{told}  {each.fault}".rstrip())
    return "\n".join(lines)


def slope(values: list[tuple[float, float]]) -> float:
    """Return the slope by Theil and Sen: the median of those between all pairs."""
    pairs = [
        (later - earlier) / (after - before)
        for number, (before, earlier) in enumerate(values)
        for after, later in values[number + 1 :]
        if after > before
    ]
    return statistics.median(pairs) if pairs else 0.0


def _judge(series: Series, values: list[tuple[float, float]], end: float) -> Finding:
    warm = [(at, value) for at, value in values if at >= end * WARM_UP]
    most = max(value for _at, value in values)
    middle = statistics.median(value for _at, value in warm or values)
    given = GIVEN.get(series.kind, 0)
    growth = slope([(at, max(value, given)) for at, value in warm]) * (end - end * WARM_UP)
    return Finding(series, middle, most, growth, _fault(series, most, growth, len(warm)))


def _fault(series: Series, most: float, growth: float, samples: int) -> str:
    if series.kind == ROWS:
        return ""
    limit = LIMITS.get(series.subject.split()[0]) if series.kind == MEMORY else None
    if limit is not None and most > limit:
        return f"more than {limit:.0f} {MEMORY}"
    if samples < FEWEST:
        return f"only {samples} samples: it was not there all the time"
    if growth > TOLERANCES[series.kind]:
        return f"grows by more than {TOLERANCES[series.kind]:.0f}"
    return ""
