"""No purge, no poll of the outbox, no search for people and no page of a person reads a growing table from end to end."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, event

from idp import outbox, purging
from idp.accounts import roles, words
from idp.base import database
from idp.base.database import Model
from tests.factories import Person, Provider

# Tables of a few rows, whatever happens; others whose names do not stand here are results of a query's own part.
GROWING = set(Model.metadata.tables) - {"signing_keys", "policies"}
SCAN = re.compile(r"Seq Scan on (?P<large>\w+)|^SCAN (?P<lite>\w+)(?! USING)")


@contextmanager
def recorded(app: Flask) -> Iterator[dict[str, Any]]:
    """Collect the statements that are executed, each with values of one time."""
    found: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, is_many: bool) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            found[statement] = values[0] if is_many else values

    with app.app_context():
        engine = database.engine()
    event.listen(engine, "after_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "after_cursor_execute", note)


def plan(connection: Connection, statement: str, values: Any) -> list[str]:
    """Return the lines of a statement's plan; PostgreSQL reads from end to end only where no index would do."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return [line for (line,) in connection.exec_driver_sql(f"EXPLAIN {statement}", values)]
    return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]


def scans(app: Flask, statements: dict[str, Any]) -> list[str]:
    """Return the statements that read a growing table from end to end."""
    found = []
    with app.app_context(), database.engine().connect() as connection:
        for statement, values in statements.items():
            for line in plan(connection, statement, values):
                seen = SCAN.search(line.strip())
                if seen and (seen["large"] or seen["lite"]) in GROWING:
                    found.append(f"{line.strip()}: {statement}")
            connection.rollback()
    return found


def test_purges_use_an_index(app: Flask, ann: Person) -> None:
    """What has expired is found by an index, whatever is kept beside it."""
    with recorded(app) as found, app.app_context():
        for purge in purging.PURGES:
            if purge is not words.catch_up:  # it looks for accounts without words, of which no index can tell
                purge(purging.BATCH)
    assert found
    assert scans(app, found) == []


def test_sign_in_and_own_pages_use_an_index(app: Flask, provider: Provider, ann: Person) -> None:
    """Signing in and each of a person's pages finds what is theirs by an index."""
    browser = provider.browser()
    with recorded(app) as found:
        browser.sign_in("/signin", ann)
        for path in ("/account", "/account/security", "/account/sessions", "/account/apps", "/account/activity"):
            browser.get(path)
    assert found
    assert scans(app, found) == []


@pytest.mark.parametrize("path", ["/admin/people?q=a"])
def test_administrators_searches_use_an_index(app: Flask, provider: Provider, ann: Person, path: str) -> None:
    """The people whom administrators search for are found by an index."""
    with provider.account(ann) as account:
        roles.make_administrator(account, actor="test")
    browser = provider.browser()
    browser.sign_in("/signin", ann)
    with recorded(app) as found:
        assert browser.get(path).status_code == 200
    assert scans(app, found) == []


def test_the_outbox_is_polled_by_an_index(app: Flask, provider: Provider) -> None:
    """Deliveries that are due are found by an index."""
    with recorded(app) as found, app.app_context():
        for lane in outbox.LANES:
            outbox.deliver_due(lane)
    assert found
    assert scans(app, found) == []
