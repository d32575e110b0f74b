"""Bringing people and groups to applications: one worker at a time has a target, and tells of each what is true by then.

Whoever fails is tried again, later each time, and holds up nobody else; where the application takes nothing the whole target waits.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import and_, exists, func, not_, or_, select, update

from idp import trail
from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base import clock, crypto, database
from idp.base.database import commit, run, session
from idp.base.fetch import FetchError
from idp.clients import service as clients
from idp.clients.models import Client
from idp.pushing import marking, targets, telling
from idp.pushing.models import PushedGroup, PushedPerson, PushedRemoval, ScimTarget
from idp.pushing.remote import Refusal, Remote, TurnedAway

CLAIM = timedelta(minutes=5)  # longer than one batch of the slowest host takes
SLICE = 5.0  # seconds for one target, then another one may be due
BATCH = 8  # rows that are looked up at once
DELAYS = [timedelta(seconds=seconds) for seconds in (10, 30, 120, 600, 1800, 3600)]  # the last one for ever after
MOST_TRIES = (
    8  # of a row that the application does not take; then it waits for a change, or for the next look at everybody
)
MOST_TROUBLES = 5  # of the host in a row, before the whole target waits

log = logging.getLogger(__name__)


@dataclass
class Turn:
    """A target in the hands of one worker."""

    client_id: str
    claim: str
    remote: Remote
    is_over: Callable[[], bool] = lambda: False
    troubles: int = 0
    tried: int = 0
    delivered: int = 0


def deliver_due(is_stopping: Callable[[], object] = lambda: False) -> int:
    """Bring what is due to one application, for some seconds at most; return how many were tried."""
    found = _find_due()
    turn = _take(found) if found is not None else None
    if turn is None:
        return 0
    until = time.monotonic() + SLICE
    turn.is_over = lambda: time.monotonic() >= until or bool(is_stopping())
    trouble: Exception | None = None
    try:
        _read_log(turn)
        while not turn.is_over() and _step(turn):
            pass
    except (TurnedAway, FetchError) as error:
        commit()
        trouble = error
    _give_back(turn, trouble)
    return turn.tried


def _find_due() -> str | None:
    """Return the client whose turn it is; looking takes no turn of a writer's."""
    now = clock.now()
    with database.reading() as own:
        newest = select(func.max(AuditEvent.id)).scalar_subquery()
        has_work = or_(
            ScimTarget.reached < newest,
            ScimTarget.scan_from.is_not(None),
            ScimTarget.scanned_at.is_(None),
            ScimTarget.scanned_at <= now - marking.EVERY,
            *(
                exists().where(table.client_id == ScimTarget.client_id, table.due_at <= now)
                for table in (PushedPerson, PushedGroup, PushedRemoval)
            ),
        )
        free = or_(ScimTarget.claimed_until.is_(None), ScimTarget.claimed_until <= now)
        due = select(ScimTarget.client_id).join(Client, Client.client_id == ScimTarget.client_id)
        due = due.where(Client.disabled_at.is_(None), ScimTarget.paused_at.is_(None), ScimTarget.due_at <= now)
        return own.scalar(due.where(free, has_work).order_by(ScimTarget.due_at, ScimTarget.client_id).limit(1))


def _take(client_id: str) -> Turn | None:
    """Claim a target; None where another worker was faster."""
    now, claim = clock.now(), crypto.new_identifier()
    free = or_(ScimTarget.claimed_until.is_(None), ScimTarget.claimed_until <= now)
    claiming = update(ScimTarget).where(ScimTarget.client_id == client_id, ScimTarget.paused_at.is_(None), free)
    taken = run(claiming.values(claim=claim, claimed_until=now + CLAIM).execution_options(synchronize_session=False))
    row = targets.get(client_id) if taken else None
    turn = Turn(client_id, claim, targets.open_remote(row)) if row is not None else None
    commit()
    return turn


def _read_log(turn: Turn) -> None:
    """Mark whom the changes since the last turn concern."""
    upto = trail.settled(session())
    commit()
    has_more = upto is not None
    while has_more and upto is not None and not turn.is_over():
        row, client = _hold(turn)
        has_more = row is not None and client is not None and marking.read(row, client, upto)
        commit()


def _step(turn: Turn) -> bool:
    """Look at some of everybody where that is due, then bring the next of all that are; return whether there may be more."""
    row, client = _hold(turn)
    if row is None or client is None:
        commit()
        return False
    marking.scan(row, client)
    is_scanning = row.scan_from is not None
    row.claimed_until = clock.now() + CLAIM
    commit()
    return _bring(turn, row, client) or is_scanning


def _hold(turn: Turn) -> tuple[ScimTarget | None, Client | None]:
    """Return the target and its client, while they are this worker's."""
    row = targets.get(turn.client_id, for_change=True)
    if row is None or row.claim != turn.claim or row.paused_at is not None:
        return None, None
    return row, clients.get(turn.client_id)


