"""Two APIs, and clients that are registered for both, one, or none of them."""

import pytest

from tests.factories import Client, Provider
from tests.spec.rfc8707.naming import BILLS, ORDERS, SCOPE, register


@pytest.fixture
def apis(provider: Provider) -> None:
    """Orders, with JWTs by RS256 that live five minutes, and bills, with opaque tokens."""
    register(provider, ORDERS, "orders.read", "orders.write", access_token_signing_alg="RS256", access_token_life=300)
    register(provider, BILLS, "bills.read", access_token_format="opaque")


@pytest.fixture
def shop(provider: Provider, apis: None) -> Client:
    """A confidential client with the scopes of both."""
    return provider.client(scope=SCOPE, grant_types=["authorization_code", "refresh_token", "client_credentials"])


@pytest.fixture
def phone(provider: Provider, apis: None) -> Client:
    """A public client with the scopes of both."""
    return provider.client(scope=SCOPE, public=True)
