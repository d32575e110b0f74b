"""Draw where our server's time goes under one row's load: `make profile`, or `make profile ARGS='--row refresh --ours sqlite'`.

py-spy looks at the running processes from outside, a hundred times a second. Only root, or whoever may trace processes, can do that.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import home, loads
from tests.bench.peers import OURS
from tests.bench.rows import ROWS, Material
from tests.support import services

PY_SPY = Path(sys.executable).with_name("py-spy")


def main() -> int:
    """Start the server, load it, draw, and say where the picture is."""
    options = _read_options()
    loads.see_to_wrk()
    output = options.output or Path(tempfile.mkdtemp(prefix="gatehouse-profile-")) / "profile.svg"
    home.on_disk()
    directory = services.open_run()
    try:
        server = OURS[options.ours]()
        try:
            server.start()
            material = Material(server, options.seconds)
            material.load(options.row).drive(server.port, 1)
            load = material.load(options.row)
            spy = subprocess.Popen([PY_SPY, *_arguments(options, server.pids()[0], output)])
            found = load.drive(server.port, options.seconds)
            spy.send_signal(signal.SIGINT)  # it draws what it has seen
            spy.wait(60)
        finally:
            server.stop()
    finally:
        services.close_run(directory)
    print(f"{options.row}: {found.requests / found.seconds:.1f} requests a second, {found.errors} errors; {output}")
    return 0 if output.exists() else 1


def _arguments(options: argparse.Namespace, pid: int, output: Path) -> list[str]:
    arguments = [
        "record",
        "--pid",
        str(pid),
        "--subprocesses",
        "--rate",
        "100",
        "--nonblocking",
        "--output",
        str(output),
    ]
    if options.gil:
        arguments.append("--gil")
    return [*arguments, "--duration", "3600", "--format", "speedscope" if output.suffix == ".json" else "flamegraph"]


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make profile ARGS=...", description=__doc__)
    parser.add_argument("--row", default="code exchange", help=f"one of: {', '.join(ROWS)} (default: %(default)s)")
    parser.add_argument("--ours", default="postgresql", choices=tuple(OURS))
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument(
        "--gil", action="store_true", help="only threads that hold the interpreter: what costs CPU in Python"
    )
    parser.add_argument("--output", type=Path, help="an .svg, or a .json for speedscope (default: a temporary file)")
    options = parser.parse_args()
    if options.row not in ROWS:
        parser.error("no row of that name")
    if not 1 <= options.seconds <= 60:
        parser.error("between 1 and 60 seconds")
    for name in [name for name in os.environ if name.startswith("IDP_")]:
        del os.environ[name]
    return options


if __name__ == "__main__":
    sys.exit(main())
