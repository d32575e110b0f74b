"""Searching the audit log: by person, event, app, source, time and outcome, through indexes, also for what is not there."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import Connection, event, insert, text
from werkzeug.datastructures import MultiDict

from idp import audit
from idp.admin import audit_filters, audit_forms
from idp.audit import AuditEvent
from idp.base import database
from idp.trail import searching
from idp.trail.searching import Filters, Place
from tests.admin.conftest import Visitor, hidden_fields
from tests.factories import Person, Provider

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


def find(filters: Filters, *, forward: bool = False) -> list[Any]:
    """Return all events that a search finds, the newest first unless it looks forward."""
    return list(searching.iterate(filters, forward=forward))


def filters(app: Flask, **asked: str) -> Filters:
    """Return the filters of the form, as an address asks for them."""
    with app.test_request_context():
        form = audit_forms.search_form(MultiDict({name.rstrip("_"): value for name, value in asked.items()}))
        assert form.validate(), form.errors
        return form.filters()


def test_each_word_narrows_the_search(log: Flask, provider: Provider, ann: Person) -> None:
    """Events are found by a part of their name, by outcome, account, actor, app, source, day, month and range, and by all together."""
    client = provider.client(client_name="Paper Shop")
    with provider.working():
        audit.record("consent.given", subject=ann.sub, client_id=client.client_id, source="198.51.100.9")
    with log.app_context():
        everything = find(Filters())
        assert len(everything) > 600
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
            assert [row.id for row in find(audit_filters.read_words(term))] == expected, term


def test_filters_narrow_together(log: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Person, event, app, source, outcome and times narrow the search together, whatever the window and the direction."""
    cases: dict[str, tuple[dict[str, str], Any]] = {
        "who": ({"who": "person7"}, lambda row: row.subject == "person7"),
        "by": ({"who": "root", "what": "signout"}, lambda row: row.actor == "root" and row.event == "signout"),
        "part": ({"what": "sign", "client": "shop3"}, lambda row: "sign" in row.event and row.client_id == "shop3"),
        "whole": ({"what": "signin"}, lambda row: row.event == "signin"),
        "from": ({"from": "2026-11-28 06:10", "source": "192.0.2.3"}, lambda row: (
            row.source == "192.0.2.3" and row.at >= datetime(2026, 11, 28, 6, 10, tzinfo=UTC)
        )),
        "to": ({"to": "2026-11-27T23:50", "outcome": "failure"}, lambda row: (
            row.outcome == "failure" and row.at <= datetime(2026, 11, 27, 23, 50, 59, tzinfo=UTC)
        )),
        "day": ({"from": "2026-11-27", "to": "2026-11-27", "q": "shop3 success"}, lambda row: (
            row.at.date().isoformat() == "2026-11-27" and row.client_id == "shop3" and row.outcome == "success"
        )),
        "all": ({"who": "person3", "what": "token", "client": "shop2", "source": "192.0.2.23", "outcome": "success"}, lambda row: (
            (row.subject, row.event, row.client_id, row.source, row.outcome)
            == ("person3", "token.issued", "shop2", "192.0.2.23", "success")
        )),
    }  # fmt: skip
    with log.app_context():
        everything = find(Filters())
    for window in (5000, 7):
        monkeypatch.setattr(searching, "WINDOW", window)
        for name, (asked, fit) in cases.items():
            read = filters(log, **asked)
            expected = [row.id for row in everything if fit(row)]
            assert expected, name
            with log.app_context():
                assert [row.id for row in find(read)] == expected, (name, window)
                assert [row.id for row in find(read, forward=True)] == expected[::-1], (name, window)


@pytest.mark.parametrize(
    "term", ["nothing-like-it", "2026-02-31", "2031-01-01", "..2001-01-01", "signin nobody", "failure keys", "%", "_"]
)
def test_what_is_not_there_is_not_found(log: Flask, term: str) -> None:
    """An unknown word, a day without events and words that fit no one event together find nothing."""
    with log.app_context():
        assert find(audit_filters.read_words(term)) == []


def shown(page: str) -> list[int]:
    """Return the numbers that stand in the details of the events on a page."""
    return [int(number) for number in re.findall(r"number=(\d+)<", page)]


def test_pages_lead_on_by_the_last_event(admin: Visitor, provider: Provider) -> None:
    """Older events follow the last one of a page, newer ones lead back, and what comes meanwhile moves nothing."""
    with provider.working():
        for number in range(60):
            audit.record("test.event", source="192.0.2.1", number=number)
    first = admin.text("/admin/audit?what=test.event")
    assert shown(first) == list(range(59, 34, -1))
    assert ">Newer<" not in first
    (older,) = re.findall(r'rel="next"\s+href="([^"]+)"', first)
    with provider.working():
        audit.record("test.event", number=60)
    second = admin.text(older.replace("&amp;", "&"))
    assert shown(second) == list(range(34, 9, -1))
    (last,) = re.findall(r'rel="next"\s+href="([^"]+)"', second)
    third = admin.text(last.replace("&amp;", "&"))
    assert shown(third) == list(range(9, -1, -1))
    assert ">Older<" not in third
    (newer,) = re.findall(r'rel="prev"\s+href="([^"]+)"', third)
    assert shown(admin.text(newer.replace("&amp;", "&"))) == list(range(34, 9, -1))
    assert shown(admin.text("/admin/audit?what=test.event&older=nonsense"))[0] == 60


