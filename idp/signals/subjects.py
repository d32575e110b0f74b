"""The people of a stream: everybody whom its client may hear of, but for those whom the receiver takes out (SSF 1.0, section 8.1.3).

They are kept by the subject that the client knows them by. Whether it knows anybody by one is not told (section 9.1).
"""

from typing import Any

from sqlalchemy import delete, func, select

from idp.accounts import identity, lookup
from idp.base.database import connection, insert_into, run, session
from idp.clients import known
from idp.clients.registered import RegisteredClient
from idp.oauth import subjects
from idp.signals import audience, identifiers
from idp.signals.identifiers import EMAIL
from idp.signals.models import LONGEST_SUBJECT, SignalExclusion, SignalStream

MOST_EXCLUDED = 10_000  # of a stream


def find(value: Any, client: RegisteredClient) -> str | None:
    """Return the subject that an identifier names; None for an address that the client may not read, or that is nobody's.

    Raises:
        Malformed: it is no identifier of a person.
    """
    kind, named = identifiers.read(value, LONGEST_SUBJECT)
    if kind != EMAIL:
        return named
    email = identity.read_email(named)
    account = lookup.find_by_email(email) if isinstance(email, str) else None
    if account is None:
        return None
    heard = audience.look([client.client_id], [account.id], [])
    is_read = audience.may_read_email(heard.agreed(client, account.id))
    return subjects.of(account.sub, client) if is_read else None


def exclude(stream: SignalStream, subject: str) -> bool:
    """Take somebody out of a held stream; return False where too many are out already."""
    query = select(func.count()).select_from(SignalExclusion).where(SignalExclusion.stream_id == stream.id)
    if (session().scalar(query) or 0) >= MOST_EXCLUDED:
        return False
    excluding = insert_into(SignalExclusion).values(stream_id=stream.id, subject=subject)
    connection().execute(excluding.on_conflict_do_nothing())
    return True


def include(stream: SignalStream, subject: str) -> None:
    """Put somebody back into a stream."""
    theirs = delete(SignalExclusion).where(SignalExclusion.stream_id == stream.id, SignalExclusion.subject == subject)
    run(theirs.execution_options(synchronize_session=False))


def forget_person(account_id: int) -> None:
    """Forget the wishes about somebody who is being erased."""
    account = lookup.find(account_id)
    if account is None:
        return
    query = (
        select(SignalStream.client_id).distinct().join(SignalExclusion, SignalExclusion.stream_id == SignalStream.id)
    )
    names = {subjects.of(account.sub, known.look_up(client_id)) for client_id in session().scalars(query)}
    if names:
        theirs = delete(SignalExclusion).where(SignalExclusion.subject.in_(names))
        run(theirs.execution_options(synchronize_session=False))
