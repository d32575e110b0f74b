"""The pages of the house, collected once for all tests of them; what they look like does not depend on the database."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp import create_app
from tests.conftest import dispose, make_settings, sqlite_url
from tests.pages.inventory import Inventory, collect


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Iterator[Inventory]:
    """Every page, at a server with a name, where passkeys work."""
    directory = tmp_path_factory.mktemp("pages")
    shutil.copyfile(_sqlite_template, directory / "idp.db")
    app = create_app(make_settings(directory, sqlite_url(directory), issuer="http://localhost:5000"))
    try:
        yield collect(app)
    finally:
        dispose(app)
