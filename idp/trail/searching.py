"""Searching the audit log by filters, all of which must fit: whatever is asked for, a page costs some thousand entries of indexes at most.

Each filter has an index that holds its events in the order of their numbers. Of each the next `WINDOW` numbers are looked up; the filter
that fits the fewest leads, and the others are looked at in the events that it finds. Where nobody is rare, the search goes on window by
window, and a page stops after some: it says how far it has looked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, Select, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from idp.audit import FAILURE, SUCCESS, AuditEvent
from idp.base import database

WINDOW = 2000  # entries of an index that are looked at in one go
WINDOWS = 5  # after which a page stops
SIZE = 1000  # events that are read in one transaction, where all are gone through
CHUNK = 500  # events that are read by their numbers in one go
# Numbers grow with time, but for what several processes and nodes write at once.
DISORDER = timedelta(hours=1)
APART = 1000  # numbers

Value = tuple[InstrumentedAttribute[Any], str]
Event = Row[Any]


@dataclass(frozen=True)
class Filters:
    """What is asked for: from when on, until before when, of which outcome, and the values of which one must fit, for each thing asked."""

    begin: datetime | None = None
    end: datetime | None = None
    outcome: str | None = None
    values: tuple[tuple[Value, ...], ...] = ()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes that fit."""
        return (SUCCESS, FAILURE) if self.outcome is None else (self.outcome,)


@dataclass(frozen=True)
class Place:
    """From where on is searched, without that number itself, and in which direction: to older events, or to newer ones (`forward`)."""

    number: int | None = None
    forward: bool = False


@dataclass(frozen=True)
class Found:
    """Some events in the direction of the search. From `rest` on there may be more; `has_stopped` says that it stopped there early."""

    events: list[Event]
    rest: int | None = None
    has_stopped: bool = False


def find(session: Session, filters: Filters, place: Place, limit: int) -> Found:
    """Return the next events that fit, up to `limit`."""
    within = _bounds(session, filters)
    if within is None or () in filters.values:
        return Found([])
    events: list[Event] = []
    for _time in range(WINDOWS):
        numbers, rest = _lead(session, filters, within, place)
        for start in range(0, len(numbers), CHUNK):
            wanted = limit + 1 - len(events)
            events += _read(session, filters, numbers[start : start + CHUNK], place, wanted)
            if len(events) > limit:
                return Found(events[:limit], events[limit - 1].id)
        if rest is None:
            return Found(events)
        place = Place(rest, place.forward)
    return Found(events, place.number, has_stopped=True)


def iterate(filters: Filters, *, forward: bool = True, most: int | None = None) -> Iterator[Event]:
    """Return every event that fits, the oldest first if `forward`, up to `most`; memory and transactions hold some of them at a time.

    It may be gone through when the request is over.
    """
    return _iterate(database.engine(), filters, Place(None, forward), most)


def _iterate(engine: Engine, filters: Filters, place: Place, most: int | None) -> Iterator[Event]:
    left = most
    while left is None or left > 0:
        with database.reading(engine) as own:
            found = find(own, filters, place, SIZE if left is None else min(SIZE, left))
        yield from found.events
        left = None if left is None else left - len(found.events)
        if found.rest is None:
            return
        place = Place(found.rest, place.forward)


def _lead(
    session: Session, filters: Filters, within: list[ColumnElement[bool]], place: Place
) -> tuple[list[int], int | None]:
    """Return the numbers of the filter that fits the fewest, and where its window ends, None where that is all of them."""
    ways = [[column == value for column, value in values] for values in filters.values] or [[]]
    found = [(list(session.scalars(_window(branches, filters, within, place)))) for branches in ways]
    shortest = min(found, key=len)
    if len(shortest) < WINDOW:
        return shortest, None
    # All are longer than a window: the one that reaches farthest has the fewest.
    farthest = (max if place.forward else min)(found, key=lambda numbers: numbers[-1])
    return farthest, farthest[-1]


def _window(
    branches: list[ColumnElement[bool]], filters: Filters, within: list[ColumnElement[bool]], place: Place
) -> Select[Any]:
    """Return the query for the next numbers of a filter, in the order of the search: a branch for each of its values and outcomes."""
    if place.number is not None:
        within = [*within, AuditEvent.id > place.number if place.forward else AuditEvent.id < place.number]
    if not branches and filters.outcome is None:
        return _next(within, place)
    parts = [
        select(_next([*branch, AuditEvent.outcome == outcome, *within], place).subquery().c.id)
        for branch in ([[one] for one in branches] or [[]])
        for outcome in filters.outcomes
    ]
    if len(parts) == 1:
        return parts[0]
    numbers = union_all(*parts).subquery()
    return _in_order(select(numbers.c.id).distinct(), numbers.c.id, place).limit(WINDOW)


def _next(conditions: list[ColumnElement[bool]], place: Place) -> Select[Any]:
    return _in_order(select(AuditEvent.id).where(*conditions), AuditEvent.id, place).limit(WINDOW)


def _in_order(query: Select[Any], column: Any, place: Place) -> Select[Any]:
    return query.order_by(column if place.forward else column.desc())


def _read(session: Session, filters: Filters, numbers: list[int], place: Place, limit: int) -> list[Event]:
    """Return the events of some numbers that fit every filter."""
    conditions: list[ColumnElement[bool]] = [AuditEvent.id.in_(numbers)]
    if filters.outcome is not None:
        conditions.append(AuditEvent.outcome == filters.outcome)
    conditions += [or_(*(column == value for column, value in values)) for values in filters.values]
    if filters.begin is not None:
        conditions.append(AuditEvent.at >= filters.begin)
    if filters.end is not None:
        conditions.append(AuditEvent.at < filters.end)
    query = select(*AuditEvent.__table__.columns).where(*conditions)
    return list(session.execute(_in_order(query, AuditEvent.id, place).limit(limit)))


def _bounds(session: Session, filters: Filters) -> list[ColumnElement[bool]] | None:
    """Return the bounds of the numbers of a time, which the indexes hold; None where there is nothing in it."""
    conditions: list[ColumnElement[bool]] = []
    if filters.begin is not None:
        after = AuditEvent.at >= filters.begin - DISORDER
        first = session.scalar(select(AuditEvent.id).where(after).order_by(AuditEvent.at).limit(1))
        if first is None:
            return None
        conditions.append(AuditEvent.id >= first - APART)
    if filters.end is not None:
        before = AuditEvent.at < filters.end + DISORDER
        last = session.scalar(select(AuditEvent.id).where(before).order_by(AuditEvent.at.desc()).limit(1))
        if last is None:
            return None
        conditions.append(AuditEvent.id <= last + APART)
    return conditions
