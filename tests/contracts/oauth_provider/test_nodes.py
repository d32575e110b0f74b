"""Two nodes that share PostgreSQL and Redis but no disk: each knows at once what the other has registered, disabled and changed."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask

from idp import create_app
from idp.base import database
from idp.clients import service as clients
from tests.conftest import SECRET_KEY, dispose, make_settings
from tests.contracts.conftest import OpenHouse
from tests.contracts.house import House
from tests.contracts.oauth_provider.application import KEY, Application, register
from tests.support import redis as redis_support
from tests.support import services
from tests.support.serving import serve

AT_ONCE = 0.2  # seconds


@dataclass
class Nodes:
    """Two running nodes, the application in this process on the first one's disk, and what stops their Redis."""

    first: House
    second: House
    desk: Flask
    stop_redis: Callable[[], None]

    def disable(self, app: Application) -> None:
        """Disable a client at the first node."""
        with self.desk.app_context():
            database.writing.set(True)
            row = clients.get(app.client_id)
            assert row is not None
            clients.set_disabled(row, True)
            database.commit()


@pytest.fixture
def nodes(open_own: OpenHouse, tmp_path: Path) -> Iterator[Nodes]:
    """Two nodes with a data directory each, on one PostgreSQL and a Redis of their own."""
    home = tmp_path / "redis"
    home.mkdir()
    state = redis_support.start(home)
    url = f"redis://127.0.0.1:{state['port']}/0"
    bind = f"127.0.0.1:{services.free_port()}"
    try:
        with open_own("postgresql", IDP_REDIS_URL=url) as first:
            other = first.server.environment | {
                "IDP_BIND": bind,
                "IDP_ISSUER": first.url,
                "IDP_DATA_DIR": str(tmp_path / "second"),
            }
            data_dir = Path(first.server.environment["IDP_DATA_DIR"])
            url_of_database = first.server.environment["IDP_DATABASE_URL"]
            assert other["IDP_SECRET_KEY"] == SECRET_KEY
            desk = create_app(make_settings(data_dir, url_of_database, issuer=first.url, redis_url=url))
            own = {name: value for name, value in other.items() if name.startswith("IDP_")}
            try:
                with serve(own) as server:
                    yield Nodes(first, replace(first, server=server), desk, lambda: services.stop(state["pid"]))
            finally:
                dispose(desk)
    finally:
        services.stop(state["pid"])


def status(house: House, app: Application) -> int:
    """Return how a node answers a good client's bad code: 400, or 401 where it does not know the client."""
    return Application(house, app.client_id, app.secret).redeem("rubbish").status_code


def wait_until_refused(house: House, app: Application, seconds: float) -> float:
    """Wait until a node refuses a client, and return how long that took."""
    begin = time.monotonic()
    while status(house, app) != 401:
        assert time.monotonic() - begin < seconds, f"the client is still known after {seconds} s"
        time.sleep(0.01)
    return time.monotonic() - begin


@pytest.mark.slow
def test_nodes_agree(nodes: Nodes) -> None:
    """What one node registers the other knows; what one disables the other refuses at once; without Redis the database answers."""
    app, other, third = register(nodes.first), register(nodes.first), register(nodes.second)
    for house in (nodes.second, nodes.first):
        for known in (app, other, third):
            assert status(house, known) == 400
    nodes.disable(app)
    time.sleep(AT_ONCE)
    assert (status(nodes.first, app), status(nodes.second, app)) == (401, 401)
    counted = nodes.second.caller().post("/internal/reload-clients", headers=KEY)
    assert counted.json() == {"success": True, "clients_loaded": 3}
    assert (status(nodes.second, app), status(nodes.second, other)) == (401, 400)

    nodes.stop_redis()
    for house in (nodes.first, nodes.second):
        assert status(house, other) == 400
    nodes.disable(other)
    for house in (nodes.first, nodes.second):
        assert wait_until_refused(house, other, 1.5) < 1.5
    late = register(nodes.second)
    assert (status(nodes.first, late), status(nodes.second, late)) == (400, 400)
    counted = nodes.first.caller().post("/internal/reload-clients", headers=KEY)
    assert counted.json() == {"success": True, "clients_loaded": 4}
