"""The audit log: written, never changed."""

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError

from idp import audit
from idp.audit import AuditEvent
from idp.base import database

CHANGES = [
    update(AuditEvent).values(outcome=audit.SUCCESS),
    update(AuditEvent).values(subject=None),
    delete(AuditEvent),
    delete(AuditEvent).where(AuditEvent.event == "signin"),
]


@pytest.mark.parametrize("change", range(len(CHANGES)))
def test_the_audit_log_cannot_be_changed(app: Flask, change: int) -> None:
    """The database itself refuses to change or delete an event, whatever program asks for it (item 73)."""
    with app.app_context():
        database.writing.set(True)
        audit.record("signin", outcome=audit.FAILURE, subject="somebody")
        database.commit()
        with pytest.raises(DBAPIError, match="append-only"):
            database.connection().execute(CHANGES[change])
        database.rollback()
        assert database.session().scalar(select(func.count()).select_from(AuditEvent)) == 1
        assert audit.recent("somebody")[0].outcome == audit.FAILURE


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_the_audit_log_cannot_be_emptied(app: Flask) -> None:
    """PostgreSQL empties tables by a statement of its own, which is refused as well, also by way of others (item 73)."""
    with app.app_context():
        database.writing.set(True)
        audit.record("signin", subject="somebody")
        database.commit()
        for statement in ("TRUNCATE audit_events", "TRUNCATE consents, audit_events RESTART IDENTITY CASCADE"):
            with pytest.raises(DBAPIError, match="append-only"):
                database.connection().execute(text(statement))
            database.rollback()
        assert database.session().scalar(select(func.count()).select_from(AuditEvent)) == 1
