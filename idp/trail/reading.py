"""Reading the audit log in the order of its numbers, each event once.

On PostgreSQL a number is taken before its transaction commits, so that a smaller one may appear after a larger one was read. Whoever
writes an event holds a lock of the table's from before it takes the number until it has committed: once all who held one when the newest
number was looked up have ended, nothing smaller can come any more. Nobody waits for a reader, and no clock is believed.
"""

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import Session

from idp.audit import AuditEvent

PATIENCE = (
    1.0  # seconds for which those who write just now are waited for; a reader that has got nothing comes again anyway
)
PAUSE = 0.01  # seconds

WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = 'audit_events'::regclass"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND mode = 'RowExclusiveLock' AND granted AND pid IS DISTINCT FROM pg_backend_pid()"
)


def settled(session: Session, patience: float = PATIENCE) -> int | None:
    """Return the number up to which the log is complete for good; None while that cannot be said, since somebody is still writing.

    The isolation is READ COMMITTED: whoever reads after this sees what those have committed who were waited for.
    """
    newest = session.scalar(select(func.max(AuditEvent.id))) or 0
    if session.connection().dialect.name != "postgresql":
        return newest  # one writes at a time, and commits before the next one begins
    until = time.monotonic() + patience
    writers = set(session.scalars(WRITERS))
    while writers:
        if time.monotonic() > until:
            return None
        time.sleep(PAUSE)
        writers &= set(session.scalars(WRITERS))
    return newest


def after(session: Session, reached: int, upto: int, limit: int) -> Sequence[Row[Any]]:
    """Return the events behind `reached`, up to a settled number and no more than `limit`, the oldest first."""
    query = select(*AuditEvent.__table__.columns).where(AuditEvent.id > reached, AuditEvent.id <= upto)
    return session.execute(query.order_by(AuditEvent.id).limit(limit)).all()
