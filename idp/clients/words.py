"""The words by which administrators find clients: of name and identifier, each in the plain form of `base.writing`."""

from typing import Any

from idp.base import finding
from idp.base.finding import WordIndex
from idp.clients.models import Client, ClientWord


def of(client: Any) -> set[str]:
    """Return the words by which a client, or a row with its columns, is found."""
    return {*finding.split(client.client_name), *finding.split(client.client_id)}


index = WordIndex(
    key=Client.client_id,
    owner=ClientWord.client_id,
    value=ClientWord.word,
    newest=Client.created_at,
    sources=("client_name", "client_id"),
    of=of,
)
