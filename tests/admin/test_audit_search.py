"""Searching the audit log: by event, outcome, account, app, source and day, through indexes, also for what is not there."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, event, insert, text

from idp import audit
from idp.admin import audit_search
from idp.audit import AuditEvent
from idp.base import clock, database
from tests.factories import Browser, Person, Provider

MANY = 20_000  # enough for PostgreSQL to prefer an index where one fits
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
EVENTS = ["signin", "signout", "token.issued", "client.created", "password.changed"]


@pytest.fixture
def log(app: Flask, provider: Provider) -> Flask:
    """A log of some days, in which most is of one kind and a few are of another."""
    rows = []
    for number in range(600):
        rows.append(
            {
                "at": NOON - timedelta(minutes=10 * (600 - number)),
                "event": EVENTS[number % 3],
                "outcome": audit.FAILURE if number % 50 == 0 else audit.SUCCESS,
                "subject": f"person{number % 20}",
                "actor": "root" if number % 100 == 1 else None,
                "client_id": f"shop{number % 7}" if number % 2 else None,
                "source": f"192.0.2.{number % 30}",
                "detail": {},
            }
        )
    rows.append(
        rows[-1] | {"at": NOON, "event": "keys.rotated", "subject": None, "source": "2001:db8::7", "client_id": None}
    )
    with provider.working():
        database.connection().execute(insert(AuditEvent), rows)
    return app


def find(term: str) -> list[AuditEvent]:
    """Return what a search finds, the newest first."""
    return audit_search.find(term).rows()


def test_each_word_narrows_the_search(log: Flask, provider: Provider, ann: Person) -> None:
    """Events are found by a part of their name, by outcome, account, actor, app, source, day, month and range, and by all together."""
    client = provider.client(client_name="Paper Shop")
    with provider.working():
        audit.record("consent.given", subject=ann.sub, client_id=client.client_id, source="198.51.100.9")
    with log.app_context():
        everything = find("")
        assert len(everything) == audit_search.MOST or len(everything) > 600
        assert [row.id for row in everything] == sorted((row.id for row in everything), reverse=True)
        fits: dict[str, Any] = {
            "failure": lambda row: row.outcome == audit.FAILURE,
            "Failed": lambda row: row.outcome == audit.FAILURE,
            "success": lambda row: row.outcome == audit.SUCCESS,
            "SIGN": lambda row: "sign" in row.event,
            "token.issued": lambda row: row.event == "token.issued",
            "person7": lambda row: row.subject == "person7",
            "root": lambda row: row.actor == "root",
            "shop3": lambda row: row.client_id == "shop3",
            "192.0.2.7": lambda row: row.source == "192.0.2.7",
            "2001:0db8:0::7": lambda row: row.source == "2001:db8::7",
            "2026-11-28": lambda row: row.at.date().isoformat() == "2026-11-28",
            "2026-11-26..2026-11-27": lambda row: row.at.date().isoformat() in {"2026-11-26", "2026-11-27"},
            "..2026-11-26": lambda row: row.at.date().isoformat() <= "2026-11-26",
            "2026-11-28..": lambda row: row.at.date().isoformat() >= "2026-11-28",
            "2026-11": lambda row: (row.at.year, row.at.month) == (2026, 11),
            "signin failure": lambda row: row.event == "signin" and row.outcome == audit.FAILURE,
            "signout 192.0.2.7 2026-11-28": lambda row: (
                (row.event, row.source, row.at.date().isoformat()) == ("signout", "192.0.2.7", "2026-11-28")
            ),
            "success 2026-11-27 person3": lambda row: (
                (row.outcome, row.subject, row.at.date().isoformat()) == (audit.SUCCESS, "person3", "2026-11-27")
            ),
            ann.email: lambda row: row.subject == ann.sub,
            ann.sub: lambda row: row.subject == ann.sub,
            "Paper": lambda row: row.client_id == client.client_id,
        }
        for term, fit in fits.items():
            expected = [row.id for row in everything if fit(row)]
            assert expected, term
            assert [row.id for row in find(term)] == expected, term


@pytest.mark.parametrize(
    "term", ["nothing-like-it", "2026-02-31", "2031-01-01", "..2001-01-01", "signin nobody", "failure keys", "%", "_"]
)
def test_what_is_not_there_is_not_found(log: Flask, term: str) -> None:
    """An unknown word, a day without events and words that fit no one event together find nothing."""
    with log.app_context():
        assert find(term) == []


def test_the_page_shows_what_is_found(log: Flask, provider: Provider) -> None:
    """The administrators' page finds by outcome and by day, in pages, and says when only the newest are shown."""
    browser = administrator(provider)
    page = browser.get("/admin/audit?q=failure+2026-11-28").text
    assert len(re.findall(r"<code>(?:signin|signout|token\.issued)</code>", page)) > 1
    assert "No event matches" not in page
    assert "No event matches" in browser.get("/admin/audit?q=nothing-like-it").text
    second = browser.get("/admin/audit?q=success&page=2").text
    assert 'aria-current="page"' in second
    assert "These are the newest ones only" not in page


