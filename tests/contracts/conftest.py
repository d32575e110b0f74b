"""What every test of the older interfaces may ask for: `house`, a running server on each database, `http`, a client of it, and
`provider`, the application in this process, for what needs the clock moved.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from tests.conftest import sqlite_url
from tests.contracts.house import Caller, House, open_house
from tests.factories import Provider

OpenHouse = Callable[..., AbstractContextManager[House]]


@pytest.fixture(scope="session")
def open_own(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> OpenHouse:
    """Start a server of a test's own: `with open_own("sqlite", IDP_RATELIMIT_ENABLED="true") as house`."""

    def start(backend: str, **settings: object) -> AbstractContextManager[House]:
        data_dir = tmp_path_factory.mktemp("contracts")
        url = sqlite_url(data_dir)
        if backend != "sqlite":
            server = request.getfixturevalue("postgres_server")
            url = server.create_database("contracts")
        return open_house(backend, url, data_dir, **settings)

    return start


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, open_own: OpenHouse) -> Iterator[House]:
    """A running server, one on each database for all documents. Tests share it: they make people of their own."""
    with open_own(request.param) as opened:
        yield opened


@pytest.fixture
def http(house: House) -> Caller:
    """A client of the running server, without cookies, at a source address of its own."""
    return house.caller()


@pytest.fixture
def provider(app: Flask) -> Provider:
    """The application in this process on an empty database, for what a server in another process cannot show."""
    return Provider(app)
