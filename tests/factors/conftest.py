"""What tests of factors begin with: a server with a name, Ann, and her passkey."""

from typing import Any

import pytest

from tests.factories import Person, Provider
from tests.factors.authenticator import Authenticator
from tests.factors.passkey_house import House


@pytest.fixture
def settings(settings: Any) -> Any:
    """A server with a name: WebAuthn takes no addresses."""
    settings.issuer = "http://localhost:5000"
    return settings


@pytest.fixture
def house(provider: Provider) -> House:
    """The service behind short names."""
    return House(provider)


@pytest.fixture
def key(house: House, ann: Person) -> Authenticator:
    """A passkey of Ann's."""
    made = house.authenticator()
    assert house.register(ann, made) is None
    return made
