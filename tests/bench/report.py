"""The result, as a table for people and as JSON for programs."""

import os
import platform
from dataclasses import asdict, dataclass
from typing import Any

from idp import __version__
from tests.bench.loads import CONNECTIONS, Measured

HEAD = f"{'':11}  {'row':22} {'req/s':>9} {'p50 ms':>8} {'p99 ms':>8} {'errors':>7} {'bare':>9} {'ratio':>7}"


@dataclass(frozen=True)
class Line:
    """One row on one database, beside the bare route as it was just before and after."""

    database: str
    row: str
    measured: Measured
    bare_per_second: float

    @property
    def ratio(self) -> float:
        """The row's rate as a share of the bare route's."""
        return self.measured.per_second / self.bare_per_second

    def __str__(self) -> str:
        """Return the line of the table."""
        found = self.measured
        return (
            f"{self.database:11}  {self.row:22} {found.per_second:9.1f} {found.p50:8.2f} {found.p99:8.2f} "
            f"{found.errors:7} {self.bare_per_second:9.1f} {self.ratio:7.3f}"
        )


def machine() -> dict[str, Any]:
    """Say where the run took place, and how busy it was there already."""
    return {
        "processors": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "gatehouse": __version__,
        "connections": CONNECTIONS,
    }


def to_json(lines: list[Line], told: dict[str, Any]) -> dict[str, Any]:
    """Return the whole run as one object."""
    rows = [
        {
            "database": line.database,
            "row": line.row,
            **{name: round(value, 3) for name, value in asdict(line.measured).items()},
            "bare_per_second": round(line.bare_per_second, 1),
            "ratio": round(line.ratio, 4),
        }
        for line in lines
    ]
    return {**told, "rows": rows}
