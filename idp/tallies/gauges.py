"""What no event tells: how many people have a second factor, and how many deliveries wait or have failed, looked at once an hour.

An hour in which no node was running has no number. A day has that of the last hour in which somebody looked.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select

from idp.accounts.models import Account
from idp.base import clock, database
from idp.base.database import connection, insert_into, session
from idp.mail import NOBODY
from idp.outbox import Delivery
from idp.tallies.counting import day_of, hour_of
from idp.tallies.models import DAY, HOUR, Tally

PEOPLE, DELIVERIES = "people", "deliveries"
ALL, WITH_SECOND_FACTOR = "all", "with_second_factor"
WAITING, FAILED = "waiting", "failed"


def look() -> bool:
    """Write down this hour's numbers, in the caller's transaction, unless some node has; return whether that was done."""
    hour = hour_of(clock.now())
    with database.reading() as own:
        done = select(Tally.number).where(*_is(hour, PEOPLE, ALL))
        if own.scalar(done) is not None:
            return False
    for what, key, number in _count():
        place = {"what": what, "key": key, "number": number}
        first = insert_into(Tally).values(span=HOUR, at=hour, **place).on_conflict_do_nothing()
        if not connection().execute(first).rowcount:
            return False  # another node was faster
        latest = insert_into(Tally).values(span=DAY, at=day_of(hour), **place)
        connection().execute(
            latest.on_conflict_do_update(
                index_elements=[Tally.span, Tally.at, Tally.what, Tally.key], set_={"number": number}
            )
        )
    return True


def _count() -> list[tuple[str, str, int]]:
    lacking = _number(select(func.count(Account.id)).where(Account.second_factor_since.is_(None)))
    everybody = _number(select(func.count(Account.id)))
    sent = Delivery.kind != NOBODY
    waiting = _number(select(func.count(Delivery.id)).where(Delivery.next_attempt_at.is_not(None), sent))
    failed = _number(select(func.count(Delivery.id)).where(Delivery.failed_at.is_not(None), sent))
    return [
        (PEOPLE, ALL, everybody),
        (PEOPLE, WITH_SECOND_FACTOR, everybody - lacking),
        (DELIVERIES, WAITING, waiting),
        (DELIVERIES, FAILED, failed),
    ]


def _number(query: Select[int]) -> int:
    return session().scalar(query) or 0


def _is(hour: datetime, what: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return (Tally.span == HOUR, Tally.at == hour, Tally.what == what, Tally.key == key)
