"""What the tests of throttling and holds ask for: the application at hand, with and without Redis, and somebody with one browser."""

from collections.abc import Iterator

import pytest
from flask import Flask

from idp.accounts import devices, service
from idp.accounts.models import Account
from idp.throttle import in_redis
from tests.accounts.guessing import OWN, PASSWORD
from tests.support.redis import RedisServer


@pytest.fixture
def _in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture(params=["alone", "with Redis"])
def _shared(request: pytest.FixtureRequest, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count in the database alone, or with Redis, which may be as slow as this machine is."""
    monkeypatch.setattr(in_redis, "TIMEOUT", 20.0)
    if request.param == "with Redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        app.extensions["idp.settings"].redis_url = server.url


@pytest.fixture
def ann(_in_app: None) -> Account:
    """A person who knows one browser."""
    account = service.add("ann@example.com", username="ann", password=PASSWORD, verified=True)
    assert isinstance(account, Account)
    devices.remember(account.id, OWN, "Firefox")
    return account
