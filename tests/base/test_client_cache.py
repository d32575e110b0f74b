"""The cache of clients: what another process has changed counts from then on, also for who began to read before."""

import threading

import pytest
from flask import Flask
from sqlalchemy import text

from idp.base import database
from idp.clients import service as clients
from tests.factories import Provider


@pytest.mark.parametrize("is_writing", [False, True])
def test_a_change_in_the_middle_of_a_request(app: Flask, is_writing: bool) -> None:
    """A request that began before a client was disabled does not bring its old state back into the cache."""
    provider = Provider(app)
    client = provider.client()
    with app.app_context():
        database.writing.set(is_writing)
        if not is_writing:
            database.connection().execute(
                text("SELECT count(*) FROM clients")
            ).scalar_one()  # from here on it reads this state
        changing = threading.Thread(target=provider.disable, args=(client,))
        changing.start()
        changing.join()
        clients.find(client.client_id)
        database.rollback()
    with app.app_context():
        database.writing.set(False)
        assert clients.find(client.client_id) is None


def test_reloading_replaces_what_is_known(app: Flask) -> None:
    """Rows that were changed behind the service's back count once the cache was reloaded; all clients are counted."""
    provider = Provider(app)
    client = provider.client()
    provider.client()
    with provider.working():
        assert clients.find(client.client_id) is not None
        database.connection().execute(text("UPDATE clients SET disabled_at = created_at"))
    with provider.working():
        assert clients.reload() == 2
    with provider.working():
        assert clients.find(client.client_id) is None
