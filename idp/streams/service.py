"""Making, pausing and deleting streams, their secrets, and what is shown of them. Every change is in the audit log, without its address."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Select, func, select

from idp import audit
from idp.audit import AuditEvent
from idp.base import clock, crypto, writing
from idp.base.database import pause as end_transaction
from idp.base.database import session
from idp.base.extensions import vault
from idp.base.fetch import FetchError
from idp.base.fetch import tell as tell_failure
from idp.base.outcome import Reason, Refused
from idp.streams import addresses, syslog, webhook
from idp.streams.models import WEBHOOK, Stream, StreamRun

MOST = 20
MOST_EVENTS = 50
LARGEST_ID = 2**31 - 1
KEEP_OLD = timedelta(hours=24)  # how long a secret that was renewed still signs, too
PATTERN = re.compile(r"[a-z_]+(\.[a-z_]+)*(\.\*)?")
MOST_COUNTED = 1000


def create(
    name: str, address: str, *, events: list[str] | None = None, from_start: bool = False, actor: str
) -> tuple[Stream, str | None] | Refused:
    """Make a stream of every event from now on, or of all that the log holds; return its row and, of a webhook, the secret to show once.

    Refusals: CLIENT_INVALID with the field `name`, `address` or `events`.
    """
    name, events = writing.tidy(name.strip()), list(dict.fromkeys(events or []))
    kind = addresses.kind_of(address)
    if not name or len(name) > 100 or writing.find_fault(name) is not None:
        return _refuse("name", "A name of 1 to 100 printable characters is needed.")
    if kind is None or len(address) > addresses.LONGEST:
        return _refuse(
            "address",
            "An address is needed such as https://siem.example/events, syslog+tls://siem.example, syslog+tcp://siem.example:601 or"
            " syslog+udp://siem.example.",
        )
    if len(events) > MOST_EVENTS or not all(PATTERN.fullmatch(pattern) and len(pattern) <= 64 for pattern in events):
        return _refuse("events", "Names of events are needed, such as signin or account.*, at most 50 of them.")
    if session().scalar(select(func.count(Stream.id))) == MOST:
        return _refuse("name", f"There are {MOST} streams already, which is the most.")
    newest = session().scalar(select(func.max(AuditEvent.id))) or 0
    secret, now = webhook.new_secret() if kind == WEBHOOK else None, clock.now()
    row = Stream(name=name, kind=kind, address=address, events=events, created_at=now, due_at=now, failures=0)
    row.reached = 0 if from_start else newest
    session().add(row)
    session().flush()
    if secret is not None:
        row.sealed_secret = _seal(row, secret)
    _record("created", row, actor, to=where(row), events=" ".join(events) or None)
    return row, secret


def get(stream_id: int, *, for_change: bool = False) -> Stream | None:
    """Return a stream by its number, held until the commit where it is to be changed."""
    query = select(Stream).where(Stream.id == stream_id).execution_options(populate_existing=True)
    found = session().scalars(query.with_for_update() if for_change else query) if 0 < stream_id <= LARGEST_ID else None
    return found.one_or_none() if found is not None else None


def search() -> Select[Stream]:
    """Return the query for all streams, the oldest first."""
    return select(Stream).order_by(Stream.id)


def runs(row: Stream) -> Select[StreamRun]:
    """Return the query for how deliveries of a stream went, the newest first."""
    return select(StreamRun).where(StreamRun.stream_id == row.id).order_by(StreamRun.id.desc())


def pause(row: Stream, *, actor: str) -> None:
    """Send nothing from now on; what happens meanwhile is sent when the stream goes on, as far as the log still has it."""
    if row.paused_at is None:
        row.paused_at, row.claim, row.claimed_until = clock.now(), None, None
        _record("paused", row, actor)


def resume(row: Stream, *, actor: str) -> None:
    """Go on where the stream was, at once, also where it waits after failures."""
    was_paused, row.paused_at = row.paused_at is not None, None
    row.due_at, row.failures = clock.now(), 0
    _record("resumed" if was_paused else "retried", row, actor)


def remove(row: Stream, *, actor: str) -> None:
    """Delete a stream, with what is known of its deliveries."""
    _record("deleted", row, actor)
    session().delete(row)
    session().flush()


def renew_secret(row: Stream, *, actor: str) -> str | Refused:
    """Give a webhook a new secret, to show once; for a day messages have a signature by the old one, too. Refusal: UNKNOWN for syslog."""
    if row.sealed_secret is None:
        return Refused(Reason.UNKNOWN, "secret", detail="Only webhooks have a secret.")
    secret = webhook.new_secret()
    row.sealed_former_secret, row.former_secret_until = row.sealed_secret, clock.now() + KEEP_OLD
    row.sealed_secret = _seal(row, secret)
    _record("secret_renewed", row, actor)
    return secret


def end_former_secret(row: Stream, *, actor: str) -> bool:
    """Sign by the new secret alone from now on; return whether there was an old one."""
    if row.sealed_former_secret is None:
        return False
    row.sealed_former_secret = row.former_secret_until = None
    _record("former_secret_ended", row, actor)
    return True


def secrets(row: Stream) -> list[str]:
    """Return the secrets by which messages are signed, the new one first; none of a syslog stream."""
    sealed = [row.sealed_secret]
    if row.former_secret_until is not None and row.former_secret_until > clock.now():
        sealed.append(row.sealed_former_secret)
    return [vault().unseal(kept, f"stream/{row.id}").decode() for kept in sealed if kept is not None]


def test(row: Stream, *, actor: str) -> str | None:
    """Send an event of its own, `stream.tested`, at once and beside the log's order; return what went wrong, None for nothing."""
    address, kind, keys = row.address, row.kind, secrets(row)
    _record("tested", row, actor)
    at = clock.now()
    told: dict[str, Any] = {
        "subject": None,
        "actor": actor,
        "client_id": None,
        "source": None,
        "detail": {"stream": row.id},
        "changes": None,
    }
    event = SimpleNamespace(id=0, at=at, event="stream.tested", outcome=audit.SUCCESS, **told)
    end_transaction()
    try:
        if kind == WEBHOOK:
            webhook.post(address, f"test_{crypto.new_identifier()}", webhook.make_body(event), keys)
        else:
            list(syslog.send(address, [event]))
    except (FetchError, OSError) as error:
        return tell(error)
    return None


