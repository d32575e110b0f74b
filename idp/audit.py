"""The audit log: append-only records of security events. Every room writes here through `record`; nobody changes a row."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Insert, Integer, String, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.base import clock
from idp.base.database import Instant, Model, connection, session
from idp.base.statements import join, parameters, statement

SUCCESS, FAILURE = "success", "failure"
BY_CLIENT = "client "  # how an actor begins that is an application
LONGEST = 2000  # characters that are kept of a value before or after a change
SECRET = re.compile(r"password_hash|digest|sealed|_secret$|^secret|private")

LONGEST_ACTOR = 64  # characters

Changes = Mapping[str, tuple[Any, Any]]


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
    # What was changed: each member's value before and after.
    changes: Mapped[dict[str, list[Any]] | None] = mapped_column(JSON(none_as_null=True))

    # One person's newest events; then the administrators' search: one value, perhaps of one outcome, the newest first.
    __table_args__ = (
        Index(None, subject, id),
        Index(None, event, outcome, id),
        Index(None, outcome, id),
        Index(None, subject, outcome, id),
        Index(None, actor, outcome, id),
        Index(None, client_id, outcome, id),
        Index(None, source, outcome, id),
        Index(
            "ix_audit_events_changed_clients",
            client_id,
            id,
            postgresql_where=text("changes IS NOT NULL"),
            sqlite_where=text("changes IS NOT NULL"),
        ),
    )


def by_client(client_id: str) -> str:
    """Return what an application is called as an actor."""
    return f"{BY_CLIENT}{client_id}"[:LONGEST_ACTOR]


def record(
    event: str,
    *,
    outcome: str = SUCCESS,
    subject: str | None = None,
    actor: str | None = None,
    client_id: str | None = None,
    source: str | None = None,
    changes: Changes | None = None,
    alone: bool = False,
    **detail: str | int | bool | None,
) -> None:
    """Append an event in the caller's transaction; one that is true whatever follows `alone`, in a statement by itself where none is open.

    `subject` is the `sub` of the account concerned, `actor` the one who acted when it is somebody else, `source` an address. Of `changes`,
    each member's value before and after, only those are kept that differ.

    Raises:
        ValueError: a member is a secret by its name.
    """
    if not alone:
        join()
    _record.run(
        at=clock.now(),
        event=event,
        outcome=outcome,
        subject=subject,
        actor=actor,
        client_id=client_id,
        source=source,
        detail={key: value for key, value in detail.items() if value is not None},
        changes=_keep(changes or {}),
    )


def record_many(event: str, subjects: Iterable[str], *, actor: str, **detail: str | int | bool) -> None:
    """Append one event for each of many accounts in the caller's transaction, as `record` does for one."""
    record_each(event, ((subject, detail) for subject in subjects), actor=actor)


def record_each(event: str, about: Iterable[tuple[str, Mapping[str, Any]]], *, actor: str | None = None) -> None:
    """Append many events of one name in the caller's transaction: of which account each is, and its detail."""
    now = clock.now()
    rows = [
        {"at": now, "event": event, "outcome": SUCCESS, "subject": subject, "actor": actor, "detail": dict(detail)}
        for subject, detail in about
    ]
    if rows:
        connection().execute(insert(AuditEvent), rows)


def recent(subject: str, limit: int = 50) -> list[AuditEvent]:
    """Return one person's newest events."""
    query = select(AuditEvent).where(AuditEvent.subject == subject).order_by(AuditEvent.id.desc())
    return list(session().scalars(query.limit(limit)))


def latest_of_client(client_id: str, event: str, within: int = 1000) -> AuditEvent | None:
    """Return the newest event of a name among the newest good ones of a client, of which so many are looked at."""
    newest = select(AuditEvent.id, AuditEvent.event).where(
        AuditEvent.client_id == client_id, AuditEvent.outcome == SUCCESS
    )
    some = newest.order_by(AuditEvent.id.desc()).limit(within).subquery()
    number = select(some.c.id).where(some.c.event == event).order_by(some.c.id.desc()).limit(1).scalar_subquery()
    return session().scalar(select(AuditEvent).where(AuditEvent.id == number))


def changes_of_client(client_id: str, limit: int) -> list[AuditEvent]:
    """Return the newest events that changed a client."""
    changed = (AuditEvent.client_id == client_id, text("changes IS NOT NULL"))
    return list(session().scalars(select(AuditEvent).where(*changed).order_by(AuditEvent.id.desc()).limit(limit)))


def _keep(changes: Changes) -> dict[str, list[Any]] | None:
    """Return what is kept of changes, as lists of two; a long value is cut, since it only tells people what was done."""
    secret = [name for name in changes if SECRET.search(name)]
    if secret:
        raise ValueError(f"{secret[0]} is a secret, whose values are nobody's to read")
    kept = {name: [_cut(before), _cut(after)] for name, (before, after) in changes.items() if before != after}
    return kept or None


def _cut(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(written) <= LONGEST else f"{written[:LONGEST]}…"


@statement
def _record(_dialect: str) -> Insert:
    names = ("at", "event", "outcome", "subject", "actor", "client_id", "source", "detail", "changes")
    return insert(AuditEvent).values(parameters(AuditEvent, names)).inline()
