"""Run the benchmark: `make bench`, or `make bench ARGS='--peers all --publish'`. `docs/benchmark.md` explains it.

Nothing here judges speed. A row with errors is refused, and the run fails when one of ours is, since a rate of refusals says nothing.
"""

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from tests.bench import contest, goals, growth, home, limits, loads, report
from tests.bench.peers import OURS, PEERS, Peer
from tests.bench.peers.ours import Beside, Seeded
from tests.bench.rows import ROWS
from tests.support import services

LONGEST = 60


def main() -> int:
    """Measure, print, and return 1 when a row of ours had errors."""
    options = _read_options()
    for name in [name for name in os.environ if name.startswith("IDP_")]:
        del os.environ[name]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything that was started ends, too
    loads.see_to_wrk()
    home.on_disk()
    rows = tuple(row for row in ROWS if options.rows in row)
    plan = contest.Plan(rows, options.rounds, options.seconds, options.warm_up)
    told = report.machine(plan)
    directory = services.open_run()
    try:
        if options.seeded:
            peers: list[Peer] = [Beside(options.seeded), Seeded(options.seeded)]
        else:
            peers = _install(options.ours.split(",") if options.ours else [], _chosen(options.peers))
        entries = contest.run(peers, plan, contest.say)
        found = {} if options.seeded else limits.measure()
    finally:
        services.close_run(directory)
    result = report.to_json(entries, told, found)
    more = [growth.table(result)] if options.seeded else [report.limits_tables(result), "", goals.table(result)]
    print(report.tables(result, list(rows)), "", *more, sep="\n")
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    if options.publish:
        report.publish(result)
    failed = [f"{entry.peer.name}, {row}" for entry in entries for row in entry.problems]
    if failed:
        print(f"Refused: {'; '.join(failed)}.", file=sys.stderr)
    return 1 if any(name.startswith("Gatehouse") for name in failed) else 0


def _chosen(wanted: str) -> list[type[Peer]]:
    """Return the peers that can be installed here: those that are named, all, or the first."""
    if wanted == "none":
        return []
    possible = [peer for peer in PEERS.values() if peer.is_possible()]
    if wanted == "all":
        return possible
    return [PEERS[name] for name in wanted.split(",")] if wanted else possible[:1]


def _install(ours: list[str], others: list[type[Peer]]) -> list[Peer]:
    """Return the servers of the run, installed; one that cannot be installed is left out, and said to be."""
    found: list[Peer] = [OURS[name]() for name in ours]
    for kind in others:
        peer = kind()
        try:
            peer.install()
        except (RuntimeError, OSError) as problem:
            contest.say(f"{peer.name} cannot be installed: {problem}")
            peer.stop()
        else:
            found.append(peer)
    return found


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("--ours", default="postgresql,sqlite", help="our databases (default: %(default)s)")
    parser.add_argument(
        "--peers", default="", help=f"all, none, or some of {','.join(PEERS)} (default: the first possible)"
    )
    parser.add_argument(
        "--seeded", default="", help="a database of make seed, beside an empty one, in place of all others"
    )
    parser.add_argument("--rows", default="", help="only rows whose name contains this")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=int(os.environ.get("BENCH_SECONDS", "2")), help="for each row")
    parser.add_argument("--warm-up", type=int, default=1, help="seconds a row in the round that counts for nothing")
    parser.add_argument("--publish", action="store_true", help="write docs/performance.md, .json and .svg")
    parser.add_argument("--json", type=Path, help="write the result to this file, too")
    options = parser.parse_args()
    if options.publish and options.seeded:
        parser.error("what is published is measured beside others")
    if not (1 <= options.seconds <= LONGEST and 1 <= options.rounds <= 20 and 1 <= options.warm_up <= LONGEST):
        parser.error(f"between 1 and {LONGEST} seconds a row, and 1 to 20 rounds")
    for names, known in ((options.ours, OURS), (options.peers, {**PEERS, "all": 0, "none": 0})):
        if names and (unknown := set(names.split(",")) - set(known)):
            parser.error(f"no such name: {', '.join(sorted(unknown))}")
    if not any(options.rows in row for row in ROWS):
        parser.error("no row of that name")
    return options


if __name__ == "__main__":
    sys.exit(main())
