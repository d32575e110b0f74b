"""A stream as administrators are told of it, by the command and over HTTP: its configuration, and how it goes."""

from typing import Any

from idp.base import clock
from idp.base.database import session
from idp.signals import queue, streams
from idp.signals.models import SignalStream

MOST_REFUSED = 1000  # events that are told of one stream, the newest


def describe(row: SignalStream) -> dict[str, Any]:
    """Return what is told of a stream, without the header that lets this server in at the receiver."""
    numbers = {"waiting": queue.count(queue.waiting(row)), "refused": queue.count(queue.refused(row)), "lost": row.lost}
    instants = {name: clock.tell(getattr(row, name)) for name in ("created_at", "delivered_at", "polled_at")}
    told = streams.describe(row) | streams.describe_status(row) | numbers | {"held": row.is_held}
    return told | instants | {"last_error": row.last_error}


def describe_refused(row: SignalStream, most: int = MOST_REFUSED) -> list[dict[str, Any]]:
    """Return the events that the receiver has refused, the newest first, each with why; of whom they are is not told."""
    return [
        {
            "jti": event.jti,
            "event": event.event_type,
            "refused_at": clock.tell(event.failed_at),
            "error": event.last_error,
        }
        for event in session().scalars(queue.refused(row).limit(most))
    ]
