"""One row's load: what to ask, with a fresh value for each request where one is needed, driven by `wrk` over loopback."""

import base64
import http.client
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

ROOT = Path(__file__).parents[2]
CONNECTIONS = 16
THREADS = 1  # wrk's own; one is enough to keep two workers busy, and leaves them the processor
PROBES = 24  # requests asked one by one before the load: they must succeed, and they warm both workers up
FORM = "application/x-www-form-urlencoded"
VALUE = "{value}"

_SCRIPT = """
local method, path, body = %(method)s, %(path)s, %(body)s
local headers, files, cycle = %(headers)s, %(files)s, %(cycle)s
local requests, position, count = {}, 0, 0

function setup(thread)
    count = count + 1
    thread:set("number", count)
end

function init(args)
    for line in io.lines(files .. number) do
        local filled = {}
        for name, value in pairs(headers) do filled[name] = (value:gsub("{value}", line)) end
        requests[#requests + 1] = wrk.format(method, path, filled, body and (body:gsub("{value}", line)))
    end
end

function request()
    position = position + 1
    if cycle and position > #requests then position = 1 end
    return requests[position] or wrk.format("GET", "/no-value-left")
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format('\\nRESULT {"requests": %%d, "microseconds": %%d, "p50": %%d, "p99": %%d, "refused": %%d, "broken": %%d}\\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
"""


@dataclass(frozen=True)
class Load:
    """A request, with `{value}` in its body or its Authorization header wherever the next of `values` belongs.

    With `cycle` the values are used again from the first one; without it each serves one request only.
    """

    method: str
    path: str
    authorization: str | None = None
    body: str | None = None
    values: tuple[str, ...] = ("",)
    cycle: bool = True

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        found = {"Authorization": self.authorization, "Content-Type": FORM if self.body is not None else None}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class Measured:
    """What a load brought; latencies in milliseconds. Errors are answers of 400 and more, and broken connections."""

    requests: int
    per_second: float
    p50: float
    p99: float
    errors: int


def basic(client_id: str, secret: str) -> str:
    """Return the Authorization header of a confidential client (RFC 6749, section 2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def see_to_wrk() -> None:
    """Install `wrk` where it is absent and that is possible; otherwise end with the command that would."""
    if shutil.which("wrk") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run([ROOT / ".ci" / "apt.sh", "wrk"], check=True)
    if shutil.which("wrk") is None:
        raise SystemExit("The benchmark needs wrk: sudo apt-get install --no-install-recommends wrk")


def drive(port: int, load: Load, seconds: int) -> Measured:
    """Probe the load with a few single requests, which must be answered 200, then let wrk repeat it for some seconds."""
    probes = _probe(port, load)
    values = load.values if load.cycle else load.values[probes:]
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as home:
        files = Path(home) / "values-"
        for number in range(THREADS):
            lines = values[number::THREADS] or values
            Path(f"{files}{number + 1}").write_text("".join(f"{line}\n" for line in lines))
        script = Path(home) / "load.lua"
        script.write_text(_lua(load, str(files)))
        command = ["wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script)]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=False, timeout=seconds + 60
        )
    _before, found, result = done.stdout.partition("RESULT ")
    if done.returncode or not found:
        raise RuntimeError(f"wrk ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    told = json.loads(result.splitlines()[0])
    return Measured(
        requests=told["requests"],
        per_second=told["requests"] / (told["microseconds"] / 1e6),
        p50=told["p50"] / 1000,
        p99=told["p99"] / 1000,
        errors=told["refused"] + told["broken"],
    )


def ask(port: int, load: Load, value: str) -> tuple[int, bytes]:
    """Send one request of a load and return status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        headers = {name: text.replace(VALUE, value) for name, text in load.headers.items()}
        body = None if load.body is None else load.body.replace(VALUE, value)
        connection.request(load.method, load.path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _probe(port: int, load: Load) -> int:
    for number in range(PROBES):
        status, body = ask(port, load, load.values[number % len(load.values)])
        if status != 200:
            raise RuntimeError(f"{load.method} {load.path} answered {status} before the load: {body[:500]!r}")
    return PROBES


def _lua(load: Load, files: str) -> str:
    members = ", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in load.headers.items())
    return _SCRIPT % {
        "method": json.dumps(load.method),
        "path": json.dumps(load.path),
        "body": "nil" if load.body is None else json.dumps(load.body),
        "headers": f"{{{members}}}",
        "files": json.dumps(files),
        "cycle": "true" if load.cycle else "false",
    }
