"""What is looked at while the provider is held: each process' memory, files and threads, connections to the database, rows."""

import csv
import json
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import processes
from tests.soak.provider import Held, list_files

MEMORY, FILES, THREADS, CONNECTIONS, ROWS = "MiB", "files", "threads", "connections", "rows"


@dataclass(frozen=True)
class Series:
    """One thing that is looked at: whose, and what of it."""

    subject: str
    kind: str

    def __str__(self) -> str:
        return f"{self.subject}, {self.kind}"


@dataclass
class Watch:
    """Looks at one provider again and again; `found` has for each series the seconds since the start and what there was."""

    peer: Held
    began: float = field(default_factory=time.monotonic)
    found: dict[Series, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    _names: dict[int, str] = field(default_factory=dict)

    def look(self) -> None:
        """Look at everything once."""
        at = time.monotonic() - self.began
        for process, role in self.peer.children().items():
            name = self._name(process, role)
            with suppress(FileNotFoundError):  # it has ended, which the judge sees from the next one's name
                self._note(at, name, MEMORY, _memory(process))
                self._note(at, name, FILES, len(list_files(process)))
                self._note(at, name, THREADS, len([*Path(f"/proc/{process}/task").iterdir()]))
        self._note(at, "database", CONNECTIONS, self.peer.connections())
        for table, number in self.peer.rows().items():
            self._note(at, table, ROWS, number)

    def write(self, place: Path) -> None:
        """Write everything that was found, as JSON and as CSV, beside each other."""
        told = {str(series): values for series, values in self.found.items()}
        place.with_suffix(".json").write_text(json.dumps(told, indent=1) + "\n")
        with place.with_suffix(".csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("seconds", "subject", "kind", "value"))
            for series, values in self.found.items():
                writer.writerows((round(at, 1), series.subject, series.kind, value) for at, value in values)

    def _note(self, at: float, subject: str, kind: str, value: float) -> None:
        self.found[Series(subject, kind)].append((at, value))

    def _name(self, process: int, role: str) -> str:
        """Return a name for a process that stays: what it does, and which of those it is."""
        if process not in self._names:
            number = 1 + sum(name.startswith(role) for name in self._names.values())
            self._names[process] = f"{role} {number}"
        return self._names[process]


def _memory(process: int) -> float:
    """Return the proportional set size of one process, in MiB."""
    return processes.own_memory(process) / 1024