def _bring(turn: Turn, row: ScimTarget, client: Client) -> bool:
    """Bring the next that are due: those who are to be deleted, people, and groups once no person waits; return whether any was."""
    due: list[tuple[Any, tuple[Any, ...], datetime, Callable[[], telling.Outcome | None]]] = []
    for removal in _due(PushedRemoval, turn):
        due.append((PushedRemoval, (removal.id,), removal.due_at, partial(telling.remove, turn.remote, removal)))
    people = _due(PushedPerson, turn)
    accounts = {account.id: account for account in _accounts([person.account_id for person in people])}
    for person in people:
        key, account = (person.client_id, person.account_id), accounts.get(person.account_id)
        tell_person = partial(telling.tell_person, turn.remote, row, client, person, account)
        due.append((PushedPerson, key, person.due_at, tell_person))
    for group in _due(PushedGroup, turn) if not people else ():
        key = (group.client_id, group.group_id)
        tell_group = partial(telling.tell_group, turn.remote, row, client, group)
        due.append((PushedGroup, key, group.due_at, tell_group))
    commit()
    for table, own, due_at, bring in due:
        if turn.is_over():
            return True
        _try(turn, table, own, due_at, bring)
    return bool(due)


def _due(table: Any, turn: Turn) -> list[Any]:
    due = select(table).where(table.client_id == turn.client_id, table.due_at <= clock.now())
    query = due.order_by(table.due_at).limit(BATCH).execution_options(populate_existing=True)
    return list(session().scalars(query))


def _accounts(numbers: list[int]) -> list[Account]:
    query = select(Account).where(Account.id.in_(numbers)).execution_options(populate_existing=True)
    return list(session().scalars(query))


def _try(
    turn: Turn, table: Any, key: tuple[Any, ...], due_at: datetime, bring: Callable[[], telling.Outcome | None]
) -> None:
    """Bring one, and write down what came of it in a transaction of its own.

    Raises:
        TurnedAway: the application takes nothing just now.
        FetchError: its host has not answered for a while.
    """
    turn.tried += 1
    columns = table.__table__.primary_key.columns
    own = and_(*(column == value for column, value in zip(columns, key, strict=True)))
    try:
        outcome = bring()
    except (Refusal, FetchError) as error:
        _note_failure(table, own, error)
        turn.troubles = turn.troubles + 1 if isinstance(error, FetchError) else 0
        if turn.troubles >= MOST_TROUBLES:
            raise
        return
    turn.troubles, turn.delivered = 0, turn.delivered + 1
    if outcome is not None and outcome.is_new and _is_anothers(table, own, turn.client_id, outcome.remote_id):
        _note_failure(table, own, Refusal(telling.CONFLICT))
        return
    if outcome is None:  # there is nothing more to tell
        run(table.__table__.delete().where(own))
    else:
        values = {"remote_id": outcome.remote_id, "digest": outcome.digest, "failures": 0, "last_error": None}
        run(update(table).where(own).values(**values, pushed_at=clock.now()).execution_options(**_OPTIONS))
        settled = update(table).where(own, table.due_at == due_at).values(due_at=None)  # else it changed meanwhile
        run(settled.execution_options(**_OPTIONS))
        if outcome.is_new and table is PushedPerson:
            row = targets.get(turn.client_id)
            if row is not None:
                marking.mark_groups_of(row, key[1])
    commit()


def _is_anothers(table: Any, own: Any, client_id: str, remote_id: str | None) -> bool:
    """Return whether an application has named the same resource for somebody else: two would be one there."""
    others = select(table.client_id).where(table.client_id == client_id, table.remote_id == remote_id, not_(own))
    return session().scalar(others.limit(1)) is not None


def _note_failure(table: Any, own: Any, error: Exception) -> None:
    failures = session().scalar(select(table.failures).where(own)) or 0
    later: datetime | None = clock.now() + DELAYS[min(failures, len(DELAYS) - 1)]
    if isinstance(error, Refusal) and failures + 1 >= MOST_TRIES and table is not PushedRemoval:
        later = None
    values = {"failures": failures + 1, "last_error": str(error)[:300], "due_at": later}
    run(update(table).where(own).values(**values).execution_options(**_OPTIONS))
    commit()


def _give_back(turn: Turn, error: Exception | None) -> None:
    row = targets.get(turn.client_id, for_change=True)
    if row is None or row.claim != turn.claim:
        commit()
        return
    now = clock.now()
    row.claim, row.claimed_until, row.due_at = None, None, now
    if turn.delivered:
        row.delivered_at = now
    if error is None:
        row.failures, row.last_error = 0, None
    else:
        after = getattr(error, "after", None) or DELAYS[min(row.failures, len(DELAYS) - 1)]
        row.failures, row.last_error, row.due_at = row.failures + 1, str(error)[:300], now + after
        log.warning("%s takes nobody, %s times in a row: %s", turn.client_id, row.failures, row.last_error)
    commit()


_OPTIONS: dict[str, Any] = {"synchronize_session": False}