@dataclass(frozen=True)
class Lag:
    """How far a stream is behind: how many events, counted up to a bound, and since when the first of them waits."""

    events: int
    since: datetime | None

    @property
    def told(self) -> str:
        """How many, for people."""
        return f"{MOST_COUNTED}+" if self.events > MOST_COUNTED else str(self.events)


def lag(row: Stream) -> Lag:
    """Return how many events of the log a stream has not looked at."""
    behind = select(AuditEvent.at).where(AuditEvent.id > row.reached).order_by(AuditEvent.id).limit(MOST_COUNTED + 1)
    waiting = list(session().scalars(behind))
    return Lag(len(waiting), waiting[0] if waiting else None)


def wants(patterns: list[str], name: str) -> bool:
    """Return whether a stream with these patterns passes an event on."""
    return not patterns or any(
        name == pattern or (pattern.endswith(".*") and name.startswith(pattern[:-1])) for pattern in patterns
    )


def where(row: Stream) -> str:
    """Return whereto a stream leads, without the path, which may be a secret of the receiver's."""
    parts = urlsplit(row.address)
    return f"{parts.scheme}://{parts.netloc}"


def tell(error: Exception) -> str:
    """Return a failure as it is kept and shown; it never holds what a host has sent."""
    return tell_failure(error)[:300]


def _seal(row: Stream, secret: str) -> bytes:
    return vault().seal(secret.encode(), f"stream/{row.id}")


def _record(verb: str, row: Stream, actor: str, **detail: Any) -> None:
    audit.record(f"stream.{verb}", actor=actor, stream=row.id, name=row.name, **detail)


def _refuse(field: str, detail: str) -> Refused:
    return Refused(Reason.CLIENT_INVALID, field=field, detail=detail)
