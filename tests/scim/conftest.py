"""What the tests of provisioning begin with."""

import pytest

from tests.factories import Provider
from tests.scim.calling import Directory


@pytest.fixture
def directory(provider: Provider) -> Directory:
    """A directory whose word about addresses is not believed."""
    return Directory(provider)


@pytest.fixture
def trusted(provider: Provider) -> Directory:
    """A directory that vouches for addresses."""
    return Directory(provider, scope="scim scim.vouch", name="trusted")
