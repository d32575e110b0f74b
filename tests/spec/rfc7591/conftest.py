"""A provider at which everybody may register."""

import pytest
from flask import Flask

from tests.factories import Provider


@pytest.fixture
def house(app: Flask, provider: Provider) -> Provider:
    """The provider, open to registrations."""
    app.extensions["idp.settings"].registration = "open"
    return provider
