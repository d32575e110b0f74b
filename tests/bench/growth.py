"""What a database of years costs beside an empty one: CPU a request of each row, the server's and the store's together."""

from typing import Any

MOST = 1.25  # times as much


def table(result: dict[str, Any]) -> str:
    """Return the rows that both servers did without errors."""
    lines = [
        "| row | empty, CPU ms | seeded, CPU ms | times | p99 / p50, seeded | |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    servers = {server["name"].rpartition(" ")[2]: server["rows"] for server in result["servers"]}
    for row, seeded in servers.get("seeded", {}).items():
        empty = servers.get("empty", {}).get(row, {})
        if "cpu_ms" in seeded and "cpu_ms" in empty:
            before, after = _cost(empty), _cost(seeded)
            times, tail = after / max(before, 0.001), seeded["p99"] / max(seeded["p50"], 0.01)
            verdict = "reached" if times <= MOST else "missed"
            lines.append(f"| {row} | {before:.2f} | {after:.2f} | {times:.2f} | {tail:.1f} | {verdict} |")
    return "\n".join(lines)


def _cost(row: dict[str, Any]) -> float:
    return float(row["cpu_ms"] + row["store_cpu_ms"])
