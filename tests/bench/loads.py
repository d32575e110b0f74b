"""One row's load: what to ask, with the next value for each request where one is needed, driven by `wrk` over loopback."""

import http.client
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

ROOT = Path(__file__).parents[2]
CONNECTIONS = 16
PROBES = 16  # requests asked one by one before the load: they must be answered as expected
FORM = "application/x-www-form-urlencoded"
VALUE = "{value}"
SECOND = "{second}"
_SCRIPT = Template((Path(__file__).parent / "load.lua").read_text())


class Unexpected(Exception):
    """An answer was another than it should have been."""


@dataclass(frozen=True)
class Load:
    """A request, with `{value}` in its body or headers wherever the next of `values` belongs; where that is two, with a tab between
    them, the other one belongs where `{second}` is.

    With `cycle` the values are used again from the first one; without it each serves one request only, and the load ends with the
    last. An answer counts if it has the status `expected`, and `holding` in its Location where that is given; the first ones must
    have `probed` in their bodies, too. `keep` names what is kept of each answer: the parameter `code` of a Location, or members of
    a JSON object.
    """

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    values: tuple[str, ...] = ("",)
    cycle: bool = True
    expected: int = 200
    holding: str = ""
    probed: str = ""
    keep: tuple[str, ...] = ()
    port: int | None = None  # where it is another than the provider's

    def drive(self, port: int, seconds: int) -> "Measured":
        """Probe with a few single requests, which must be answered as expected, then let wrk repeat it for some seconds."""
        port = self.port or port
        probes = _probe(port, self)
        with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as name:
            home = Path(name)
            values = self.values if self.cycle else self.values[probes:]
            (home / "values").write_text("".join(f"{line}\n" for line in values))
            (home / "load.lua").write_text(_lua(self, home))
            told = _wrk(home / "load.lua", port, seconds)
            kept = (home / "kept").read_text().split("\n")[:-1] if self.keep else []
        elapsed = told["seconds"]
        return Measured(
            requests=told["requests"],
            seconds=elapsed,
            p50=told["p50"] / 1000,
            p99=told["p99"] / 1000,
            errors=told["unexpected"] + told["broken"],
            beside=probes + CONNECTIONS / 2,
            kept=tuple(tuple(line.split("\t")) for line in kept),
        )


@dataclass(frozen=True)
class Measured:
    """What a load brought; latencies in milliseconds. Errors are unexpected answers and broken connections.

    `beside` are requests that cost the server something and are not among `requests`: those that were asked before, and of those that
    were under way when the time was up the half, since on average they are half done.
    """

    requests: int
    seconds: float
    p50: float
    p99: float
    errors: int
    beside: float
    kept: tuple[tuple[str, ...], ...] = ()

    @property
    def paid(self) -> float:
        """How many requests the server's CPU was used for."""
        return self.requests + self.beside


def see_to_wrk() -> None:
    """Install `wrk` where it is absent and that is possible; otherwise end with the command that would."""
    if shutil.which("wrk") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run([ROOT / ".ci" / "apt.sh", "wrk"], check=True)
    if shutil.which("wrk") is None:
        raise SystemExit("The benchmark needs wrk: sudo apt-get install --no-install-recommends wrk")


def ask(port: int, load: Load, value: str) -> tuple[int, str, bytes]:
    """Send one request of a load and return status, Location and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        first, _tab, second = value.partition("\t")
        headers = {name: _put(text, first, second) for name, text in load.headers.items()}
        body = None if load.body is None else _put(load.body, first, second)
        connection.request(load.method, load.path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Location", ""), answer.read()
    finally:
        connection.close()


def _put(text: str, first: str, second: str) -> str:
    return text.replace(VALUE, first).replace(SECOND, second)


def _probe(port: int, load: Load) -> int:
    for number in range(PROBES):
        status, location, body = ask(port, load, load.values[number % len(load.values)])
        said = body.replace(b" ", b"")
        if status != load.expected or load.holding not in location or load.probed.encode() not in said:
            raise Unexpected(
                f"{load.method} {load.path.partition('?')[0]} answered {status} {location[:80]} {body[:200]!r}"
            )
    return PROBES


def _wrk(script: Path, port: int, seconds: int) -> dict[str, float]:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script)]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=False, timeout=seconds + 60
    )
    _before, found, result = done.stdout.partition("RESULT ")
    if done.returncode or not found:
        raise RuntimeError(f"wrk ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    told: dict[str, float] = json.loads(result.splitlines()[0])
    return told


def _lua(load: Load, home: Path) -> str:
    members = ", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in load.headers.items())
    return _SCRIPT.substitute(
        method=json.dumps(load.method),
        path=json.dumps(load.path),
        body="nil" if load.body is None else json.dumps(load.body),
        headers=f"{{{members}}}",
        values=json.dumps(str(home / "values")),
        cycle=json.dumps(load.cycle),
        expected=load.expected,
        holding=json.dumps(load.holding),
        keep="{" + ", ".join(json.dumps(name) for name in load.keep) + "}",
        kept=json.dumps(str(home / "kept")),
        looks=json.dumps(bool(load.keep or load.holding or load.expected != 200)),
    )
