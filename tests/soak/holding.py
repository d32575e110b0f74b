"""One run: the provider is started, called by many threads for some seconds, looked at meanwhile, and judged."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from tests.bench.loads import Unexpected
from tests.bench.rows import Material
from tests.soak import judging
from tests.soak.journeys import MIX, Crowd
from tests.soak.pace import Pace
from tests.soak.postbox import Postbox
from tests.soak.provider import Held, OnPostgresql, OnSqlite
from tests.soak.watching import MEMORY, Watch

KINDS: dict[str, type[Held]] = {"postgresql": OnPostgresql, "sqlite": OnSqlite}
CALLERS = 16
SAMPLES = 180  # of a run, at most
SHORTEST_PAUSE = 0.5  # seconds between samples
TELL_EVERY = 60.0  # seconds
MOST_PROBLEMS = 1 / 1000  # of the journeys


@dataclass(frozen=True)
class Run:
    """What was found; `left` are rows that a purge much later does not delete."""

    findings: list[judging.Finding]
    journeys: int
    requests: int
    mails: int
    problems: Counter[str]
    left: dict[str, int]
    table: str

    @property
    def faults(self) -> list[str]:
        """Everything that is wrong."""
        grown = [f"{each.series}: {each.fault}" for each in self.findings if each.fault]
        left = [f"{table}: {number} rows are never purged" for table, number in self.left.items() if number]
        failed = sum(self.problems.values())
        many = [f"{failed} of {self.journeys} journeys failed"] if failed > self.journeys * MOST_PROBLEMS else []
        return grown + left + many


def hold(
    database: str,
    seconds: float,
    *,
    rate: float = 0,
    report: Path | None = None,
    command: list[str] | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> Run:
    """Hold the provider under load for some seconds, at `rate` requests a second (0: as many as it answers)."""
    postbox = Postbox()
    postbox.start()
    peer = KINDS[database](postbox, command)
    try:
        peer.start()
        crowd = Crowd(Material(peer, 1), postbox, Pace(rate))
        crowd.prepare()
        watch = Watch(peer)
        journeys, problems = _call(crowd, watch, seconds, say)
        if report is not None:
            watch.write(report)
        left = peer.purge_later()
        findings = judging.judge(watch.found)
        return Run(findings, journeys, crowd.pace.count, postbox.count, problems, left, judging.table(findings))
    except BaseException as problem:
        if peer.processes:
            problem.add_note(f"The server's log:\n{peer.processes[-1].log()}")
        raise
    finally:
        peer.stop()
        postbox.stop()


def _call(crowd: Crowd, watch: Watch, seconds: float, say: Callable[[str], None]) -> tuple[int, Counter[str]]:
    """Let callers call until the time is up, and look meanwhile; return how many journeys there were, and what went wrong."""
    over = threading.Event()
    done: Counter[str] = Counter()
    problems: Counter[str] = Counter()

    def call() -> None:
        while not over.is_set():
            journey = random.choice(MIX)
            try:
                journey(crowd)
            except (Unexpected, OSError, HTTPException) as problem:
                problems[f"{journey.__name__}: {type(problem).__name__}: {problem}"[:300]] += 1
                time.sleep(0.1)
            done[journey.__name__] += 1

    callers = [threading.Thread(target=call, daemon=True) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    try:
        _look(crowd, watch, seconds, say)
    finally:
        over.set()
        for caller in callers:
            caller.join(120)
    return done.total(), problems


def _look(crowd: Crowd, watch: Watch, seconds: float, say: Callable[[str], None]) -> None:
    pause = max(SHORTEST_PAUSE, seconds / SAMPLES)
    told = time.monotonic()
    while (now := time.monotonic()) - watch.began < seconds:
        watch.look()
        if now - told > TELL_EVERY:
            told = now
            latest = [
                f"{series.subject} {values[-1][1]:.0f}"
                for series, values in watch.found.items()
                if series.kind == MEMORY
            ]
            say(f"{now - watch.began:6.0f} s  {crowd.pace.count:9} requests  {', '.join(latest)} MiB")
        time.sleep(max(0.0, pause - (time.monotonic() - now)))
