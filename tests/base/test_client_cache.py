"""The cache of clients: what another process has changed counts from then on, also for who began to read before."""

import threading

import pytest
from flask import Flask
from sqlalchemy import insert, select, text

from idp.base import database
from idp.clients import known
from idp.clients import service as clients
from idp.clients.models import Client
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


def test_a_change_to_one_client_has_no_other_parsed_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a client changes, or one registers, each other one that is asked for is read once more and stays what it was."""
    provider = Provider(app)
    stays, changes = provider.client(), provider.client()
    with provider.working():
        before = [clients.find(client.client_id) for client in (stays, changes)]
    with provider.registration(changes) as row:
        clients.renew_secret(row)
    provider.client()
    with provider.working():
        after = [clients.find(client.client_id) for client in (stays, changes)]
    assert after[0] is before[0]
    assert after[1] is not before[1]
    with provider.registration(changes) as row:
        clients.remove(row)
    with provider.working():
        assert clients.find(changes.client_id) is None


def test_who_was_asked_for_least_lately_makes_way(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that is full loses one client for each that it gains; one that does not exist takes no place."""
    monkeypatch.setattr(known, "MOST_KNOWN", 2)
    provider = Provider(app)
    first, second, third = (provider.client().client_id for _number in range(3))
    with provider.working():
        kept = clients.find(first)
        clients.find(second)
        assert clients.find(first) is kept
        clients.find(third)
        assert clients.find("nobody") is None
        place = id(app.extensions["idp.generations"]["clients"])
        assert list(known._known[place]) == [first, third]


def test_many_clients_and_registrations_by_the_minute(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many clients are asked for, no more are known than have a place; and one registration after the other empties none."""
    monkeypatch.setattr(known, "MOST_KNOWN", 200)
    provider = Provider(app)
    first = provider.client()
    with provider.working():
        row = database.connection().execute(select(Client).where(Client.client_id == first.client_id)).one()._asdict()
        names = [f"client-{number}" for number in range(1000)]
        database.connection().execute(insert(Client), [row | {"client_id": name} for name in names])
    with provider.working():
        for name in names:
            assert clients.find(name) is not None
        place = id(app.extensions["idp.generations"]["clients"])
        assert list(known._known[place]) == names[-200:]
        kept = {name: clients.find(name) for name in names[-100:]}
    for number in range(10):
        newest = provider.client(client_id=f"agent-{number}")
        with provider.working():
            assert clients.find(newest.client_id) is not None
            assert all(clients.find(name) is client for name, client in kept.items())
            assert len(known._known[place]) == 200
