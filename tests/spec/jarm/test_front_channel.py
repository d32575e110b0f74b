"""JARM with the older response types, whose tokens travel through the browser."""

import pytest

from idp.config import Settings
from tests.factories import Browser, Provider
from tests.spec.jarm.opening import opened


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings with the older response types."""
    return settings.model_copy(update={"legacy_response_types": True})


def test_no_token_in_a_signed_query(provider: Provider, browser: Browser) -> None:
    """What has to travel in the fragment does so when it is signed, too (2.3.1), and jwt means that (2.3.4)."""
    kinds = {"grant_types": ["authorization_code", "implicit"], "response_types": ["code", "code id_token"]}
    client = provider.client(first_party=True, **kinds)
    asked = {"response_type": "code id_token", "nonce": "n"}
    refused = browser.authorize(client, response_mode="query.jwt", **asked)
    assert "error=invalid_request" in refused.location
    response = browser.authorize(client, response_mode="jwt", **asked)
    assert response.location.startswith(f"{client.redirect_uri}#response=")
    assert {"code", "id_token"} <= opened(provider, client, response).keys()
