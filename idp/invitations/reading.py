"""Whom to invite, from what somebody pasted: addresses with anything between them, lines of a mail program, or CSV with a header."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _

from idp.accounts import identity

MOST = 500  # addresses at once
HEADERS = {"email", "e-mail", "mail", "email address", "e-mail address"}
DELIMITERS = ",;\t"
BRACKETED = re.compile(r"<([^<>]*)>")


@dataclass(frozen=True)
class Read:
    """The addresses that were read, each once, in their canonical form, and a sentence for each line in which something is none."""

    addresses: tuple[str, ...]
    problems: tuple[str, ...] = ()


def read(text: str, most: int = MOST) -> Read:
    """Return whom a text names. A line may have several addresses; one that has a header named "email" is the first of a CSV table."""
    found: dict[str, None] = {}
    problems = []
    for number, word in _words(text):
        email = identity.read_email(word)
        if isinstance(email, str):
            found[email] = None
        else:
            problems.append(_("Line %(number)s: “%(word)s” is no e-mail address.", number=number, word=word[:100]))
    if not found and not problems:
        problems.append(_("Enter at least one e-mail address."))
    if len(found) > most:
        problems.append(_("These are %(count)s addresses; send at most %(most)s at once.", count=len(found), most=most))
    return Read(tuple(found), tuple(problems))


def _words(text: str) -> Iterator[tuple[int, str]]:
    """Yield what should be an address, with the number of its line."""
    lines = text.splitlines()
    header = next((index for index, line in enumerate(lines) if line.strip()), 0)
    column = _column(lines[header]) if lines else None
    if column is not None:
        yield from _cells(lines[header + 1 :], header + 2, *column)
        return
    for number, line in enumerate(lines, 1):
        words = BRACKETED.findall(line) or re.split(r"[\s,;]+", line)
        yield from ((number, word.strip("\"'")) for word in words if word.strip("\"'"))


def _column(header: str) -> tuple[int, str] | None:
    """Return where the addresses of a CSV table stand, and what parts its cells; None for a line that is no header."""
    for delimiter in DELIMITERS:
        cells = [cell.strip().lower() for cell in next(csv.reader([header], delimiter=delimiter), [])]
        places = [place for place, cell in enumerate(cells) if cell in HEADERS]
        if places:
            return places[0], delimiter
    return None


def _cells(lines: list[str], first: int, place: int, delimiter: str) -> Iterator[tuple[int, str]]:
    rows = csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            row = ["?"] * (place + 1)
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield first + rows.line_num - 1, row[place].strip() if place < len(row) else ""
