"""What administrators ask the audit log for, read into filters: the fields of the form, and words in one field as before.

A day, a month, a year or a range narrows by time, `success` and `failure` by outcome; any other word is a part of an event's name, or an
account, an application or a source.
"""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_address

from sqlalchemy import text

from idp.accounts import lookup
from idp.audit import FAILURE, SUCCESS, AuditEvent
from idp.base.database import session
from idp.base.writing import fold
from idp.clients import service as clients
from idp.trail.searching import Filters, Value

MOST_NAMED = 20  # applications whose name contains a word
MOST_WORDS = 12

OUTCOMES = {"success": SUCCESS, "failure": FAILURE, "failed": FAILURE}
PERIOD = re.compile(r"(20\d{2})(?:-(\d{2})(?:-(\d{2}))?)?")
INSTANT = re.compile(r"20\d{2}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?Z?")

# Each name off the index after the one before; the names themselves are few.
EVENT_NAMES = text(
    "WITH RECURSIVE names(event) AS (SELECT min(event) FROM audit_events UNION ALL"
    " SELECT (SELECT min(event) FROM audit_events WHERE audit_events.event > names.event) FROM names"
    " WHERE names.event IS NOT NULL) SELECT event FROM names WHERE event IS NOT NULL"
)

Period = tuple[datetime | None, datetime | None]


def event_names() -> list[str]:
    """Return the names of all events that there are in the log."""
    return list(session().scalars(EVENT_NAMES))


def read_words(term: str) -> Filters:
    """Return the filters of a search by words, all of which must fit."""
    found = Filters()
    values: list[tuple[Value, ...]] = []
    for word in term.split()[:MOST_WORDS]:
        period = read_period(word)
        if period is not None:
            found = replace(found, begin=period[0], end=period[1])
        elif fold(word) in OUTCOMES:
            found = replace(found, outcome=OUTCOMES[fold(word)])
        else:
            values.append((*of_event(word), *of_person(word), *of_client(word), *of_source(word)))
    return replace(found, values=tuple(values))


def read_period(word: str) -> Period | None:
    """Return begin and end of a day, month or year, or of a range with both its ends, one of which may be left out."""
    first, dots, last = word.partition("..")
    bounds = [_read_part(part) for part in (first, last if dots else first) if part]
    if not bounds or None in bounds:
        return None
    known = [bound for bound in bounds if bound is not None]
    return (known[0][0] if first else None), (known[-1][1] if last or not dots else None)


def read_instant(written: str) -> tuple[datetime, datetime] | None:
    """Return begin and end of a day, month or year, or of the minute or second of a time, in UTC; None for anything else."""
    if not INSTANT.fullmatch(written):
        return _read_part(written)
    try:
        at = datetime.fromisoformat(written.replace(" ", "T")).replace(tzinfo=UTC)
    except ValueError:
        return None
    return at, at + (timedelta(seconds=1) if written.count(":") == 2 else timedelta(minutes=1))


def of_event(word: str) -> tuple[Value, ...]:
    """Return the events of this name, or those whose names contain it."""
    names = event_names()
    fitting = [word] if word in names else [name for name in names if fold(word) in name]
    return tuple((AuditEvent.event, name) for name in fitting)


def of_person(word: str) -> tuple[Value, ...]:
    """Return the events about or by an account, known by its `sub`, address or username."""
    account = lookup.find_by_identifier(word)
    subs = {word} | ({account.sub} if account is not None else set())
    return tuple((column, sub) for column in (AuditEvent.subject, AuditEvent.actor) for sub in sorted(subs))


def of_client(word: str) -> tuple[Value, ...]:
    """Return the events of an application, known by its identifier or words of its name."""
    named = clients.search(word, MOST_NAMED).keys
    return tuple((AuditEvent.client_id, client_id) for client_id in sorted({word, *named}))


def of_source(word: str) -> tuple[Value, ...]:
    """Return the events from an address."""
    try:
        return ((AuditEvent.source, str(ip_address(word.strip("[]")))),)
    except ValueError:
        return ((AuditEvent.source, word),)


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
