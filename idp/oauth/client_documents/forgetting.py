"""Letting go of clients that came by an address: anybody can have one made by a request, and nobody deletes it.

A client that nobody let in is forgotten after a day, and one that nobody has used for three months, after it. What an administrator has
disabled stays, since it would come back otherwise.
"""

from datetime import timedelta

from sqlalchemy import select, update

from idp.base import clock
from idp.base.database import connection, run
from idp.base.expiry import delete_some
from idp.clients import service as clients
from idp.clients.models import ClientDocument, today
from idp.oauth.client_documents.following import ACTOR

KEPT_UNUSED = timedelta(days=90)


def purge(limit: int) -> int:
    """Look at up to `limit` clients whose time it is, and forget those that nobody uses; return how many were looked at."""
    now = clock.now()
    due = select(ClientDocument.client_id).where(ClientDocument.due_at <= now).order_by(ClientDocument.due_at)
    looked_at = list(connection().execute(due.limit(limit)).scalars())
    for client_id in looked_at:
        row = clients.get(client_id, for_change=True)
        if row is None:
            delete_some(ClientDocument, ClientDocument.client_id == client_id, ClientDocument.client_id, 1)
            continue
        last = row.last_used_on
        if row.disabled_at is None and (last is None or today() - last > KEPT_UNUSED):
            clients.remove(row, actor=ACTOR)
            continue
        again = update(ClientDocument).where(ClientDocument.client_id == client_id)
        run(again.values(due_at=now + KEPT_UNUSED))
    return len(looked_at)
