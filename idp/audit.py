"""The audit log: append-only records of security events. Every room writes here through `record`; nobody changes a row."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, Select, String, insert, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from idp.base import clock
from idp.base.database import Instant, Model, connection, session

SUCCESS, FAILURE = "success", "failure"


class AuditEvent(Model):
    """One event: what, who, when, from where, with which outcome. Secrets never enter `detail`."""

    __tablename__ = "audit_events"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    event: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str | None] = mapped_column(String(64), index=True)
    actor: Mapped[str | None] = mapped_column(String(64))
    client_id: Mapped[str | None] = mapped_column(String(255))
    source: Mapped[str | None] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def record(
    event: str,
    *,
    outcome: str = SUCCESS,
    subject: str | None = None,
    actor: str | None = None,
    client_id: str | None = None,
    source: str | None = None,
    **detail: str | int | bool | None,
) -> None:
    """Append an event in the caller's transaction.

    `subject` is the `sub` of the account concerned, `actor` the one who acted when it is somebody else, `source` an address.
    """
    connection().execute(
        insert(AuditEvent).values(
            at=clock.now(),
            event=event,
            outcome=outcome,
            subject=subject,
            actor=actor,
            client_id=client_id,
            source=source,
            detail={key: value for key, value in detail.items() if value is not None},
        )
    )


def search(term: str = "", subject: str | None = None) -> Select[AuditEvent]:
    """Return the query for events, newest first, whose name, subject, client or source contains `term`."""
    query = select(AuditEvent).order_by(AuditEvent.id.desc())
    if subject:
        query = query.where(AuditEvent.subject == subject)
    if term:
        columns = (AuditEvent.event, AuditEvent.subject, AuditEvent.actor, AuditEvent.client_id, AuditEvent.source)
        query = query.where(or_(*(column.icontains(term, autoescape=True) for column in columns)))
    return query


def recent(subject: str, limit: int = 50) -> list[AuditEvent]:
    """Return one person's newest events."""
    return list(session().scalars(search(subject=subject).limit(limit)))
