"""A provider for tests of the room's own services."""

import pytest
from flask import Flask

from tests.factories import Provider


@pytest.fixture
def provider(app: Flask) -> Provider:
    """The provider, with signing keys."""
    return Provider(app)
