"""Run the benchmark: `make bench`, or `make bench ARGS='--rows refresh --databases postgresql --json result.json'`.

Nothing here judges speed. The run fails when an answer was an error, since a rate of refusals says nothing.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench import loads, report
from tests.bench.material import Material
from tests.bench.report import Line
from tests.bench.rows import BARE, ROWS, Row, fresh_values
from tests.support import postgres, services
from tests.support.serving import serve

DATABASES = ("sqlite", "postgresql")
WORKERS = 2
LONGEST = 60


def main() -> int:
    """Measure, print, and return 1 when a row had errors."""
    options = _read_options()
    for name in [name for name in os.environ if name.startswith("IDP_")]:
        del os.environ[name]
    loads.see_to_wrk()
    told = report.machine() | {"seconds": options.seconds, "workers": WORKERS}
    print(", ".join(f"{name} {value}" for name, value in told.items()), flush=True)
    print(report.HEAD, flush=True)
    rows = [row for row in ROWS if options.rows in row.name]
    lines = []
    directory = services.open_run()
    try:
        for database in options.databases.split(","):
            for line in _measure(database, rows, options.seconds):
                lines.append(line)
                print(line, flush=True)
    finally:
        services.close_run(directory)
    if options.json:
        options.json.write_text(json.dumps(report.to_json(lines, told), indent=2) + "\n")
    failed = [f"{line.database}, {line.row}" for line in lines if line.measured.errors]
    if failed:
        print(f"Errors were answered in: {'; '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


def _measure(database: str, rows: list[Row], seconds: int) -> Iterator[Line]:
    settings: dict[str, object] = {"IDP_WORKERS": WORKERS}
    if database == "postgresql":
        settings["IDP_DATABASE_URL"] = postgres.server().create_database("gatehouse_bench")
    with serve(settings) as server:
        material = Material(server)
        try:
            before = _measure_bare(server.port, seconds)
            for row in rows:
                found = row.run(server.port, material, seconds, fresh_values(before, seconds))
                after = _measure_bare(server.port, seconds)
                yield Line(database, row.name, found, (before + after) / 2)
                before = after
        finally:
            material.close()


def _measure_bare(port: int, seconds: int) -> float:
    found = loads.drive(port, BARE, max(1, seconds // 2))
    if found.errors:
        raise RuntimeError(f"the bare route answered {found.errors} errors")
    return found.per_second


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("--rows", default="", help="only rows whose name contains this")
    parser.add_argument("--databases", default=",".join(DATABASES), help="comma separated (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="write the result to this file, too")
    parser.add_argument("--seconds", type=int, default=int(os.environ.get("BENCH_SECONDS", "5")), help="for each row")
    options = parser.parse_args()
    if not 1 <= options.seconds <= LONGEST:
        parser.error(f"between 1 and {LONGEST} seconds a row")
    if unknown := set(options.databases.split(",")) - set(DATABASES):
        parser.error(f"no such database: {', '.join(sorted(unknown))}")
    if not any(options.rows in row.name for row in ROWS):
        parser.error("no row of that name")
    return options


if __name__ == "__main__":
    sys.exit(main())
