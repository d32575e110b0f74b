"""Push delivery (RFC 8935): whatever waits for a stream is posted in order, one after the other, by one worker at a time.

A delivery of the outbox begins it, and is tried again, later each time, where the receiver takes nothing.
"""

import time
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from sqlalchemy import or_, update

from idp import outbox
from idp.base import clock, crypto, database, fetch
from idp.base.database import commit, run, session
from idp.base.fetch import FetchError, Question
from idp.keys.parsing import read_object
from idp.signals import audience, queue, sets, streams
from idp.signals.models import PUSH, SignalEvent, SignalStream

MEDIA_TYPE = "application/secevent+jwt"
SLICE = 60.0  # seconds of one delivery: shorter than the outbox's own claim
CLAIM = timedelta(minutes=2)
LARGEST_REPLY = 16 * 1024
MOST_TRIES, LONGEST_TRIED = 10, timedelta(days=1)  # of an event that a host answers, and never takes
# Of these errors (section 2.4) the receiver's side can be cured: keys that it has not fetched yet, or the header by which we are let in.
CURABLE = frozenset({"invalid_key", "authentication_failed", "access_denied"})


class NotTaken(Exception):
    """The receiver takes nothing just now."""


@dataclass(frozen=True)
class Posting:
    """One event on its way: all that is needed while no transaction is open."""

    number: int
    jti: str
    url: str
    token: str
    authorization: str | None


def send(client_id: str, payload: dict[str, Any]) -> None:
    """Post whatever waits for a stream.

    Raises:
        outbox.Permanent: the stream is gone or no push stream any more, or its client may hear no news.
        NotTaken, fetch.FetchError: try again later.
    """
    stream_id, claim = str(payload.get("stream")), crypto.new_identifier()
    if not _take(stream_id, claim):
        raise NotTaken("another worker is at the stream")
    try:
        _send_all(stream_id, client_id, claim)
    finally:
        _give_back(stream_id, claim)


def _send_all(stream_id: str, client_id: str, claim: str) -> None:
    until = time.monotonic() + SLICE
    while (posting := _next(stream_id, client_id, claim)) is not None:
        if time.monotonic() > until:
            row = streams.find(stream_id)
            if row is not None:
                queue.call(row)
            return
        database.pause()  # nothing is held while the receiver is asked
        try:
            error = _post(posting)
        except (FetchError, NotTaken) as trouble:
            if not _note_failure(posting, stream_id, trouble):
                raise
            continue
        _note_done(posting, stream_id, error)
    commit()


def _next(stream_id: str, client_id: str, claim: str) -> Posting | None:
    """Return what goes out next, while the stream is this worker's.

    Raises:
        outbox.Permanent: nothing ever will.
    """
    own = update(SignalStream).where(SignalStream.id == stream_id, SignalStream.claim == claim)
    is_ours = run(own.values(claimed_until=clock.now() + CLAIM).execution_options(synchronize_session=False))
    row = streams.find(stream_id, client_id)
    if row is None or row.method != PUSH or row.endpoint_url is None:
        raise outbox.Permanent("the stream is gone, or is polled now")
    client = audience.find_receiver(client_id)
    if client is None:
        raise outbox.Permanent("the client is disabled, or may hear no news any more")
    event = session().scalar(queue.waiting(row).limit(1)) if is_ours else None
    if event is None:
        return None
    token = sets.sign(event, client_id)
    return Posting(event.id, event.jti, row.endpoint_url, token, streams.open_authorization(row))


def _post(posting: Posting) -> str | None:
    """Post one event; return why it was refused for good, None where it was taken (RFC 8935, sections 2.1 to 2.4).

    Raises:
        FetchError, NotTaken: it may be taken later.
    """
    headers = {"Content-Type": MEDIA_TYPE, "Accept": "application/json"}
    if posting.authorization is not None:
        headers["Authorization"] = posting.authorization
    question = Question("POST", headers, posting.token.encode(), LARGEST_REPLY, wants_all=True)
    answer = fetch.exchange(posting.url, question)
    if answer.is_good:
        return None
    if answer.status == HTTPStatus.GONE:
        return "the receiver says that nobody is at its address any more (410)"
    told = read_object(answer.body) or {}
    code, text = read_error(told)
    said = f"the receiver answered {answer.status}{f': {code}' if code else ''}{f' ({text})' if text else ''}"
    if answer.status == HTTPStatus.BAD_REQUEST and code not in CURABLE:
        return said
    raise NotTaken(said)


def read_error(told: dict[str, Any]) -> tuple[str, str]:
    """Return the code and the sentence of an error (RFC 8935, section 2.3; RFC 8936, section 2.6), fit for a page and a log."""
    return _printed(told.get("err"), 64), _printed(told.get("description"), 160)


def _printed(value: Any, longest: int) -> str:
    return "".join(c for c in value[:longest] if c.isprintable()) if isinstance(value, str) else ""


def _note_done(posting: Posting, stream_id: str, refusal: str | None) -> None:
    """Write down that the receiver has answered, in a transaction of its own."""
    values: dict[str, Any] = {"failures": 0, "last_error": None, "delivered_at": clock.now()}
    if refusal is None:
        queue.take_out(stream_id, [posting.jti])
    else:
        queue.note_refusal(stream_id, posting.jti, refusal)
        values = {"failures": 0, "last_error": refusal[:300]}
    run(_stream(stream_id).values(**values).execution_options(synchronize_session=False))
    commit()


def _note_failure(posting: Posting, stream_id: str, error: Exception) -> bool:
    """Write down that the receiver has not taken an event; return whether that one is given up, so that the others go on.

    That is so where the host answers, and has not taken this one for a day: whatever is wrong is wrong with it alone.
    """
    event = session().get(SignalEvent, posting.number, populate_existing=True)
    values = {"failures": SignalStream.failures + 1, "last_error": str(error)[:300]}
    run(_stream(stream_id).values(**values).execution_options(synchronize_session=False))
    is_given_up = False
    if event is not None:
        event.tries += 1
        is_old = event.created_at < clock.now() - LONGEST_TRIED and event.tries >= MOST_TRIES
        answered = isinstance(error, NotTaken) or getattr(error, "status", None) is not None
        session().flush()
        is_given_up = is_old and answered and queue.note_refusal(stream_id, posting.jti, str(error))
    commit()
    return is_given_up


def _take(stream_id: str, claim: str) -> bool:
    now = clock.now()
    is_free = or_(SignalStream.claimed_until.is_(None), SignalStream.claimed_until <= now)
    taking = _stream(stream_id).where(is_free).values(claim=claim, claimed_until=now + CLAIM)
    is_ours = bool(run(taking.execution_options(synchronize_session=False)))
    is_there = is_ours or streams.find(stream_id) is not None
    commit()
    if not is_there:
        raise outbox.Permanent("the stream is gone")
    return is_ours


def _give_back(stream_id: str, claim: str) -> None:
    own = _stream(stream_id).where(SignalStream.claim == claim).values(claim=None, claimed_until=None)
    run(own.execution_options(synchronize_session=False))
    commit()


def _stream(stream_id: str) -> Any:
    return update(SignalStream).where(SignalStream.id == stream_id)
