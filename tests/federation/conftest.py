"""What tests of upstream sign-in begin with: a stand-in for the three providers, and a server that is registered at them."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from tests.factories import Provider
from tests.federation import stand_in
from tests.federation.stand_in import CLIENT_ID, CLIENT_SECRET, StandIn
from tests.federation.traveller import Traveller


@pytest.fixture(scope="session")
def _stand() -> Iterator[StandIn]:
    with stand_in.running() as stand:
        yield stand


@pytest.fixture
def stand(_stand: StandIn) -> StandIn:
    """The stand-in, as good as new."""
    _stand.reset()
    return _stand


@pytest.fixture
def settings(settings: Any, stand: StandIn) -> Any:
    """A server that is registered at all three."""
    for prefix in ("google", "github", "f42"):
        setattr(settings, f"{prefix}_client_id", CLIENT_ID)
        setattr(settings, f"{prefix}_client_secret", SecretStr(CLIENT_SECRET))
    settings.google_issuer = settings.github_url = settings.github_api_url = settings.f42_url = stand.url
    return settings


@pytest.fixture
def ann(provider: Provider) -> Traveller:
    """A browser without cookies."""
    return Traveller(provider)
