"""Poll delivery (RFC 8936): a receiver asks for what waits, and says what it has taken or refused. What it has not said so of comes again.

Each request is answered at once: a long poll (section 2.4) may be, and holds up nobody here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from idp.base import clock
from idp.base.database import session
from idp.signals import queue, sets
from idp.signals.configuration import Invalid
from idp.signals.models import SignalStream
from idp.signals.pushing import read_error

MOST = 100  # events of one answer
MOST_SAID = 1000  # identifiers that one request takes or refuses
JTI = re.compile(r"[A-Za-z0-9_-]{1,64}")
NOTED_EVERY = timedelta(minutes=1)  # that a receiver polls


@dataclass(frozen=True)
class Poll:
    """What a receiver asks for and says (RFC 8936, section 2.2); of refusals the code and the sentence."""

    most: int
    taken: tuple[str, ...]
    refused: Mapping[str, tuple[str, str]]


def read(document: Mapping[str, Any]) -> Poll:
    """Return a poll. Identifiers that can be none of ours are passed over.

    Raises:
        Invalid: a member is not of its form.
    """
    most = document.get("maxEvents", MOST)
    if most is None or isinstance(most, bool) or not isinstance(most, int) or most < 0:
        raise Invalid("maxEvents", "a number from 0 is needed.")
    if not isinstance(document.get("returnImmediately", True), bool):
        raise Invalid("returnImmediately", "true or false is needed.")
    taken, refused = document.get("ack", []), document.get("setErrs", {})
    if not isinstance(taken, list) or not all(isinstance(jti, str) for jti in taken) or len(taken) > MOST_SAID:
        raise Invalid("ack", f"a list of up to {MOST_SAID} identifiers is needed.")
    if not isinstance(refused, dict) or len(refused) > MOST_SAID:
        raise Invalid("setErrs", f"an object of up to {MOST_SAID} errors is needed.")
    if not all(isinstance(error, dict) for error in refused.values()):
        raise Invalid("setErrs", "of each identifier an object with err and description is needed.")
    errors = {jti: read_error(error) for jti, error in refused.items() if JTI.fullmatch(jti)}
    return Poll(min(most, MOST), tuple(jti for jti in taken if JTI.fullmatch(jti)), errors)


def answer(stream: SignalStream, poll: Poll) -> dict[str, Any]:
    """Take out what was taken, keep what was refused, and return what waits, the oldest first (section 2.3)."""
    now, refusal = clock.now(), None
    taken = queue.take_out(stream.id, poll.taken)
    for jti, (code, text) in poll.refused.items():
        error = f"the receiver refused it: {code or 'no code'}{f' ({text})' if text else ''}"
        refusal = error if queue.note_refusal(stream.id, jti, error) else refusal
    if taken:
        stream.delivered_at, stream.last_error = now, None
    if refusal is not None:
        stream.last_error = refusal[:300]
    if stream.polled_at is None or stream.polled_at <= now - NOTED_EVERY:
        stream.polled_at = now
    session().flush()
    found = list(session().scalars(queue.waiting(stream).limit(poll.most + 1)))
    sent = {event.jti: sets.sign(event, stream.client_id) for event in found[: poll.most]}
    return {"sets": sent} | ({"moreAvailable": True} if len(found) > poll.most else {})
