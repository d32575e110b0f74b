"""Searching the audit log, which only grows: every search goes through an index, and a miss reads next to nothing.

A search is some words, all of which must fit. A day, a month, a year or a range narrows by time, `success` and `failure` by outcome; any
other word is a part of an event's name, or an account, an application or a source. For each value that a word may stand for there is
one branch: the newest events with that value and outcome, off an index that has them in order.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_address
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, text, union_all
from sqlalchemy.orm import InstrumentedAttribute

from idp.accounts import lookup
from idp.audit import FAILURE, SUCCESS, AuditEvent
from idp.base.database import session
from idp.base.finding import Found
from idp.base.writing import fold
from idp.clients import service as clients

MOST = 1000  # events that one search finds, the newest; older ones are found by a narrower one
MOST_NAMED = 20  # applications whose name contains a word

OUTCOMES = {"success": SUCCESS, "failure": FAILURE, "failed": FAILURE}
PERIOD = re.compile(r"(20\d{2})(?:-(\d{2})(?:-(\d{2}))?)?")
# Numbers grow with time, but for what several processes and nodes write at once.
DISORDER = timedelta(hours=1)

# Each name off the index after the one before; the names themselves are few.
EVENT_NAMES = text(
    "WITH RECURSIVE names(event) AS (SELECT min(event) FROM audit_events UNION ALL"
    " SELECT (SELECT min(event) FROM audit_events WHERE audit_events.event > names.event) FROM names"
    " WHERE names.event IS NOT NULL) SELECT event FROM names WHERE event IS NOT NULL"
)

Value = tuple[InstrumentedAttribute[Any], str]


@dataclass
class Search:
    """What was asked for: from when to when, with which outcomes, and the values that each other word may stand for."""

    begin: datetime | None = None
    end: datetime | None = None
    outcomes: tuple[str, ...] = (SUCCESS, FAILURE)
    words: list[list[Value]] = field(default_factory=list)


def find(term: str) -> Found[AuditEvent]:
    """Return the newest events that fit every word, up to `MOST`, the newest first."""
    search = _read(term)
    query = None if [] in search.words else _query(search)
    numbers = [] if query is None else session().scalars(query).all()
    newest_first = select(AuditEvent).order_by(AuditEvent.id.desc())
    return Found(newest_first, AuditEvent.id, numbers, is_cut_off=len(numbers) == MOST)


def _query(search: Search) -> Select[Any] | None:
    """Return the query for the numbers of a search; None where nothing is as young or as old."""
    within = _within(search)
    if within is None:
        return None
    # The word with the fewest meanings leads through its indexes; the others are looked up in what it finds.
    leading, *others = sorted(search.words, key=len) or [[]]
    within += [or_(*(column == value for column, value in word)) for word in others]
    branches: list[list[ColumnElement[bool]]] = [[column == value] for column, value in leading]
    if not leading and len(search.outcomes) == 1:
        branches = [[]]
    elif not leading:
        return _newest(within)
    found = [
        select(_newest([*branch, AuditEvent.outcome == outcome, *within]).subquery().c.id)
        for branch in branches
        for outcome in search.outcomes
    ]
    numbers = union_all(*found).subquery()
    return select(numbers.c.id).distinct().order_by(numbers.c.id.desc()).limit(MOST)


def _newest(conditions: list[ColumnElement[bool]]) -> Select[Any]:
    return select(AuditEvent.id).where(*conditions).order_by(AuditEvent.id.desc()).limit(MOST)


def _within(search: Search) -> list[ColumnElement[bool]] | None:
    """Return the bounds in time, and with them those of the numbers, which the indexes hold; None where there is nothing between."""
    conditions: list[ColumnElement[bool]] = []
    if search.begin is not None:
        after = AuditEvent.at >= search.begin - DISORDER
        first = session().scalar(select(AuditEvent.id).where(after).order_by(AuditEvent.at).limit(1))
        if first is None:
            return None
        conditions += [AuditEvent.at >= search.begin, AuditEvent.id >= first - MOST]
    if search.end is not None:
        before = AuditEvent.at < search.end + DISORDER
        last = session().scalar(select(AuditEvent.id).where(before).order_by(AuditEvent.at.desc()).limit(1))
        if last is None:
            return None
        conditions += [AuditEvent.at < search.end, AuditEvent.id <= last + MOST]
    return conditions


def _read(term: str) -> Search:
    search = Search()
    for word in term.split():
        period = _read_period(word)
        if period is not None:
            search.begin, search.end = period
        elif fold(word) in OUTCOMES:
            search.outcomes = (OUTCOMES[fold(word)],)
        else:
            search.words.append(_meanings(word))
    return search


def _read_period(word: str) -> tuple[datetime | None, datetime | None] | None:
    """Return begin and end of a day, month or year, or of a range with both its ends, one of which may be left out."""
    first, dots, last = word.partition("..")
    bounds = [_read_part(part) for part in (first, last if dots else first) if part]
    if not bounds or None in bounds:
        return None
    known = [bound for bound in bounds if bound is not None]
    return (known[0][0] if first else None), (known[-1][1] if last or not dots else None)


def _read_part(part: str) -> tuple[datetime, datetime] | None:
    found = PERIOD.fullmatch(part)
    if found is None:
        return None
    year, month, day = (int(number) if number else None for number in found.groups())
    try:
        begin = date(year or 0, month or 1, day or 1)
    except ValueError:
        return None
    if day is not None:
        end = begin + timedelta(days=1)
    elif month is not None:
        end = (begin + timedelta(days=31)).replace(day=1)
    else:
        end = begin.replace(year=begin.year + 1)
    return datetime.combine(begin, time.min, UTC), datetime.combine(end, time.min, UTC)


def _meanings(word: str) -> list[Value]:
    """Return the values that a word may stand for, in which columns."""
    names = [name for name in session().scalars(EVENT_NAMES) if fold(word) in name]
    account = lookup.find_by_identifier(word)
    subs = {word} | ({account.sub} if account is not None else set())
    client_ids = {word, *clients.search(word, MOST_NAMED).keys}
    values: list[Value] = [(AuditEvent.event, name) for name in names]
    values += [(column, sub) for column in (AuditEvent.subject, AuditEvent.actor) for sub in sorted(subs)]
    values += [(AuditEvent.client_id, client_id) for client_id in sorted(client_ids)]
    return [*values, (AuditEvent.source, _as_source(word))]


def _as_source(word: str) -> str:
    """Return an address as the log has it, and anything else as it is."""
    try:
        return str(ip_address(word.strip("[]")))
    except ValueError:
        return word
