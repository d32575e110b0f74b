"""What the tests of token exchange share."""

import pytest

from tests.factories import Provider
from tests.spec.rfc8693.exchanging import Scene, build


@pytest.fixture
def scene(provider: Provider) -> Scene:
    """Shop, API and store, with the rule between them that most tests are about."""
    scene = build(provider)
    scene.allow()
    return scene
