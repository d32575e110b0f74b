"""Streams of receivers: made, changed and deleted by the client whose they are; paused, opened and deleted by administrators.

Every change is in the audit log, without the header that lets this server in at the receiver. Whoever changes a stream holds its row.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update

from idp import audit
from idp.audit import AuditEvent
from idp.base import clock, crypto
from idp.base.database import run, session
from idp.base.extensions import settings, vault
from idp.clients import service as clients
from idp.signals import kinds, queue
from idp.signals.configuration import URNS, Delivery, Invalid, Wanted
from idp.signals.models import DISABLED, ENABLED, POLL, PUSH, SignalEvent, SignalExclusion, SignalStream

MOST = 4  # of one client
VERIFICATION_EVERY = timedelta(seconds=10)
HELD = "An administrator has paused the stream."
SUPPLIED = ("iss", "aud", "events_supported", "events_delivered", "min_verification_interval")  # by this side


class TooMany(Exception):
    """A client has as many streams as it may have."""


def every() -> Select[SignalStream]:
    """Return the query for all streams, by client and age."""
    return select(SignalStream).order_by(SignalStream.client_id, SignalStream.created_at, SignalStream.id)


def listing(client_id: str | None, after: str | None) -> Select[SignalStream]:
    """Return the query for all streams, or those of one client, by identifier, from one on."""
    query = select(SignalStream).order_by(SignalStream.id)
    query = query if client_id is None else query.where(SignalStream.client_id == client_id)
    return query if after is None else query.where(SignalStream.id > after)


def of_client(client_id: str) -> list[SignalStream]:
    """Return the streams of a client, the oldest first."""
    return list(session().scalars(every().where(SignalStream.client_id == client_id)))


def find(stream_id: str, client_id: str | None = None, *, for_change: bool = False) -> SignalStream | None:
    """Return a stream, of this client where one is named; held until the commit where it is to be changed."""
    if not stream_id.isascii() or not stream_id.isprintable():
        return None
    query = select(SignalStream).where(SignalStream.id == stream_id).execution_options(populate_existing=True)
    row = session().scalar(query.with_for_update() if for_change else query)
    return row if row is not None and client_id in (None, row.client_id) else None


def create(client_id: str, wanted: Wanted, *, actor: str) -> SignalStream:
    """Make a stream of what happens from now on.

    Raises:
        TooMany: the client has four already.
    """
    clients.get(client_id, for_change=True)  # of two requests at once the second one counts the first one's stream
    theirs = select(func.count()).select_from(SignalStream).where(SignalStream.client_id == client_id)
    if (session().scalar(theirs) or 0) >= MOST:
        raise TooMany
    now = clock.now()
    row = SignalStream(id=crypto.new_identifier(), client_id=client_id, created_at=now, updated_at=now)
    row.since = _newest_event()
    row.status, row.is_held, row.failures, row.lost = ENABLED, False, 0, 0
    row.method = POLL
    _supply(row, wanted)
    session().add(row)
    session().flush()
    _record("created", row, actor, changes={name: (None, value) for name, value in _facts(row).items()})
    return row


def change(row: SignalStream, wanted: Wanted, *, is_whole: bool, actor: str) -> None:
    """Change a held stream: the members that are given, or with `is_whole` all that a receiver supplies.

    Raises:
        Invalid: a whole one says nothing of its delivery.
    """
    if is_whole and "delivery" not in wanted.given:
        raise Invalid("delivery", "a whole configuration says how events are delivered.")
    before, was_pushed = _facts(row), row.method == PUSH
    _supply(row, wanted, given=None if is_whole else wanted.given)
    after = _facts(row)
    if before != after or "delivery" in wanted.given:
        row.updated_at, row.failures, row.last_error = clock.now(), 0, None
    session().flush()
    if before != after:
        _record("changed", row, actor, changes={name: (before[name], after[name]) for name in after})
    if row.method == PUSH and (not was_pushed or "delivery" in wanted.given):
        queue.call(row)


def set_status(
    row: SignalStream, status: str, reason: str | None, *, actor: str, by_administrator: bool = False
) -> None:
    """Enable, pause or disable a held stream. What waits is kept while it is paused, and dropped once it is disabled.

    What an administrator does the receiver is told of, whether or not events may go out to it (SSF 1.0, section 8.1.5).
    """
    was, had = row.status, row.reason
    if was == DISABLED and status != DISABLED:
        row.since = _newest_event()
    row.status, row.reason, row.updated_at = status, reason, clock.now()
    if status == ENABLED:
        row.failures, row.last_error, row.lost = 0, None, 0
    if by_administrator:
        row.is_held = status != ENABLED
    session().flush()
    if status == DISABLED:
        queue.drop(row.id)
    if was != status or had != reason:
        _record(status, row, actor, changes={"status": (was, status), "reason": (had, reason)})
    if by_administrator and was != status:
        queue.tell_update(row)
    queue.call(row)


def ask_verification(row: SignalStream, state: str | None) -> bool:
    """Send a verification event (SSF 1.0, section 8.1.4); return False where the last one was asked for a moment ago."""
    now = clock.now()
    is_due = or_(SignalStream.verified_at.is_(None), SignalStream.verified_at <= now - VERIFICATION_EVERY)
    asking = update(SignalStream).where(SignalStream.id == row.id, is_due).values(verified_at=now)
    if not run(asking.execution_options(synchronize_session=False)):
        return False
    queue.put_about_stream(row, kinds.VERIFICATION, {"state": state} if state is not None else {})
    return True


def remove(row: SignalStream, *, actor: str) -> None:
    """Delete a stream with all that waits for it."""
    _record("deleted", row, actor, changes={name: (value, None) for name, value in _facts(row).items()})
    _delete(SignalStream.id == row.id)


def forget_client(client_id: str) -> None:
    """Delete the streams of a client that is being deleted, so that nobody inherits them with its identifier."""
    _delete(SignalStream.client_id == client_id)


def forget_subjects(client_id: str) -> None:
    """Forget news and wishes about people whom the client knows by other subjects from now on."""
    theirs = select(SignalStream.id).where(SignalStream.client_id == client_id)
    about_people = and_(SignalEvent.stream_id.in_(theirs), SignalEvent.event_type.in_(kinds.SUPPORTED))
    run(delete(SignalEvent).where(about_people).execution_options(synchronize_session=False))
    run(
        delete(SignalExclusion)
        .where(SignalExclusion.stream_id.in_(theirs))
        .execution_options(synchronize_session=False)
    )


def describe(row: SignalStream) -> dict[str, Any]:
    """Return a stream's configuration (SSF 1.0, section 8.1.1), without the header that lets this server in at the receiver."""
    told = {
        "stream_id": row.id,
        **supplied(row),
        "delivery": {"method": URNS[row.method], "endpoint_url": where(row)},
        "format": row.subject_format,
    }
    if row.events_requested is not None:
        told["events_requested"] = row.events_requested
    if row.description is not None:
        told["description"] = row.description
    return told


