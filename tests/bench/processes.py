"""What a server's processes use: CPU time and memory of whole process trees, as Linux tells it."""

import os
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def tree(roots: list[int]) -> list[int]:
    """Return the processes and all that descend from them."""
    children = defaultdict(list)
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children[int(fields[1])].append(int(entry.name))
    found, waiting = [], list(roots)
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting.extend(children[pid])
    return found


def cpu_seconds(roots: list[int]) -> float:
    """Return the CPU seconds that the trees have used so far, those of ended children included."""
    ticks = 0
    for pid in tree(roots):
        if fields := _stat(pid):
            ticks += sum(int(field) for field in fields[11:15])  # utime, stime, cutime, cstime
    return ticks / _TICKS


def memory(roots: list[int]) -> float:
    """Return the proportional set size of the trees, in MiB: each shared page counts for its share alone."""
    kibibytes = 0
    for pid in tree(roots):
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            kibibytes += own_memory(pid)
    return kibibytes / 1024


def own_memory(pid: int) -> int:
    """Return the proportional set size of one process, in KiB.

    Raises:
        OSError: it is gone, or somebody else's.
    """
    told = (_PROC / str(pid) / "smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:"))


def busy_seconds() -> float:
    """Return the CPU seconds that all of the machine's processors have worked so far."""
    user, nice, system, _idle, _wait, interrupt, soft, *_ = (
        int(field) for field in (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + interrupt + soft) / _TICKS


def _stat(pid: int) -> list[str]:
    """Return the fields of `/proc/<pid>/stat` after the name; none if the process is gone."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
