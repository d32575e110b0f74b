"""What a row cannot go below on this machine: the parts that it must have, each measured alone in the run that measures the rows."""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import argon2
import psycopg
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from tests.bench import processes, stores
from tests.bench.loads import Load
from tests.bench.peers.peer import PASSWORD, Process
from tests.support import services

SECONDS = 1.0
MESSAGE = b"a header and a payload of an ordinary length; " * 10

# Which parts a row must have: one statement each, however many tables it asks; signatures of an access and an ID token.
ROWS: dict[str, tuple[str, ...]] = {
    "discovery": ("loop",),
    "JWKS": ("loop",),
    "client credentials": ("server", "signature"),
    "authorize with a session": ("flask", "read", "write"),
    "code exchange": ("server", "write", "signature", "signature"),
    "bound code exchange": ("server", "check", "write", "write", "signature", "signature"),
    "pushed request": ("server", "write"),
    "device request": ("server", "write"),
    "device poll": ("server", "write"),
    "device code exchange": ("server", "write", "signature", "signature"),
    "token exchange": ("server", "check", "read", "write", "signature"),
    "refresh": ("server", "read", "signature", "signature"),
    "rotating refresh": ("server", "write", "signature", "signature"),
    "userinfo": ("server", "check", "read"),
    "introspection": ("server", "check", "read"),
    "sign-in page": ("flask",),
    "password sign-in to code": ("flask", "flask", "flask", "flask", "hash", "read", "write", "write"),
    "wrong client secret": ("server", "write"),
    "unknown client": ("server", "read"),
    "garbage at userinfo": ("server", "check"),
    "garbage at introspection": ("server", "check"),
    "replayed code": ("server", "read"),
}
TOLD = {
    "loop": "a request that our HTTP server's loop answers itself, from what is known",
    "server": "a request through our HTTP server and an application of one line",
    "flask": "the same through Flask with one route and no extension",
    "signature": "one ES256 signature, by the library alone",
    "check": "one ES256 signature checked",
    "hash": "one Argon2id hash: 19 MiB, two passes, one lane",
    "read": "one prepared SELECT by a key, on the driver's cursor",
    "write": "one prepared INSERT, committed and on the disk",
    "fsync": "8 KiB written and synced to the disk",
}


def measure() -> dict[str, Any]:
    """Return the parts, CPU and elapsed milliseconds each, and what each row cannot go below, in CPU milliseconds of ours."""
    parts = {**_signatures(), **_hash(), **_statements(), **_fsync(), **_servers()}
    rows = [
        {"row": row, "parts": list(needed), "ms": round(sum(parts[part]["cpu_ms"] for part in needed), 4)}
        for row, needed in ROWS.items()
        if all(part in parts for part in needed)
    ]
    return {"parts": [{"name": name, "told": TOLD[name], **found} for name, found in parts.items()], "rows": rows}


def _repeat(act: Callable[[], object], seconds: float = SECONDS) -> dict[str, float]:
    """Return CPU and elapsed milliseconds of one act, over many."""
    act()
    count, cpu, began = 0, time.process_time(), time.perf_counter()
    while time.perf_counter() - began < seconds:
        act()
        count += 1
    elapsed = time.perf_counter() - began
    return _part((time.process_time() - cpu) / count, elapsed / count)


def _part(cpu: float, elapsed: float) -> dict[str, float]:
    return {"cpu_ms": round(cpu * 1000, 4), "elapsed_ms": round(elapsed * 1000, 4)}


def _signatures() -> dict[str, dict[str, float]]:
    key, algorithm = ec.generate_private_key(ec.SECP256R1()), ec.ECDSA(SHA256())
    signature, public = key.sign(MESSAGE, algorithm), key.public_key()
    return {
        "signature": _repeat(lambda: key.sign(MESSAGE, algorithm)),
        "check": _repeat(lambda: public.verify(signature, MESSAGE, algorithm)),
    }


def _hash() -> dict[str, dict[str, float]]:
    hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
    return {"hash": _repeat(lambda: hasher.hash(PASSWORD))}


def _statements() -> dict[str, dict[str, float]]:
    with psycopg.connect(stores.database("limits").url(), autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE rows (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, digest bytea UNIQUE, at timestamptz)"
        )
        first = os.urandom(32)
        cursor = psycopg.RawCursor(connection)
        insert = b"INSERT INTO rows (digest, at) VALUES ($1, now())"
        cursor.execute(insert, (first,), prepare=True)
        return {
            "read": _repeat(
                lambda: cursor.execute(
                    b"SELECT id, digest, at FROM rows WHERE digest = $1", (first,), prepare=True
                ).fetchone()
            ),
            "write": _repeat(lambda: cursor.execute(insert, (os.urandom(32),), prepare=True)),
        }


def _fsync() -> dict[str, dict[str, float]]:
    with tempfile.TemporaryFile() as file:

        def act() -> None:
            os.pwrite(file.fileno(), bytes(8192), 0)
            os.fdatasync(file.fileno())

        return {"fsync": _repeat(act)}


def _servers() -> dict[str, dict[str, float]]:
    """Measure our HTTP server's loop, its threads with nothing behind them, and Flask alone; left out where one does not start."""
    found = {}
    for name, kind in (("loop", "loop"), ("server", "wsgi"), ("flask", "flask")):
        port = services.free_port()
        with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as home:
            command = [sys.executable, "-m", "tests.bench.bare", str(port), kind]
            process = Process(command, Path(home), {"PYTHONPATH": str(Path(__file__).parents[2])})
            try:
                process.wait(f"http://127.0.0.1:{port}/", 20)
                load = Load("GET", "/")
                load.drive(port, 1)
                before = processes.cpu_seconds([process.process.pid])
                measured = load.drive(port, 2)
                used = processes.cpu_seconds([process.process.pid]) - before
                found[name] = _part(used / measured.paid, measured.p50 / 1000)
            except RuntimeError as problem:
                print(f"limits: {problem}", file=sys.stderr)
            finally:
                process.stop(3)
    return found
