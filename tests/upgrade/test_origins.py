"""The origins of public clients after an upgrade: every client that was there is found by them at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from flask import Flask
from sqlalchemy import delete, select

from idp import create_app
from idp.base import database, schema
from idp.base.database import session
from idp.clients.models import Client, ClientOrigin
from tests.conftest import dispose, make_settings, sqlite_url
from tests.factories import Provider
from tests.support.postgres import PostgresServer

BEFORE = "0012"
REDIRECT_URIS = (
    ["https://SPA.example:443/cb", "https://spa.example/other", "http://[::1]:3000/cb"],
    ["com.example.app:/callback"],
    ["https://second.example:8443/cb", "https://[broken/cb", f"https://{'a' * 300}.example/cb"],
)


@pytest.fixture
def app(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application on a database of its own, migrated."""
    cluster: PostgresServer | None = request.getfixturevalue("postgres_server") if backend == "postgresql" else None
    url = sqlite_url(tmp_path) if cluster is None else cluster.create_database("origins")
    made = create_app(make_settings(tmp_path, url))
    schema.upgrade(made)
    yield made
    dispose(made)


def test_the_upgrade_writes_the_origins_of_clients_that_are_there(app: Flask) -> None:
    """Public clients of an earlier database have their origins, as a registration now writes them, and confidential ones none; one
    revision back and forth loses nothing.
    """
    provider = Provider(app)
    public = [provider.client(public=True).client_id for _uris in REDIRECT_URIS]
    confidential = provider.client(redirect_uris=["https://secret.example/cb"]).client_id
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    with app.app_context(), database.engine().begin() as connection:
        for client_id, uris in zip(public, REDIRECT_URIS, strict=True):
            changed = Client.__table__.update().where(Client.client_id == client_id)  # type: ignore[attr-defined] # a Table
            connection.execute(changed.values(redirect_uris=uris))
        connection.execute(delete(ClientOrigin))
        config.attributes["connection"] = connection
        command.downgrade(config, BEFORE)
    schema.upgrade(app)
    with app.app_context():
        found = session().execute(select(ClientOrigin.client_id, ClientOrigin.origin)).all()
    expected = {
        (public[0], "https://spa.example"),
        (public[0], "http://[::1]:3000"),
        (public[2], "https://second.example:8443"),
    }
    assert set(found) == expected
    assert confidential not in {client_id for client_id, _origin in expected}
