"""How long events are kept: for ever, or for so many days. The database itself refuses to delete what is younger, whoever asks for it.

Whatever the rule, it lets the events of the last `LEAST` days alone, so that nobody hides what they have just done by changing the rule.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from idp import audit
from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import run, session
from idp.base.outcome import Reason, Refused
from idp.trail.models import AuditRetention, TrailReader

LEAST, MOST = 30, 36_500  # days; the triggers know the first one, too
SLACK = timedelta(hours=1)  # by which the database's clock may be behind ours


def get() -> int | None:
    """Return for how many days events are kept; None: for ever."""
    return session().scalar(select(AuditRetention.days))


def check(days: int | None) -> Refused | None:
    """Return what is wrong with a number of days: CLIENT_INVALID with the field `days`."""
    if days is None or LEAST <= days <= MOST:
        return None
    detail = f"A number of days from {LEAST} to {MOST} is needed."
    return Refused(Reason.CLIENT_INVALID, field="days", detail=detail)


def put(days: int | None, *, actor: str) -> bool:
    """Keep events for so many days, which were checked, or for ever; return whether that is another rule than before."""
    row = session().scalar(select(AuditRetention).with_for_update())
    before = row.days if row is not None else None
    if days == before:
        return False
    if days is None:
        session().delete(row)
    elif row is None:
        session().add(AuditRetention(days=days, changed_at=clock.now()))
    else:
        row.days, row.changed_at = days, clock.now()
    session().flush()
    audit.record("audit.retention_changed", actor=actor, days=_tell(days), before=_tell(before))
    return True


def oldest() -> datetime | None:
    """Return when the oldest event happened, None where there is none."""
    return session().scalar(select(AuditEvent.at).order_by(AuditEvent.at).limit(1))


def purge(limit: int) -> int:
    """Delete up to `limit` events that are older than the rule says; return how many. The log itself says how many went.

    What a reader of the log (`trail.models`) has not read yet stays, and the last event always does.
    """
    row = session().scalar(select(AuditRetention).with_for_update(skip_locked=True))
    read = session().scalar(select(func.min(TrailReader.reached)))
    if row is None or read is None:
        return 0
    before = clock.now() - timedelta(days=row.days) - SLACK
    old = select(AuditEvent.id).where(AuditEvent.at < before, AuditEvent.id < read).order_by(AuditEvent.at).limit(limit)
    deleted = run(delete(AuditEvent).where(AuditEvent.id.in_(old)))
    row.deleted += deleted
    if deleted < limit and row.deleted:
        audit.record("audit.purged", events=row.deleted, before=before.isoformat(timespec="seconds"))
        row.deleted = 0
    session().flush()
    return deleted


def _tell(days: int | None) -> str:
    return "for ever" if days is None else str(days)
