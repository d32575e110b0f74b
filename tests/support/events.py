"""What stands in the audit log."""

from sqlalchemy import Select, or_, select

from idp.audit import AuditEvent


def search(term: str) -> Select[AuditEvent]:
    """Return the query for the events whose name contains `term`, or whose source it is, the newest first."""
    is_meant = or_(AuditEvent.event.contains(term, autoescape=True), AuditEvent.source == term)
    return select(AuditEvent).where(is_meant).order_by(AuditEvent.id.desc())
