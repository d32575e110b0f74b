"""Types of authorization details, and a client that is registered for two of them."""

from typing import Any

import pytest

from idp.details import service
from idp.details.definition import Definition
from tests.factories import Client, Provider

AMOUNT = {"type": "object", "required": ["value", "currency"], "properties": {"value": {"type": "string"}}}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "amount", "creditor"],
    "properties": {
        "type": {"const": "payment"},
        "amount": AMOUNT,
        "creditor": {"type": "string", "maxLength": 80},
        "actions": {"type": "array", "items": {"enum": ["initiate", "status", "cancel"]}},
        "locations": {"type": "array", "items": {"type": "string"}},
    },
    "additionalProperties": False,
}
TYPES = (
    Definition("payment", "A payment", "{amount.value} {amount.currency} to {creditor}", SCHEMA),
    Definition("https://bank.example/account", "Accounts", "See {accounts}", {"type": "object"}),
    Definition("foreign", "Something else", "", {"type": "object"}),
)


@pytest.fixture
def types(provider: Provider) -> None:
    """The registered types."""
    with provider.app.test_request_context(), provider.working():
        for one in TYPES:
            made = service.create(one, actor="test")
            assert not isinstance(made, list), made


@pytest.fixture
def shop(provider: Provider, types: None) -> Client:
    """A confidential client that is registered for two types."""
    return provider.client(
        scope="openid offline_access",
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        authorization_details_types=["payment", "https://bank.example/account"],
    )
