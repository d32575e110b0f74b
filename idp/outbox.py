"""Durable deliveries: written in the caller's transaction, delivered later by a worker, retried with backoff.

A worker claims a row for two minutes before it sends, so a worker that dies loses nothing and two workers do not send the same
row. Delivery is at least once. The payload is sealed, and wiped after delivery. What a kind of delivery does is registered with
`register`; this room only keeps the queue. Kinds travel in lanes, which workers serve apart: a stranger's host that is slow to
answer holds up no mail.
"""

import json
import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Index,
    Insert,
    Integer,
    LargeBinary,
    Select,
    String,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from idp.base import clock
from idp.base.database import Instant, Model, commit, run, session, some
from idp.base.expiry import delete_some
from idp.base.extensions import vault
from idp.base.fetch import FetchError
from idp.base.statements import join, parameters, statement
from idp.lifetimes import LIFETIMES

log = logging.getLogger(__name__)

MAIL, WEB = "mail", "web"
LANES = (MAIL, WEB)  # through the operator's mail server, and to hosts of strangers
ERASED = "erased"
CLAIM = timedelta(minutes=2)
RETRIES = [timedelta(seconds=seconds) for seconds in (10, 30, 120, 600, 1800, 3600, 7200, 14400, 28800)]
# No longer, so that when an account is erased nothing names the addresses that it had before it was closed.
KEEP = LIFETIMES.erasure_delay


class Permanent(Exception):
    """A delivery can never succeed (the recipient does not exist); it is not tried again."""


class Delivery(Model):
    """One message to somebody; `label` says to administrators what it is, without secrets."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    recipient: Mapped[str] = mapped_column(String(320).with_variant(String(320, collation="C"), "postgresql"))
    label: Mapped[str] = mapped_column(String(200))
    sealed_payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    next_attempt_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[str | None] = mapped_column(String(300))

    __table_args__ = (
        Index(None, recipient, id),
        Index(None, created_at),
        some("ix_outbox_waiting", id, next_attempt_at.is_not(None)),
        some("ix_outbox_delivered", id, delivered_at.is_not(None)),
        some("ix_outbox_failed", id, failed_at.is_not(None)),
    )

    @property
    def state(self) -> str:
        """Return delivered, failed or waiting."""
        if self.delivered_at:
            return "delivered"
        return "failed" if self.failed_at else "waiting"


_senders: dict[str, Callable[[str, dict[str, Any]], None]] = {}
_lanes: dict[str, str] = {}


def register(kind: str, send: Callable[[str, dict[str, Any]], None], *, lane: str = MAIL) -> None:
    """Say how deliveries of `kind` are made, and in which lane: `send(recipient, payload)` raises when it failed."""
    _senders[kind], _lanes[kind] = send, lane


def put(kind: str, recipient: str, label: str, payload: dict[str, Any]) -> None:
    """Queue a delivery in the caller's transaction."""
    now = clock.now()
    sealed = vault().seal(json.dumps(payload).encode(), "outbox")
    join()
    _put.run(
        kind=kind,
        recipient=recipient,
        label=label,
        sealed_payload=sealed,
        created_at=now,
        next_attempt_at=now,
        attempts=0,
    )


def read(delivery: Delivery) -> dict[str, Any] | None:
    """Return the payload, or None once it was delivered."""
    if delivery.sealed_payload is None:
        return None
    return dict(json.loads(vault().unseal(delivery.sealed_payload, "outbox")))


def deliver_due(lane: str, limit: int = 20) -> int:
    """Try up to `limit` due deliveries of a lane, one transaction each, and return how many were tried."""
    tried = 0
    while tried < limit:
        delivery = _claim(lane)
        if delivery is None:
            break
        _attempt(delivery)
        tried += 1
    return tried


def queue() -> Select[Delivery]:
    """Return the query for all deliveries, newest first."""
    return select(Delivery).order_by(Delivery.id.desc())


def retry(delivery_id: int) -> bool:
    """Make a waiting or failed delivery due now; return whether there is one."""
    found = session().execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.delivered_at.is_(None), Delivery.sealed_payload.is_not(None))
        .values(next_attempt_at=clock.now(), failed_at=None, attempts=0)
    )
    return bool(found.rowcount)  # type: ignore[attr-defined] # a CursorResult


def forget(recipients: Collection[str]) -> None:
    """Strike out recipients who are being erased: what waits for them is not sent, and what was sent names nobody."""
    theirs = Delivery.recipient.in_(recipients)
    unsent = update(Delivery).where(theirs, Delivery.delivered_at.is_(None))
    run(unsent.values(failed_at=clock.now(), next_attempt_at=None))
    run(update(Delivery).where(theirs).values(recipient=ERASED, sealed_payload=None, last_error=None))


def purge(limit: int) -> int:
    """Delete up to `limit` deliveries that ended, two weeks after they were made; return how many."""
    is_old = (Delivery.created_at < clock.now() - KEEP) & Delivery.next_attempt_at.is_(None)
    return delete_some(Delivery, is_old, Delivery.created_at, limit)


def _claim(lane: str = MAIL) -> Delivery | None:
    """Take the oldest due row of a lane for two minutes, in a transaction of its own."""
    now = clock.now()
    kinds = [kind for kind, of in _lanes.items() if of == lane]
    due = (
        select(Delivery.id)
        .where(Delivery.next_attempt_at <= now, Delivery.kind.in_(kinds))
        .order_by(Delivery.next_attempt_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = session().execute(
        update(Delivery)
        .where(Delivery.id == due.scalar_subquery(), Delivery.next_attempt_at <= now)
        .values(next_attempt_at=now + CLAIM, attempts=Delivery.attempts + 1)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    delivery_id = found.scalar_one_or_none()
    commit()
    if delivery_id is None:
        return None
    return session().get(Delivery, delivery_id, populate_existing=True)


def _attempt(delivery: Delivery) -> None:
    payload = read(delivery)
    commit()
    try:
        _senders[delivery.kind](delivery.recipient, payload or {})
    except Permanent as error:
        delivery.failed_at, delivery.next_attempt_at = clock.now(), None
        delivery.last_error = str(error)[:300]
    except Exception as error:  # one bad delivery never stops the rest
        delivery.last_error = (str(error) if isinstance(error, FetchError) else f"{type(error).__name__}: {error}")[
            :300
        ]
        if delivery.attempts > len(RETRIES):
            delivery.failed_at, delivery.next_attempt_at = clock.now(), None
        else:
            delivery.next_attempt_at = clock.now() + RETRIES[delivery.attempts - 1]
        log.warning("delivery %s failed, attempt %s: %s", delivery.id, delivery.attempts, type(error).__name__)
    else:
        delivery.delivered_at, delivery.next_attempt_at = clock.now(), None
        delivery.sealed_payload = delivery.last_error = None
    commit()


@statement
def _put(_dialect: str) -> Insert:
    names = ("kind", "recipient", "label", "sealed_payload", "created_at", "next_attempt_at", "attempts")
    return insert(Delivery).values(parameters(Delivery, names)).inline()
