"""Reading files of any size a piece at a time: arrays of JSON, lines of it, and tables. A place is told as operators count."""

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ijson

from idp.importing.entries import Unreadable

CHUNK = 1 << 20  # bytes
LONGEST_LINE = 1 << 22  # bytes; an entry that is longer is none
BOM = b"\xef\xbb\xbf"


def digest(*paths: Path) -> bytes:
    """Return the SHA-256 of some files, one behind the other."""
    found = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                found.update(chunk)
    return found.digest()


def begins_with(path: Path) -> str:
    """Return the first character of a file that is no space; nothing for an empty one."""
    with path.open("rb") as file:
        text = file.read(CHUNK).removeprefix(BOM).lstrip()
    return text[:1].decode("ascii", "replace")


def items(path: Path, prefix: str) -> Iterator[tuple[int, Any]]:
    """Yield the values under a prefix of a JSON document (`ijson`'s), counted from 1, without ever holding the whole.

    Raises:
        Unreadable: it is no JSON from somewhere on.
    """
    number = 0
    with path.open("rb") as file:
        try:
            for number, item in enumerate(ijson.items(_without_bom(file), prefix, use_float=True), 1):  # noqa: B007
                yield number, item
        except (ijson.JSONError, UnicodeDecodeError, RecursionError) as error:
            where = f"{path.name} is no JSON before byte {file.tell()}, behind the {number}. of {prefix}"
            raise Unreadable(f"{where}: {_shown(error)}") from None


def lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield the values of a file with one JSON value a line, by the numbers of the lines; empty ones are left out.

    Raises:
        Unreadable: a line is no JSON, or has no end.
    """
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            text = line.removeprefix(BOM) if number == 1 else line
            if len(line) > LONGEST_LINE:
                raise Unreadable(f"line {number} of {path.name} is longer than {LONGEST_LINE} bytes")
            if not text.strip():
                continue
            try:
                yield number, json.loads(text)
            except (ValueError, RecursionError) as error:
                raise Unreadable(f"line {number} of {path.name} is no JSON: {_shown(error)}") from None


def rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a table with a head, by the numbers of the lines where they begin.

    Raises:
        Unreadable: it is no UTF-8, has no head, or a row has more cells than the head.
    """
    reached = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.reader(file, _dialect(path), strict=True)
            head = [name.strip().lower() for name in next(table, [])]
            if not any(head) or len(set(head)) < len(head):
                raise Unreadable(f"the first line of {path.name} must name each column once")
            reached = table.line_num
            for cells in table:
                begin, reached = reached + 1, table.line_num
                if len(cells) > len(head):
                    raise Unreadable(f"line {begin} of {path.name} has {len(cells)} cells, and the head {len(head)}")
                if any(cells):
                    yield begin, dict(zip(head, cells, strict=False))
    except (csv.Error, UnicodeDecodeError) as error:
        raise Unreadable(f"{path.name} is no table in UTF-8 behind line {reached}: {_shown(error)}") from None


def _dialect(path: Path) -> type[csv.Dialect]:
    """Return how cells are parted: by what the head has most of."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        head = file.readline(LONGEST_LINE)

    class Found(csv.excel):
        delimiter = max((",", ";", "\t"), key=head.count)

    return Found


def _without_bom(file: Any) -> Any:
    if file.read(len(BOM)) != BOM:
        file.seek(0)
    return file


def _shown(error: Exception) -> str:
    """Return what a parser says, without the line of the file that some of them quote."""
    return " ".join(str(error).split("\n")[0].split())[:200] or type(error).__name__
