"""How long events are kept: the database lets go of what is older than the rule says, and of nothing else."""

import json
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from idp import audit, purging
from idp.audit import AuditEvent
from idp.base import clock, database
from idp.base.database import run
from idp.tallies import rolling
from idp.trail import retention
from idp.trail.models import AuditRetention, TrailReader
from tests.admin.conftest import Visitor, add_account, admin, sign_in  # noqa: F401 - fixtures
from tests.core import mails
from tests.factories import Provider
from tests.tallies.making import events, write
from tests.trail.test_exporting import run as run_command


@pytest.fixture
def log(provider: Provider) -> Provider:
    """A log with 200 events of a hundred days ago and 50 of yesterday, all of them counted."""
    with provider.working():
        write(list(events(clock.now() - timedelta(days=100), 200, hours=24, people=9)))
        write(list(events(clock.now() - timedelta(days=1), 50, hours=1, people=9)))
        database.connection().execute(insert(TrailReader).values(name=rolling.NAME, reached=0))
    with provider.working():
        assert rolling.catch_up() == 250
    return provider


def number(before: datetime | None = None) -> int:
    """Return how many events there are, or how many that are older."""
    query = select(func.count()).select_from(AuditEvent)
    return database.session().scalar(query if before is None else query.where(AuditEvent.at < before)) or 0


def test_old_events_go_and_the_log_says_so(log: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """The purge deletes what is older than the rule, in batches, and records once how many events that were."""
    monkeypatch.setattr(purging, "MOST", 30)
    limit = clock.now() - timedelta(days=60)
    with log.working():
        assert retention.put(60, actor="root") is True
        assert number(limit) == 200
    with log.working():
        purging.run()
    with log.working():
        assert number(limit) == 0
        told = database.session().scalars(select(AuditEvent).where(AuditEvent.event == "audit.purged")).all()
        assert [event.detail["events"] for event in told] == [200]
        purging.run()
        assert number() == 50 + 2
    with log.working():
        changed = (
            database.session().scalars(select(AuditEvent).where(AuditEvent.event == "audit.retention_changed")).one()
        )
        assert (changed.actor, changed.detail) == ("root", {"days": "60", "before": "for ever"})


def test_for_ever_is_the_rule_that_there_is(log: Provider) -> None:
    """Without a rule, and after going back to it, nothing is deleted."""
    with log.working():
        assert retention.get() is None
        assert retention.purge(1000) == 0
        retention.put(60, actor="root")
        retention.put(None, actor="root")
    with log.working():
        assert retention.purge(1000) == 0
        with pytest.raises(DBAPIError, match="append-only"):
            run(delete(AuditEvent))


def test_the_database_keeps_what_is_younger(log: Provider) -> None:
    """Whoever asks for it, what is younger than the rule stays, and no rule lets go of the last thirty days; nothing is changed."""
    with log.working():
        retention.put(120, actor="root")
    with log.working():
        with pytest.raises(DBAPIError, match="append-only"):
            run(delete(AuditEvent).where(AuditEvent.at < clock.now() - timedelta(days=90)))
        database.rollback()
        with pytest.raises(DBAPIError):
            run(update(AuditRetention).values(days=1))
        database.rollback()
        run(update(AuditRetention).values(days=30))
        with pytest.raises(DBAPIError, match="append-only"):
            run(delete(AuditEvent).where(AuditEvent.at < clock.now() - timedelta(hours=1)))
        database.rollback()
        with pytest.raises(DBAPIError, match="append-only"):
            run(update(AuditEvent).values(subject=None))
        database.rollback()
        assert number() == 250 + 1


def test_what_is_not_counted_yet_stays(provider: Provider) -> None:
    """Events that the numbers of the overview do not hold yet are not deleted, however old they are."""
    with provider.working():
        write(list(events(clock.now() - timedelta(days=50), 100, hours=24, people=9)))
        retention.put(30, actor="root")
    with provider.working():
        assert retention.purge(1000) == 0
    with provider.working():
        rolling.catch_up()
    with provider.working():
        assert retention.purge(1000) == 100


def test_the_page_asks_first(app: Flask, admin: Visitor, log: Provider) -> None:  # noqa: F811
    """Fewer days are asked for once more and told to the administrators; too few, or none at all, are named at the field."""
    page = "/admin/audit/retention"
    assert "For ever" in admin.text(page)
    for wrong, said in (("29", "from 30 to 36500"), ("soon", "Enter a whole number of days")):
        refused = admin.send(page, days=wrong)
        assert refused.status_code == 400
        assert said in refused.text
    asked = admin.send(page, days="90")
    assert asked.location == f"{page}/90"
    assert "Keep events for 90 days?" in admin.text(asked.location)
    assert admin.send(asked.location).location == page
    assert "90 days" in admin.text(page)
    with log.working():
        assert "kept for 90 days" in mails.newest().text
    assert admin.get(f"{page}/29").status_code == 404
    assert admin.send(page, days="").location == page
    assert "For ever" in admin.text(page)


def test_the_command_shows_and_sets_it(app: Flask, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """`idp audit retention` prints the rule as JSON, changes it, and names what is wrong."""
    said = [
        run_command(app, monkeypatch, "retention", *arguments)
        for arguments in ((), ("--days", "400"), (), ("--for-ever",), ("--days", "7"), ("--days", "90", "--for-ever"))
    ]
    assert [json.loads(result.stdout)["days"] for result in said[:4]] == [None, 400, 400, None]
    assert [result.exit_code for result in said] == [0, 0, 0, 0, 1, 1]
    assert "from 30 to 36500" in said[4].stderr
    with provider.working():
        actors = [row.actor for row in database.session().scalars(select(AuditEvent)) if row.event.startswith("audit.")]
        assert actors == ["command line"] * 2
        assert audit.recent("nobody") == []
