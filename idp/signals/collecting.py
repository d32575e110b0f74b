"""From the audit log to what waits for streams: each event is read once, by one worker at a time, behind whatever is settled of the log.

Requests write nothing for it. What an event means is said by `news`, who hears of it by `audience`. An erasure alone is noted in its own
transaction: afterwards nobody knows any more who knew the person.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select, update

from idp import trail
from idp.accounts import lookup
from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base import clock, database
from idp.base.database import connection, insert_into, run, session
from idp.clients.registered import RegisteredClient
from idp.oauth import subjects
from idp.signals import audience, claims, identifiers, kinds, news, queue, sets
from idp.signals import subjects as wishes
from idp.signals.audience import Audience
from idp.signals.identifiers import EMAIL
from idp.signals.models import DISABLED, SignalStream
from idp.signals.news import News
from idp.trail.models import TrailReader

NAME = "signals"
BATCH = 500  # events of the log in one transaction


@dataclass(frozen=True)
class Receiver:
    """A stream, and the client whose it is."""

    stream: SignalStream
    client: RegisteredClient

    @property
    def wanted(self) -> frozenset[str]:
        """The kinds of events that it has."""
        return frozenset(kinds.delivered(self.stream.events_requested))


def catch_up() -> int:
    """Read what is new in the log, a transaction for each batch; return how many events that were. It commits.

    Where there are no streams, and where another worker is at it, there is nothing to do.
    """
    total = 0
    while True:
        upto = _find_work()
        read = collect(upto) if upto is not None else 0
        database.commit()
        total += read
        if read < BATCH:
            return total


def collect(upto: int) -> int:
    """Queue the news in the next events up to a settled number, in the caller's transaction; return how many events were read.

    The row of the reader is held until the commit, so that what is queued and the place up to which was read change together.
    """
    reached = _take()
    if reached is None:
        return 0
    events = trail.after(session(), reached, upto, BATCH)
    if not events:
        return 0
    found = [one for event in events for one in news.read(event)]
    if found:
        _hand_out(found)
    run(update(TrailReader).where(TrailReader.name == NAME).values(reached=events[-1].id))
    return len(events)


def note_erased(account_id: int) -> None:
    """Queue the news that somebody is erased, who is there still, for those who know them (RISC 1.0, section 2.2)."""
    _tell_erased(account_id)
    wishes.forget_person(account_id)


def _tell_erased(account_id: int) -> None:
    account = lookup.find(account_id)
    receivers = _receivers() if account is not None else []
    if account is None or not receivers:
        return
    now = clock.now()
    members = {"event_timestamp": int(now.timestamp())}
    newest = session().scalar(select(func.max(AuditEvent.id))) or 0
    one = News(kinds.ACCOUNT_PURGED, members, number=newest, sub=account.sub, at=now)
    heard = audience.look(_client_ids(receivers), [account_id], [])
    for receiver in receivers:
        rows = _prepare(receiver, [one], {account.sub: account}, heard)
        if rows:
            queue.put(receiver.stream, [row | {"account_id": None} for row in rows])


def _hand_out(found: Sequence[News]) -> None:
    receivers = _receivers()
    subs, sids = {one.sub for one in found}, {one.sid for one in found if one.sid is not None}
    query = select(Account).where(Account.sub.in_(subs)).execution_options(populate_existing=True)
    people = {account.sub: account for account in session().scalars(query)}
    heard = audience.look(_client_ids(receivers), [account.id for account in people.values()], sids)
    for receiver in receivers:
        recent = [one for one in found if one.number > receiver.stream.since]
        rows = _prepare(receiver, recent, people, heard)
        if rows:
            queue.put(receiver.stream, rows)


def _prepare(
    receiver: Receiver, found: Sequence[News], people: dict[str, Account], heard: Audience
) -> list[dict[str, Any]]:
    """Return the rows of what a receiver hears of some news."""
    wanted = [
        (one, people[one.sub])
        for one in found
        if one.kind in receiver.wanted and one.sub in people and heard.hears(receiver.client, people[one.sub].id, one)
    ]
    names = {account.sub: subjects.of(account.sub, receiver.client) for _one, account in wanted}
    silent = audience.excluded(receiver.stream.id, names.values())
    rows = [
        _make(receiver, one, account, names[account.sub], heard)
        for one, account in wanted
        if names[account.sub] not in silent
    ]
    return [row for row in rows if row is not None]


def _make(receiver: Receiver, one: News, account: Account, subject: str, heard: Audience) -> dict[str, Any] | None:
    client, members = receiver.client, dict(one.members)
    agreed = heard.agreed(client, account.id)
    if one.changed is not None:
        members["claims"] = claims.read(client, account, agreed, one.changed)
        if not members["claims"]:
            return None  # nothing that the client may read
    by_email = receiver.stream.subject_format == EMAIL and audience.may_read_email(agreed)
    about = identifiers.of_person(subject, account.email if by_email else None)
    if one.sid is not None:
        about = identifiers.of_session(about, one.sid)
    txn = sets.name_cause(client.client_id, one.number)
    payload = {"sub_id": about, "txn": txn, "members": members}
    return {"event_type": one.kind, "account_id": account.id, "payload": payload}


def _receivers() -> list[Receiver]:
    """Return the streams that hear news: neither disabled, nor of a client that may hear none."""
    streams = session().scalars(select(SignalStream).where(SignalStream.status != DISABLED).order_by(SignalStream.id))
    found = [(stream, audience.find_receiver(stream.client_id)) for stream in streams]
    return [Receiver(stream, client) for stream, client in found if client is not None]


def _client_ids(receivers: Collection[Receiver]) -> set[str]:
    return {receiver.client.client_id for receiver in receivers}


def _find_work() -> int | None:
    """Return up to which number there is something to read; looking for it takes no turn of a writer's."""
    with database.reading() as own:
        if own.scalar(select(exists().where(SignalStream.status != DISABLED))) is not True:
            return None
        reached = own.scalar(select(TrailReader.reached).where(TrailReader.name == NAME))
        newest = own.scalar(select(func.max(AuditEvent.id))) or 0
        return None if newest <= (reached or 0) else trail.settled(own)


def _take() -> int | None:
    """Return up to where was read, and hold it; None where another one holds it.

    What happened before there was any of the present streams concerns none of them, and is passed over.
    """
    query = select(TrailReader.reached).where(TrailReader.name == NAME)
    if session().scalar(query) is None:
        begin = insert_into(TrailReader).values(name=NAME, reached=0)
        connection().execute(begin.on_conflict_do_nothing())
    reached = session().scalar(query.with_for_update(skip_locked=True))
    first = session().scalar(select(func.min(SignalStream.since)).where(SignalStream.status != DISABLED))
    return None if reached is None else max(reached, first or 0)
