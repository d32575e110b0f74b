"""A picture of the result: CPU milliseconds a request of each row and server, on a logarithmic scale, as SVG for light and dark pages."""

import math
from html import escape
from typing import Any

LEFT, RIGHT, TOP, LINE, BOTTOM, WIDTH = 200, 30, 96, 30, 46, 960
# A shape and a colour for each server, in the order of the result; the shapes tell them apart where colours do not.
SHAPES = (
    "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0Z",
    "M-5 -5H5V5H-5Z",
    "M0 -7L7 6H-7Z",
    "M0 -7L7 0L0 7L-7 0Z",
    "M-7 -6H7L0 7Z",
    "M-2 -7H2V-2H7V2H2V7H-2V2H-7V-2H-2Z",
    "M-6 -3L-3 -6L0 -3L3 -6L6 -3L3 0L6 3L3 6L0 3L-3 6L-6 3L-3 0Z",
    "M-7 -3H7V3H-7Z",
)
LIGHT = ("#0b62c4", "#0b62c4", "#2e7d32", "#b3541e", "#7b4fb5", "#a3194b", "#6b5900", "#37474f")
DARK = ("#79b8ff", "#79b8ff", "#85d98a", "#ffab70", "#c9a6ff", "#ff8fb0", "#e3cf57", "#b0bec5")


def draw(result: dict[str, Any], rows: list[str]) -> str:
    """Return the picture: a line for each row, a mark for each server on it, a bar where the row's limit is."""
    servers = result["servers"]
    limits = {limit["row"]: limit["ms"] for limit in result.get("limits", {}).get("rows", [])}
    found = [row["cpu_ms"] for server in servers for row in server["rows"].values() if row.get("cpu_ms")]
    low, high = _ends([*found, *limits.values()])
    height = TOP + LINE * len(rows) + BOTTOM

    def at(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(max(value, low)) - math.log10(low)) / (
            math.log10(high) - math.log10(low)
        )

    parts = [*_axis(low, high, at, height), *_legend(servers)]
    for number, row in enumerate(rows):
        y = TOP + LINE * number + LINE / 2
        parts.append(f'<text x="{LEFT - 14}" y="{y + 4:.0f}" text-anchor="end">{escape(row)}</text>')
        parts.append(f'<path class="line" d="M{LEFT} {y:.0f}H{WIDTH - RIGHT}"/>')
        if row in limits:
            told = f"{row}, limit: {limits[row]:.3f} ms"
            parts.append(
                f'<path class="limit" d="M{at(limits[row]):.1f} {y - 10:.0f}v20"><title>{escape(told)}</title></path>'
            )
        for index, server in reversed([*enumerate(servers)]):  # ours lies on top
            value = server["rows"].get(row, {}).get("cpu_ms")
            if value:
                told = f"{row}, {server['name']}: {value:.2f} ms"
                parts.append(_mark(index, at(value), y, told, hollow="SQLite" in server["name"]))
    return _frame(height, _describe(servers, rows), parts)


def _ends(values: list[float]) -> tuple[float, float]:
    """Return the powers of ten around all values."""
    least, most = min(values, default=0.1), max(values, default=10)
    return 10 ** math.floor(math.log10(max(least, 0.001))), 10 ** math.ceil(math.log10(most))


def _axis(low: float, high: float, at: Any, height: int) -> list[str]:
    parts = []
    value = low
    while value <= high * 1.001:
        x = at(value)
        parts.append(f'<path class="grid" d="M{x:.1f} {TOP}V{height - BOTTOM}"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - BOTTOM + 18}" text-anchor="middle">{value:g}</text>')
        value *= 10
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle:.0f}" y="{height - 8}" text-anchor="middle">'
        "CPU milliseconds a request, logarithmic: further left is better; the bar is the limit here</text>"
    )
    return parts


def _legend(servers: list[dict[str, Any]]) -> list[str]:
    parts = []
    for index, server in enumerate(servers):
        x, y = 24 + index % 3 * 310, 22 + index // 3 * 24
        parts.append(_mark(index, x, y, "", hollow="SQLite" in server["name"]))
        parts.append(f'<text x="{x + 14}" y="{y + 4}">{escape(server["name"])}</text>')
    return parts


def _mark(index: int, x: float, y: float, told: str, *, hollow: bool) -> str:
    title = f"<title>{escape(told)}</title>" if told else ""
    kind = f"s{index % len(SHAPES)}{' hollow' if hollow else ''}"
    return (
        f'<path class="{kind}" transform="translate({x:.1f} {y:.1f})" d="{SHAPES[index % len(SHAPES)]}">{title}</path>'
    )


def _describe(servers: list[dict[str, Any]], rows: list[str]) -> str:
    names = ", ".join(server["name"] for server in servers)
    return f"For each of {len(rows)} rows the CPU milliseconds a request of {names}. The tables of the page have the same figures."


def _frame(height: int, described: str, parts: list[str]) -> str:
    light = "".join(f".s{number}{{fill:{colour};stroke:{colour}}}" for number, colour in enumerate(LIGHT))
    dark = "".join(f".s{number}{{fill:{colour};stroke:{colour}}}" for number, colour in enumerate(DARK))
    style = (
        "text{font:13px system-ui,sans-serif;fill:#1f2328}.back{fill:#fff}.line{stroke:#d0d7de}.grid{stroke:#d0d7de;stroke-dasharray:2 4}"
        f".limit{{stroke:#1f2328;stroke-width:2}}{light}.hollow{{fill:#fff;stroke-width:2}}"
        "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.back{fill:#0d1117}.line,.grid{stroke:#3d444d}"
        f".limit{{stroke:#e6edf3}}{dark}.hollow{{fill:#0d1117}}}}"
    )
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title desc">\n'
        f'<title id="title">CPU milliseconds a request, beside other providers</title>\n<desc id="desc">{escape(described)}</desc>\n'
        f'<style>{style}</style>\n<rect class="back" width="{WIDTH}" height="{height}"/>\n{body}\n</svg>\n'
    )
