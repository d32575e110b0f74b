"""The line of a refusal in the audit log and in the log, bounded so that strangers fill neither."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import current_app

from idp import audit
from idp.base import clock, database
from idp.base.addresses import block_of
from idp.base.caller import source
from idp.clients import service as clients
from idp.clients.documents import is_identifier
from idp.oauth.refusals.answering import shorten
from idp.oauth.refusals.causes import ABOUT_CLIENTS, ROUTINE, Cause

log = logging.getLogger(__name__)

# Of one cause, client and network so many are recorded in so long.
MOST = 5
WITHIN = timedelta(minutes=10)
MOST_KEPT = 10_000


def note(endpoint: str, error: OAuth2Error, client_id: str | None) -> None:
    """Record the error that an endpoint answers with, in the name of the client that the request names, proved or not."""
    cause = getattr(error, "cause", None)
    is_about_client = error.error == "invalid_client" or cause in ABOUT_CLIENTS
    record(
        "client.authenticated" if is_about_client else "request.refused",
        cause or error.get_error_description() or error.error,
        client_id=client_id,
        is_known=not has_no_client(error),
        endpoint=endpoint,
        error=error.error,
    )


def has_no_client(error: OAuth2Error) -> bool:
    """Return whether the error itself says that there is no such client, so that nobody has to look once more."""
    return getattr(error, "cause", None) in {Cause.UNKNOWN_CLIENT, Cause.DISABLED_CLIENT, Cause.NO_CREDENTIALS}


def record(
    event: str,
    cause: str,
    *,
    client_id: str | None = None,
    is_known: bool = True,
    outcome: str = audit.FAILURE,
    **detail: str | None,
) -> None:
    """Write a refusal to the audit log and to the log, unless the same came often of late from the same network.

    How many were left out stands in the next entry. `is_known` is false where a client was looked for
    already, and there is none. A token that has merely expired is in the log alone. A request that only reads
    writes from here on.
    """
    known = client_id if client_id is not None and is_identifier(client_id) else None
    # Strangers make up names of clients, and what sentences repeat of a request.
    counted = known if is_known and clients.find(known) is not None else None
    kind = cause if isinstance(cause, Cause) else detail.get("error")
    left_out = _count(f"{event} {detail.get('endpoint')} {kind} {counted} {block_of(source())}")
    if left_out is None:
        return
    told: dict[str, Any] = {name: value for name, value in detail.items() if value is not None}
    log.info("%s: cause %s, client %s, from %s, %s", event, cause, known or "-", source(), told)
    if cause in ROUTINE:
        return
    database.for_writing()
    asked_as = shorten(client_id) if known is None else None
    audit.record(
        event,
        outcome=outcome,
        client_id=known,
        source=source(),
        cause=str(cause),
        left_out=left_out or None,
        asked_as=asked_as,
        alone=True,
        **told,
    )


@dataclass
class _Window:
    began: datetime
    recorded: int = 0
    left_out: int = 0


_lock = Lock()


def _count(key: str) -> int | None:
    """Return how many were left out since the last one that was recorded, or None where this one is left out, too."""
    now = clock.now()
    with _lock:
        windows: dict[str, _Window] = current_app.extensions.setdefault("idp.refusals", {})
        if len(windows) >= MOST_KEPT and key not in windows:
            windows.clear()
        window = windows.setdefault(key, _Window(now))
        if not timedelta() <= now - window.began < WITHIN:
            window.began, window.recorded = now, 0
        if window.recorded >= MOST:
            window.left_out += 1
            return None
        window.recorded += 1
        left_out, window.left_out = window.left_out, 0
        return left_out
