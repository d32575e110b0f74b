"""What tests of pushing share: a client with a target, and the worker, step by step."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from idp.base.database import session
from idp.base.outcome import Refused
from idp.pushing import carrying, targets
from idp.pushing.models import PushedPerson, ScimTarget
from idp.pushing.targets import Wanted
from tests.factories import Client, Provider
from tests.pushing.stand_in import StandIn

TOKEN = "app-token-of-32-characters-000001"  # noqa: S105 - of a test


@dataclass
class Pushing:
    """One client of a provider, whose people are brought to a base URL."""

    provider: Provider
    client: Client

    def aim(self, base_url: str, token: str | None = TOKEN, **wanted: Any) -> None:
        """Set the target."""
        with self.provider.working():
            done = targets.put(self.client.client_id, Wanted(base_url, token, **wanted), actor="root")
            assert not isinstance(done, Refused), done

    def carry(self, most: int = 50) -> int:
        """Bring whatever is due; return how many were tried."""
        total = 0
        with self.provider.app.app_context():
            for _turn in range(most):
                if carrying._find_due() is None:
                    break
                total += carrying.deliver_due()
        return total

    def row(self) -> ScimTarget:
        """Return the target as it is now."""
        with self.provider.working():
            row = targets.get(self.client.client_id)
            assert row is not None
            return row

    def copies(self) -> dict[int, PushedPerson]:
        """Return what is known of people in the application, by their accounts."""
        with self.provider.working():
            return {row.account_id: row for row in session().scalars(select(PushedPerson))}


@pytest.fixture
def pushing(app: Flask, provider: Provider) -> Pushing:
    """A client, and a server that may ask hosts of the test's own."""
    app.extensions["idp.settings"].allow_private_fetch = True
    return Pushing(provider, provider.client(client_id="chat"))


@contextmanager
def listening(app: Any) -> Iterator[str]:
    """Let an application answer at a real listener; yield its address without a path."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)


@pytest.fixture
def app_there() -> StandIn:
    """The application."""
    return StandIn(TOKEN)


@pytest.fixture
def address(app_there: StandIn) -> Iterator[str]:
    """Its base URL."""
    with listening(app_there) as found:
        yield f"{found}/scim"
