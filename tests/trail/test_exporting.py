"""Events as files: CSV that no spreadsheet computes, JSON lines that read back, from the page and from the command."""

import csv
import io
import json
import tracemalloc
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from idp import audit, trail
from idp.admin import audit_views
from idp.base import clock, database
from idp.cli import main
from idp.trail import exporting, searching
from idp.trail.searching import Filters
from tests.admin.conftest import Visitor, add_account, admin, hidden_fields, sign_in  # noqa: F401 - fixtures
from tests.factories import Provider
from tests.tallies.making import events, write

SECRET_KEY = "a secret of the tests, and of nobody else, long enough"


def export(admin: Visitor, query: str, form: str) -> Any:  # noqa: F811
    """Search, and send the form of the export that stands below."""
    page = f"/admin/audit{query}"
    return admin.send(page, "/admin/audit/export", format=form, asked=hidden_fields(admin.text(page))["asked"])


def test_csv_is_safe_for_spreadsheets(admin: Visitor, provider: Provider) -> None:  # noqa: F811
    """Cells that a spreadsheet would compute are quoted; others, commas and line breaks among them, read back as they are."""
    with provider.working():
        for label in ("=1+1", "+49", "-2", "@SUM(A1)", "\tx", "plain, with comma\nand line"):
            audit.record("test.event", client_id=label, label=label)
    answer = export(admin, "?what=test.event", "csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="audit-2')
    assert answer.headers["Content-Disposition"].endswith('Z.csv"')
    heading, *rows = csv.reader(io.StringIO(answer.text))
    assert heading == list(exporting.COLUMNS)
    clients = [row[heading.index("client_id")] for row in rows]
    assert clients == ["'=1+1", "'+49", "'-2", "'@SUM(A1)", "'\tx", "plain, with comma\nand line"]
    assert [json.loads(row[heading.index("detail")])["label"] for row in rows][-1] == "plain, with comma\nand line"


def test_json_lines_read_back(admin: Visitor, provider: Provider) -> None:  # noqa: F811
    """Each line is an event as one JSON object, the oldest first, and the log itself says who has exported what."""
    with provider.working():
        for number in range(3):
            audit.record("test.event", subject="ann", source="192.0.2.1", number=number)
        audit.record("test.event", subject="bob")
    answer = export(admin, "?who=ann&what=test", "jsonl")
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["detail"] for line in lines] == [{"number": 0}, {"number": 1}, {"number": 2}]
    assert {line["source"] for line in lines} == {"192.0.2.1"}
    assert set(lines[0]) == set(exporting.COLUMNS)
    assert lines[0]["at"].endswith("+00:00")
    with provider.working():
        (told,) = searching.iterate(Filters(values=(((audit.AuditEvent.event, "audit.exported"),),)))
        assert (told.actor, told.detail) == (admin.sub, {"format": "jsonl", "asked": "who=ann&what=test"})


def test_an_export_is_bounded(admin: Visitor, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """The page gives no more events than it says; a form that was changed on its way is refused and exports nothing."""
    monkeypatch.setattr(audit_views, "MOST_EXPORTED", 30)
    with provider.working():
        write(list(events(clock.now() - timedelta(days=2), 100, hours=24, people=9)))
    assert "up to 30 events" in admin.text("/admin/audit")
    assert len(export(admin, "", "jsonl").text.splitlines()) == 30
    for form, asked in (("xlsx", ""), ("csv", "from=never")):
        answer = admin.send("/admin/audit", "/admin/audit/export", format=form, asked=asked)
        assert (answer.status_code, answer.mimetype) == (400, "text/html")


def test_a_long_log_is_read_in_parts(app: Flask, provider: Provider) -> None:
    """Going through many events keeps no more than some of them in memory, and no transaction open between them."""
    with provider.working():
        for part in range(4):
            write(list(events(clock.now() - timedelta(days=9 - part), 3000, hours=20, people=50, seed=part)))
    with app.app_context():
        database.writing.set(False)
        tracemalloc.start()
        try:
            size = sum(len(line) for line in exporting.write(searching.iterate(Filters()), exporting.JSON_LINES))
            _now, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert size > 2_000_000
        assert most < 5_000_000
        database.writing.set(True)
        assert trail.settled(database.session()) is not None


def run(app: Flask, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    """Run a command of `idp audit` on the application's database."""
    return run_idp(app, monkeypatch, "audit", *arguments)


def run_idp(app: Flask, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    """Run a command of `idp` on the application's database."""
    settings = app.extensions["idp.settings"]
    values = {"DATABASE_URL": settings.database_url, "DATA_DIR": str(settings.data_dir), "SECRET_KEY": SECRET_KEY}
    for name, value in values.items():
        monkeypatch.setenv(f"IDP_{name}", value)
    return CliRunner().invoke(main, [*arguments])


def test_the_command_prints_what_fits(app: Flask, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """`idp audit export` knows the filters of the page; what it cannot read is named by its option."""
    ann = provider.person("ann@example.org")
    begin = clock.now() - timedelta(days=3)
    with provider.working():
        write(list(events(begin, 200, hours=48, people=9)))
        audit.record("test.event", subject=ann.sub, client_id="shop", source="192.0.2.99")
    fits = run(app, monkeypatch, "export", "--event", "test", "--who", "ann@example.org", "--client", "shop")
    assert fits.exit_code == 0, fits.output
    (line,) = fits.stdout.splitlines()
    assert json.loads(line)["source"] == "192.0.2.99"
    day = (begin + timedelta(days=1)).date()
    among = run(
        app, monkeypatch, "export", "--since", f"{day}", "--until", f"{day}", "--outcome", "failure", "--format", "csv"
    )
    _heading, *rows = csv.DictReader(io.StringIO(among.stdout)), *csv.DictReader(io.StringIO(among.stdout))
    assert rows
    assert {(row["at"][:10], row["outcome"]) for row in rows} == {(f"{day}", "failure")}
    wrong = run(app, monkeypatch, "export", "--since", "last week")
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert wrong.stderr.startswith("idp: --since: a day such as")
