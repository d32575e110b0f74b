"""Reading the log in order: what commits late is not skipped, and a reader neither waits for long nor makes anybody wait."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from flask import Flask
from sqlalchemy import Connection, insert

from idp import audit, trail
from idp.audit import AuditEvent
from idp.base import clock, database
from tests.factories import Provider

pytestmark = pytest.mark.parametrize("backend", ["postgresql"], indirect=True)


@contextmanager
def writing(app: Flask, name: str) -> Iterator[tuple[Connection, int]]:
    """Write an event in a transaction of its own, whose end is the caller's; give its connection and the event's number."""
    with app.app_context():
        engine = database.engine()
    with engine.connect() as connection:
        values = {"at": clock.now(), "event": name, "outcome": audit.SUCCESS, "detail": {}}
        number = connection.execute(insert(AuditEvent).values(values).returning(AuditEvent.id)).scalar_one()
        yield connection, number
        connection.rollback()


def settled(app: Flask, patience: float = 0.1) -> int | None:
    """Return up to where the log is complete."""
    with app.app_context(), database.reading() as own:
        return trail.settled(own, patience)


def names(app: Flask, reached: int, upto: int) -> list[str]:
    """Return the events of a part of the log."""
    with app.app_context(), database.reading() as own:
        return [row.event for row in trail.after(own, reached, upto, 100)]


def test_a_smaller_number_that_commits_later_is_not_skipped(app: Flask, provider: Provider) -> None:
    """While an earlier transaction may still bring a smaller number, nothing behind it is settled; then both come, in order."""
    with ExitStack() as stack:
        first, smaller = stack.enter_context(writing(app, "first"))
        second, larger = stack.enter_context(writing(app, "second"))
        assert smaller < larger
        second.commit()
        assert settled(app) is None
        first.commit()
        assert settled(app) == larger
        assert names(app, 0, larger) == ["first", "second"]


def test_a_number_that_never_comes_holds_nobody_up(app: Flask, provider: Provider) -> None:
    """Numbers of transactions that were undone are gaps, which a reader passes."""
    with ExitStack() as stack:
        first, _smaller = stack.enter_context(writing(app, "first"))
        second, larger = stack.enter_context(writing(app, "second"))
        second.commit()
        first.rollback()
        assert settled(app) == larger
        assert names(app, 0, larger) == ["second"]


def test_writers_do_not_wait_for_a_reader(app: Flask, provider: Provider) -> None:
    """While a reader waits for one writer, others write and commit; it gives up after a moment and has changed nothing."""
    with writing(app, "slow"):
        began = time.monotonic()
        assert settled(app, 0.3) is None
        with writing(app, "quick") as (quick, _number):
            quick.commit()
        assert time.monotonic() - began < 5


def test_a_busy_log_is_settled_again_and_again(app: Flask, provider: Provider) -> None:
    """Transactions that begin after the newest number was looked up are not waited for: their numbers are larger."""
    with ExitStack() as stack:
        first, _number = stack.enter_context(writing(app, "first"))
        first.commit()
        before = settled(app)
        _second, later = stack.enter_context(writing(app, "second"))
        third, newest = stack.enter_context(writing(app, "third"))
        assert before is not None
        assert before < later < newest
        assert names(app, 0, before) == ["first"]
        third.commit()
        assert settled(app) is None
