"""The audit log: append-only records of security events. Every room writes here through `record`; nobody changes a row."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Insert, Integer, String, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from idp.base import clock
from idp.base.database import Instant, Model, session
from idp.base.statements import join, parameters, statement

SUCCESS, FAILURE = "success", "failure"


class AuditEvent(Model):
    """One event: what, who, when, from where, with which outcome. Secrets never enter `detail`."""

    __tablename__ = "audit_events"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    event: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str | None] = mapped_column(String(64))
    actor: Mapped[str | None] = mapped_column(String(64))
    client_id: Mapped[str | None] = mapped_column(String(255))
    source: Mapped[str | None] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    # One person's newest events; then the administrators' search: one value, perhaps of one outcome, the newest first.
    __table_args__ = (
        Index(None, subject, id),
        Index(None, event, outcome, id),
        Index(None, outcome, id),
        Index(None, subject, outcome, id),
        Index(None, actor, outcome, id),
        Index(None, client_id, outcome, id),
        Index(None, source, outcome, id),
    )


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
    join()
    record_alone(event, outcome=outcome, subject=subject, actor=actor, client_id=client_id, source=source, **detail)


def record_alone(
    event: str,
    *,
    outcome: str = SUCCESS,
    subject: str | None = None,
    actor: str | None = None,
    client_id: str | None = None,
    source: str | None = None,
    **detail: str | int | bool | None,
) -> None:
    """Append an event that is true whatever follows (see `record`): in one statement by itself, where no transaction is open."""
    _record.run(
        at=clock.now(),
        event=event,
        outcome=outcome,
        subject=subject,
        actor=actor,
        client_id=client_id,
        source=source,
        detail={key: value for key, value in detail.items() if value is not None},
    )


def recent(subject: str, limit: int = 50) -> list[AuditEvent]:
    """Return one person's newest events."""
    query = select(AuditEvent).where(AuditEvent.subject == subject).order_by(AuditEvent.id.desc())
    return list(session().scalars(query.limit(limit)))


@statement
def _record(_dialect: str) -> Insert:
    names = ("at", "event", "outcome", "subject", "actor", "client_id", "source", "detail")
    return insert(AuditEvent).values(parameters(AuditEvent, names)).inline()