def administrator(provider: Provider) -> Browser:
    """Open a browser in which an administrator has just signed in."""
    from idp.accounts import founding

    with provider.working():
        created = founding.create_administrator("root@example.org")
        assert isinstance(created, tuple)
        root = Person(created[0].id, created[0].sub, "root@example.org")
    return provider.browser(root)


def fill(connection: Connection) -> None:
    """Fill the log with many events, and let the database count them."""
    if connection.dialect.name == "postgresql":
        numbers = f"generate_series(1, {MANY}) AS n"
        at = "timestamptz '2026-11-01' + n * interval '1 minute'"
    else:
        numbers = f"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {MANY}) SELECT n FROM c)"  # noqa: S608 - of numbers
        at = "strftime('%Y-%m-%d %H:%M:%f000', '2026-11-01', n || ' minutes')"
    connection.execute(
        text(
            "INSERT INTO audit_events (at, event, outcome, subject, client_id, source, detail)"  # noqa: S608 - of numbers
            f" SELECT {at}, 'event' || (n % 40), CASE n % 10 WHEN 0 THEN 'failure' ELSE 'success' END, 'person' || (n % 999),"
            f" 'shop' || (n % 50), '192.0.2.' || (n % 200), '{{}}' FROM {numbers}"
        )
    )
    connection.execute(text("ANALYZE"))


def plans(app: Flask, term: str) -> list[str]:
    """Return the plan of each query that a search makes."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if "audit_events" in statement:
            asked.append((statement, parameters))

    with app.app_context():
        database.writing.set(False)
        event.listen(database.engine(), "before_cursor_execute", note)
        audit_search.find(term)
        event.remove(database.engine(), "before_cursor_execute", note)
        connection = database.connection()
        explain = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        return [
            "\n".join(
                " ".join(map(str, row)) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters)
            )
            for statement, parameters in asked
        ]


def test_no_search_reads_the_whole_log(app: Flask, provider: Provider) -> None:
    """Whatever is searched for, found or not, the database goes through an index, and sorts no more than the newest of each branch."""
    with provider.working():
        fill(database.connection())
    terms = [
        "nobody-at-all", "person7", "shop3", "192.0.2.7", "10.0.0.1", "event7", "event", "failure", "success", "2026-11-05",
        "2026-11-05 failure", "2026-11-05 nobody-at-all", "2031-01-01", "event7 failure", "event7 192.0.2.9", "person7 2026-11-03..",
    ]  # fmt: skip
    for term in terms:
        found = plans(app, term)
        assert found, term
        for plan in found:
            assert "Seq Scan on audit_events" not in plan, (term, plan)
            assert not re.search(r"\bSCAN audit_events(?! USING (?:COVERING )?INDEX)", plan), (term, plan)
            assert "Parallel" not in plan, (term, plan)
    with app.app_context():
        assert audit_search.find("nobody-at-all").keys == []
        assert len(audit_search.find("event7 failure").keys) in {0, MANY // 40}
        assert len(audit_search.find("").keys) == audit_search.MOST
        assert clock.now().tzinfo is not None
