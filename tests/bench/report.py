"""The result: as JSON for programs, as tables for people."""

import json
import os
import platform
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from idp import __version__
from tests.bench import goals, plot
from tests.bench.contest import Entry, Plan
from tests.bench.loads import CONNECTIONS
from tests.bench.rows import ROWS

DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"


def machine(plan: Plan) -> dict[str, Any]:
    """Say when and where the run took place, and how busy it was there already."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processors": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "gatehouse": __version__,
        "connections": CONNECTIONS,
        "rounds": plan.rounds,
        "seconds": plan.seconds,
    }


def to_json(entries: list[Entry], told: dict[str, Any], limits: dict[str, Any]) -> dict[str, Any]:
    """Return the whole run as one object."""
    return {**told, "limits": limits, "servers": [_server(entry) for entry in entries]}


def _server(entry: Entry) -> dict[str, Any]:
    peer = entry.peer
    rows = {row: _row(entry, row) for row in ROWS if row in entry.cells or row in entry.problems}
    return {
        "name": peer.name,
        "version": peer.version,
        "told": peer.told,
        "first_answer": round(peer.first_answer, 2),
        "memory_before": round(entry.memory_before),
        "memory_after": round(entry.memory_after),
        "rows": rows,
    }


def _row(entry: Entry, row: str) -> dict[str, Any]:
    """Return the medians of the rounds, and CPU over all requests; of a row with errors nothing but the errors."""
    if row in entry.problems:
        return {"refused": entry.problems[row][:200]}
    cells = entry.cells[row]
    requests = sum(cell.measured.requests for cell in cells)
    paid = sum(cell.measured.paid for cell in cells)
    seconds = sum(cell.seconds for cell in cells)
    return {
        "per_second": round(median(cell.measured.requests / cell.measured.seconds for cell in cells), 1),
        "p50": round(median(cell.measured.p50 for cell in cells), 2),
        "p99": round(median(cell.measured.p99 for cell in cells), 2),
        "cpu_ms": round(sum(cell.cpu for cell in cells) / paid * 1000, 3),
        "store_cpu_ms": round(sum(cell.store_cpu for cell in cells) / paid * 1000, 3),
        "elsewhere": round(sum(cell.elsewhere for cell in cells) / seconds / (os.cpu_count() or 1), 3),
        "requests": requests,
    }


def rows_of(result: dict[str, Any]) -> list[str]:
    """Return the names of the rows that were measured anywhere."""
    return [row for row in ROWS if any(row in server["rows"] for server in result["servers"])]


def tables(result: dict[str, Any], rows: list[str]) -> str:
    """Return the tables of the page: rates, latencies, and what the servers use beside."""
    servers = result["servers"]
    lines = ["Requests a second, and in brackets CPU milliseconds of the server's processes a request.", ""]
    lines += _table(result, rows, lambda row: f"{_number(row['per_second'])} ({_number(row['cpu_ms'])})")
    lines += [
        "",
        "Milliseconds until half of the answers, and 99 of 100, had come; in brackets CPU milliseconds of the store.",
        "",
    ]
    lines += _table(
        result, rows, lambda row: f"{_number(row['p50'])}, {_number(row['p99'])} ({_number(row['store_cpu_ms'])})"
    )
    lines += ["", "| | " + " | ".join(_title(server) for server in servers) + " |", "| --- |" + " --- |" * len(servers)]
    lines.append("| first answer, s | " + " | ".join(_number(server["first_answer"]) for server in servers) + " |")
    for name, member in (("memory at the start, MiB", "memory_before"), ("at the end, MiB", "memory_after")):
        lines.append(f"| {name} | " + " | ".join(str(server[member]) for server in servers) + " |")
    refused = [
        f"- {row}, {server['name']}: refused, {server['rows'][row]['refused']}"
        for server in servers
        for row in rows
        if "refused" in server["rows"].get(row, {})
    ]
    return "\n".join([*lines, *(["", *refused] if refused else [])])


def limits_tables(result: dict[str, Any]) -> str:
    """Return what the parts of a request cost here alone, and how far off we are from what a row cannot do without."""
    limits = result["limits"]
    lines = ["| part | what it is | CPU ms | elapsed ms |", "| --- | --- | --- | --- |"]
    for part in limits["parts"]:
        lines.append(f"| {part['name']} | {part['told']} | {part['cpu_ms']:.3f} | {part['elapsed_ms']:.3f} |")
    lines += ["", "| row | its parts | limit, CPU ms | ours, CPU ms | times |", "| --- | --- | --- | --- | --- |"]
    ours = next((server["rows"] for server in result["servers"] if server["name"].startswith("Gatehouse")), {})
    for limit in limits["rows"]:
        cost = ours.get(limit["row"], {}).get("cpu_ms")
        counted = Counter(limit["parts"]).items()
        parts = ", ".join(f"{count} x {part}" if count > 1 else part for part, count in counted)
        told = f"{_number(cost)} | {cost / limit['ms']:.1f}" if cost else "- | -"
        lines.append(f"| {limit['row']} | {parts} | {limit['ms']:.3f} | {told} |")
    return "\n".join(lines)


def publish(result: dict[str, Any]) -> None:
    """Put the tables into the page, between their marks, and the picture beside it."""
    rows = rows_of(result)
    servers = {server["told"]: server for server in result["servers"]}.values()
    parts = {
        "run": "; ".join([", ".join(f"{name.replace('_', ' ')} {result[name]}" for name in _TOLD), _elsewhere(result)])
        + ".",
        "figures": tables(result, rows),
        "servers": "\n".join(f"- **{_title(server)}**: {server['told']}" for server in servers),
        "limits": limits_tables(result),
        "goals": goals.table(result),
    }
    text = DOCUMENT.read_text()
    for name, part in parts.items():
        before, begin, rest = text.partition(f"<!-- {name} -->")
        _old, end, after = rest.partition(f"<!-- end of {name} -->")
        text = f"{before}{begin}\n\n{part}\n\n{end}{after}"
    DOCUMENT.write_text(text)
    DOCUMENT.with_suffix(".svg").write_text(plot.draw(result, rows))
    DOCUMENT.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")


def _elsewhere(result: dict[str, Any]) -> str:
    """Say how much of the processors something else than server, store and load generator had meanwhile."""
    shares = [row["elsewhere"] for server in result["servers"] for row in server["rows"].values() if "elsewhere" in row]
    return (
        f"other work had {min(shares):.0%} to {max(shares):.0%} of the processors" if shares else "nothing was measured"
    )


_TOLD = ("date", "processors", "connections", "rounds", "seconds", "load_before", "python", "gatehouse")


def _table(result: dict[str, Any], rows: list[str], cell: Any) -> list[str]:
    servers = result["servers"]
    lines = ["| row | " + " | ".join(_title(server) for server in servers) + " |", "| --- |" + " --- |" * len(servers)]
    for row in rows:
        found = [server["rows"].get(row) for server in servers]
        told = ["-" if not each else "refused" if "refused" in each else cell(each) for each in found]
        lines.append(f"| {row} | " + " | ".join(told) + " |")
    return lines


def _title(server: dict[str, Any]) -> str:
    name, comma, store = server["name"].partition(",")
    return f"{name} {server['version']}{comma}{store}" if server["version"] else server["name"]


def _number(value: float) -> str:
    """Return a number with as many digits as it says something with."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
