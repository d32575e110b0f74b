"""The words by which administrators find clients: of name and identifier, each in the plain form of `base.writing`."""

from typing import Any

from sqlalchemy import Connection, delete, event, insert, inspect, select

from idp.base import finding
from idp.base.database import connection as present_connection
from idp.base.database import session
from idp.base.finding import WordIndex
from idp.clients.models import Client, ClientWord

WINDOW = 10_000  # clients, the newest, that are looked through for those of an earlier version

index = WordIndex(Client.client_id, ClientWord.client_id, ClientWord.word)


def of(client: Any) -> set[str]:
    """Return the words by which a client, or a row with its columns, is found."""
    return {*finding.split(client.client_name), *finding.split(client.client_id)}


def catch_up(limit: int) -> int:
    """Write the words of clients that an earlier version registered beside this one, up to `limit`; return how many.

    They are looked for among the newest: who came before the upgrade has words from there.
    """
    newest = select(Client.client_id, Client.client_name).order_by(Client.created_at.desc()).limit(WINDOW).subquery()
    has_words = select(1).where(ClientWord.client_id == newest.c.client_id).exists()
    query = select(newest.c.client_id, newest.c.client_name).where(~has_words).limit(limit)
    rows = session().execute(query).all()
    for row in rows:
        _write(present_connection(), row)
    return len(rows)


@event.listens_for(Client, "after_insert")
def _note_new(_mapper: Any, connection: Connection, client: Client) -> None:
    _write(connection, client)


@event.listens_for(Client, "after_update")
def _note_change(_mapper: Any, connection: Connection, client: Client) -> None:
    if inspect(client).attrs.client_name.history.has_changes():
        _write(connection, client)


@event.listens_for(Client, "before_delete")
def _note_end(_mapper: Any, connection: Connection, client: Client) -> None:
    _forget(connection, client.client_id)


def _write(connection: Connection, client: Any) -> None:
    """Write the words anew; whoever changes a client has locked it."""
    _forget(connection, client.client_id)
    rows = [{"client_id": client.client_id, "word": word} for word in sorted(of(client))]
    if rows:
        connection.execute(insert(ClientWord), rows)


def _forget(connection: Connection, client_id: str) -> None:
    connection.execute(delete(ClientWord).where(ClientWord.client_id == client_id))
