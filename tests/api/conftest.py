"""What the tests of the administrators' interface begin with."""

import pytest

from tests.api.calling import Program, machine
from tests.factories import Provider


@pytest.fixture
def robot(provider: Provider) -> Program:
    """A client's own token with the scope `admin`."""
    return machine(provider)