def supplied(row: SignalStream) -> dict[str, Any]:
    """Return the members that this side alone says."""
    return {
        "iss": settings().issuer,
        "aud": row.client_id,
        "events_supported": list(kinds.SUPPORTED),
        "events_delivered": kinds.delivered(row.events_requested),
        "min_verification_interval": int(VERIFICATION_EVERY.total_seconds()),
    }


def describe_status(row: SignalStream) -> dict[str, Any]:
    """Return a stream's status (SSF 1.0, section 8.1.2.1), and whether anything was lost."""
    reasons = [row.reason] if row.reason else []
    if row.lost:
        reasons.append(
            f"{row.lost} events were lost: up to {queue.MOST_WAITING} wait, for {queue.KEEP.days} days at the most."
        )
    told = {"stream_id": row.id, "status": row.status}
    return told | ({"reason": " ".join(reasons)} if reasons else {})


def where(row: SignalStream) -> str:
    """Return where events of a stream go, or are asked for."""
    return row.endpoint_url or f"{settings().issuer}/ssf/poll?stream_id={row.id}"


def open_authorization(row: SignalStream) -> str | None:
    """Return the header by which the receiver lets this server in."""
    if row.sealed_authorization is None:
        return None
    return vault().unseal(row.sealed_authorization, _purpose(row)).decode()


def _supply(row: SignalStream, wanted: Wanted, given: frozenset[str] | None = None) -> None:
    if given is None or "delivery" in given:
        _deliver(row, wanted.delivery)
    if given is None or "events_requested" in given:
        row.events_requested = wanted.events_requested
    if given is None or "description" in given:
        row.description = wanted.description
    if given is None or "format" in given:
        row.subject_format = wanted.subject_format


def _deliver(row: SignalStream, delivery: Delivery) -> None:
    """Set how events are brought. The header stays where nothing is said of it, but never goes to another address."""
    stays = delivery.authorization is None and row.endpoint_url == delivery.endpoint_url
    row.method, row.endpoint_url = delivery.method, delivery.endpoint_url
    if not stays:
        header = delivery.authorization
        row.sealed_authorization = vault().seal(header.encode(), _purpose(row)) if header else None


def _delete(which: ColumnElement[bool]) -> None:
    theirs = select(SignalStream.id).where(which)
    for table in (SignalEvent, SignalExclusion):
        run(delete(table).where(table.stream_id.in_(theirs)).execution_options(synchronize_session=False))
    run(delete(SignalStream).where(which).execution_options(synchronize_session="fetch"))


def _facts(row: SignalStream) -> dict[str, Any]:
    """Return what the audit log has of a stream: of an address the host, since a query may hold a secret."""
    return {
        "method": row.method,
        "host": urlsplit(row.endpoint_url).netloc if row.endpoint_url else None,
        "events_requested": " ".join(row.events_requested) if row.events_requested is not None else None,
        "description": row.description,
        "format": row.subject_format,
    }


def _newest_event() -> int:
    """Return the number of the newest event: of what came before nothing is told."""
    return session().scalar(select(func.max(AuditEvent.id))) or 0


def _purpose(row: SignalStream) -> str:
    return f"signal-stream/{row.id}"


def _record(verb: str, row: SignalStream, actor: str, changes: dict[str, tuple[Any, Any]]) -> None:
    audit.record(f"signals.{verb}", actor=actor, client_id=row.client_id, changes=changes, stream=row.id)
