"""The run: each row on one server after the other, several rounds of that, the servers all running; and what each round used."""

import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from tests.bench import processes
from tests.bench.loads import Measured, Unexpected
from tests.bench.peers.peer import Peer
from tests.bench.rows import Material

LEAST = 10  # answers of a round that have a rate


@dataclass(frozen=True)
class Cell:
    """One row on one server in one round: CPU seconds of its processes, of its stores, and of whatever else ran in all those seconds."""

    measured: Measured
    cpu: float
    store_cpu: float
    elsewhere: float
    seconds: float


@dataclass
class Entry:
    """One server in the run, and what was found; `problems` are the rows that it did not do as it should have, with the reason."""

    peer: Peer
    cells: dict[str, list[Cell]] = field(default_factory=lambda: defaultdict(list))
    problems: dict[str, str] = field(default_factory=dict)
    memory_before: float = 0
    memory_after: float = 0


@dataclass(frozen=True)
class Plan:
    """Which rows, how many rounds, how many seconds a row, and in the round before that counts for nothing."""

    rows: tuple[str, ...]
    rounds: int
    seconds: int
    warm_up: int


def run(peers: list[Peer], plan: Plan, say: Callable[[str], None]) -> list[Entry]:
    """Start every server, measure, and end them all, whatever happens. A server that does not start is left out, and said to be."""
    with ExitStack() as stack:
        entries = []
        for peer in peers:
            stack.callback(peer.stop)
            try:
                peer.start()
            except Exception as problem:  # noqa: BLE001 - one peer less is no reason to measure none
                say(f"{peer.name} did not start: {problem}")
                continue
            say(f"{peer.name}: first answer after {peer.first_answer:.2f} s")
            entries.append(Entry(peer, memory_before=processes.memory(peer.pids())))
        if not entries:
            return []
        materials = {entry.peer.name: Material(entry.peer, plan.seconds) for entry in entries}
        for number in range(plan.rounds + 1):
            seconds = plan.seconds if number else plan.warm_up
            say(f"round {number} of {plan.rounds}" if number else "warm-up")
            for row in plan.rows:
                for entry in entries[number % len(entries) :] + entries[: number % len(entries)]:
                    material = materials[entry.peer.name]
                    material.seconds = seconds
                    _measure(entry, material, row, seconds, counts=number > 0, say=say)
        for entry in entries:
            entry.memory_after = processes.memory(entry.peer.pids())
        return entries


def _measure(
    entry: Entry, material: Material, row: str, seconds: int, counts: bool, say: Callable[[str], None]
) -> None:
    if not entry.peer.has(row):
        return
    try:
        load = material.load(row)
        with _watching(entry.peer) as used:
            measured = load.drive(entry.peer.port, seconds)
    except (Unexpected, RuntimeError, OSError) as problem:
        _refuse(entry, row, str(problem), counts, say)
        return
    material.note(row, load, measured)
    if measured.errors:
        _refuse(entry, row, f"{measured.errors} of {measured.requests} answers were errors", counts, say)
    elif measured.requests < LEAST:
        _refuse(entry, row, f"only {measured.requests} answers", counts, say)
    elif counts:
        cell = Cell(measured, *used)
        entry.cells[row].append(cell)
        rate, cost = measured.requests / measured.seconds, cell.cpu / measured.paid * 1000
        say(f"  {row:26} {entry.peer.name:30} {rate:9.1f}/s {cost:8.2f} ms CPU, p99 {measured.p99:8.1f} ms")


def _refuse(entry: Entry, row: str, why: str, counts: bool, say: Callable[[str], None]) -> None:
    say(f"  {row} on {entry.peer.name}: {why}")
    if counts:
        entry.problems[row] = why
        say(f"    its log ends so: {entry.peer.processes[-1].log()[-600:]}")


@contextmanager
def _watching(peer: Peer) -> Iterator[list[float]]:
    """Yield a list of what the block used: CPU seconds of the server, of its stores, of everything else, and seconds that went by."""
    used: list[float] = []
    before = _look(peer)
    yield used
    server, stores, own, busy, seconds = (after - earlier for after, earlier in zip(_look(peer), before, strict=True))
    used.extend([server, stores, max(0.0, busy - server - stores - own), seconds])


def _look(peer: Peer) -> tuple[float, ...]:
    times = os.times()
    own = times.user + times.system + times.children_user + times.children_system
    server, stores = processes.cpu_seconds(peer.pids()), processes.cpu_seconds(peer.stores())
    return server, stores, own, processes.busy_seconds(), time.monotonic()


def say(line: str) -> None:
    """Print a line of progress."""
    print(line, file=sys.stderr, flush=True)
