"""Secrets that an administrator chooses."""

import pytest

from idp.base.outcome import Refused
from idp.clients import service
from idp.clients.metadata import Metadata
from tests.factories import CALLBACK, Provider


@pytest.mark.parametrize(("method", "shortest"), [("client_secret_basic", 8), ("client_secret_jwt", 32)])
def test_a_chosen_secret_is_long_enough_for_its_method(provider: Provider, method: str, shortest: int) -> None:
    """One that signs by HS256 has 32 bytes (RFC 7518, section 3.2), since it could prove nothing otherwise; one that is sent has 8."""
    metadata = Metadata("Shop", [CALLBACK], token_endpoint_auth_method=method)
    with provider.working():
        refused = service.register(metadata, secret="s" * (shortest - 1))
        assert isinstance(refused, Refused)
        assert (refused.field, refused.detail) == ("client_secret", f"At least {shortest} characters are needed.")
        assert not isinstance(service.register(metadata, secret="s" * shortest), Refused)
