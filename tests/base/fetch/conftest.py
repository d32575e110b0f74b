"""An application with settings and nothing else, and a host to fetch from."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from idp.config import Settings
from tests.base.fetch.host import Host, running
from tests.conftest import make_settings, sqlite_url


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Flask]:
    """An application that may fetch from private addresses, at work."""
    app = Flask(__name__)
    app.extensions["idp.settings"] = make_settings(tmp_path, sqlite_url(tmp_path), allow_private_fetch=True)
    with app.app_context():
        yield app


@pytest.fixture
def fetching(bare: Flask) -> Settings:
    """The settings in force."""
    values: Settings = bare.extensions["idp.settings"]
    return values


@pytest.fixture
def host(bare: Flask) -> Iterator[Host]:
    """A host on plain http."""
    with running() as host:
        yield host
