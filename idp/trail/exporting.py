"""Events of the audit log as files: CSV for spreadsheets, JSON lines for programs. Both are written line by line."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

COLUMNS = ("id", "at", "event", "outcome", "subject", "actor", "client_id", "source", "detail", "changes")
CSV, JSON_LINES = "csv", "jsonl"
MEDIA_TYPES = {CSV: "text/csv; charset=utf-8", JSON_LINES: "application/x-ndjson"}

# Spreadsheets take a cell for a formula that begins with one of these.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def describe(event: Any) -> dict[str, Any]:
    """Return an event as JSON tells it, also to those whom events are streamed to."""
    told = {name: getattr(event, name) for name in COLUMNS}
    return told | {"at": event.at.isoformat(timespec="microseconds")}


def write(events: Iterable[Any], form: str) -> Iterator[str]:
    """Yield the lines of a file with these events."""
    return _write_csv(events) if form == CSV else (f"{json.dumps(describe(event))}\n" for event in events)


def _write_csv(events: Iterable[Any]) -> Iterator[str]:
    yield line(COLUMNS)
    for event in events:
        told = describe(event)
        told |= {
            name: json.dumps(told[name], ensure_ascii=False) for name in ("detail", "changes") if told[name] is not None
        }
        yield line([told[name] for name in COLUMNS])


def line(values: Iterable[Any]) -> str:
    """Return a line of a CSV file of which a spreadsheet computes nothing."""
    written = io.StringIO()
    csv.writer(written).writerow([_quote(value) for value in values])
    return written.getvalue()


def _quote(value: Any) -> Any:
    """Return a cell that no spreadsheet computes."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value