def test_a_search_that_stops_says_so(admin: Visitor, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the filters are each frequent and together rare, a page stops after some windows and leads on until it is found."""
    monkeypatch.setattr(searching, "WINDOW", 10)
    with provider.working():
        audit.record("rare.event", source="192.0.2.1", client_id="shop", number=7)
        for _number in range(120):
            audit.record("rare.event", source="192.0.2.1", client_id="other")
            audit.record("common.event", source="192.0.2.1", client_id="shop")
    page, steps = admin.text("/admin/audit?what=rare.event&client=shop"), 0
    while "No event matches so far." in page:
        assert "The search has come to" in page
        (way,) = re.findall(r'rel="next"\s+href="([^"]+)">Search on', page)
        page, steps = admin.text(way.replace("&amp;", "&")), steps + 1
    assert (shown(page), steps) == ([7], 2)


def test_what_cannot_be_read_is_told(admin: Visitor, log: Flask) -> None:
    """A time that is none and an outcome that is not offered are named at their fields, and nothing is shown as if it fitted."""
    for asked, field in (
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-13-01"}, "to"),
        ({"outcome": "odd"}, "outcome"),
    ):
        answer = admin.get(f"/admin/audit?{urlencode(asked)}")
        assert answer.status_code == 400
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}-error"' in answer.text
        assert "<code>signin</code>" not in answer.text


def test_the_page_shows_what_is_found(log: Flask, admin: Visitor) -> None:
    """The administrators' page finds by outcome and day, and keeps what was asked for in the form and its links."""
    page = admin.text("/admin/audit?outcome=failure&from=2026-11-28&to=2026-11-28")
    assert len(re.findall(r"<code>(?:signin|signout|token\.issued)</code>", page)) > 1
    assert "No event matches" not in page
    assert 'name="from" spellcheck="false" type="text" value="2026-11-28"' in page
    assert hidden_fields(page)["asked"] == "outcome=failure&from=2026-11-28&to=2026-11-28"
    assert "No event matches." in admin.text("/admin/audit?q=nothing-like-it")
    assert "outcome=success&amp;older=" in admin.text("/admin/audit?outcome=success")


def test_accounts_are_found_and_named(app: Flask, admin: Visitor, provider: Provider) -> None:
    """A search by address finds the events of that account, whose address stands in the place of its `sub`."""
    eve = provider.person("eve@example.com")
    with provider.working():
        audit.record("account.disabled", subject=eve.sub, actor=admin.sub)
    for query in ("q=EVE@example.com", "who=EVE@example.com"):
        found = admin.text(f"/admin/audit?{query}")
        assert "account.disabled" in found
        assert "admin@example.com" in found
        assert eve.sub in found


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


def plans(app: Flask, read: Filters) -> list[str]:
    """Return the plan of each query that a page of a search makes, in both directions."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if "audit_events" in statement:
            asked.append((statement, parameters))

    with app.app_context():
        database.writing.set(False)
        event.listen(database.engine(), "before_cursor_execute", note)
        for place in (Place(), Place(MANY // 2), Place(MANY // 2, forward=True)):
            searching.find(database.session(), read, place, 25)
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
    """Whatever is searched for, alone or together, found or not, the database goes through an index."""
    with provider.working():
        fill(database.connection())
    asked: list[dict[str, str]] = [
        {}, {"who": "nobody"}, {"who": "person7"}, {"client": "shop3"}, {"source": "10.0.0.1"}, {"what": "event7"}, {"what": "event"},
        {"outcome": "failure"}, {"from": "2026-11-05", "to": "2026-11-05"}, {"from": "2031-01-01"},
        {"what": "event7", "outcome": "failure"},
        {"what": "event7", "source": "192.0.2.9"}, {"who": "person7", "from": "2026-11-03"}, {"client": "shop1", "outcome": "success"},
        {"who": "person7", "what": "event", "client": "shop3", "source": "192.0.2.9", "outcome": "success", "from": "2026-11-03"},
        {"q": "event7 192.0.2.9 2026-11"},
    ]  # fmt: skip
    for terms in asked:
        found = plans(app, filters(app, **terms))
        assert found, terms
        for plan in found:
            assert "Seq Scan on audit_events" not in plan, (terms, plan)
            assert not re.search(r"\bSCAN audit_events(?! USING (?:COVERING )?INDEX)", plan) or terms == {}, (
                terms,
                plan,
            )
            assert "Parallel" not in plan, (terms, plan)
    with app.app_context():
        assert find(filters(app, who="nobody-at-all")) == []
        assert len(find(filters(app, what="event7", outcome="failure"))) in {0, MANY // 40}
        assert len(find(Filters())) == MANY
