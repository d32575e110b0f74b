"""OAuth 2.0 Multiple Response Types 1.0, as a server of today has it: `code` alone (RFC 9700, section 2.1.2)."""

import pytest

from idp.clients.metadata import LEGACY_RESPONSE_TYPES, Metadata, check
from tests.factories import CALLBACK, Browser, Client, Provider, parameters


@pytest.mark.parametrize("response_type", [*LEGACY_RESPONSE_TYPES, "token"])
def test_other_types_are_unknown(browser: Browser, shop: Client, response_type: str) -> None:
    """Without the setting nothing but `code` is answered (RFC 6749, section 4.1.2.1)."""
    answer = parameters(browser.authorize(shop, response_type=response_type, nonce="n"), shop)
    assert answer["error"] == "unsupported_response_type"
    assert not {"code", "access_token", "id_token"} & answer.keys()


def test_nobody_can_register_for_them(provider: Provider) -> None:
    """Neither the types nor the grant can be registered (Registration, section 2)."""
    with provider.working():
        by_type = check(Metadata("Old", redirect_uris=[CALLBACK], response_types=["id_token"]))
        by_grant = check(Metadata("Old", redirect_uris=[CALLBACK], grant_types=["implicit"]))
    assert by_type is not None
    assert by_grant is not None
    assert (by_type.field, by_grant.field) == ("response_types", "grant_types")


def test_a_registration_of_before_is_not_honoured(provider: Provider, browser: Browser, shop: Client) -> None:
    """A client that was registered while they were on gets nothing either (RFC 9700, section 2.1.2)."""
    with provider.registration(shop) as row:
        row.grant_types, row.response_types = ["authorization_code", "implicit"], ["code", "id_token"]
    answer = parameters(browser.authorize(shop, response_type="id_token", nonce="n"), shop)
    assert answer["error"] == "unsupported_response_type"


def test_discovery_leaves_them_out(provider: Provider) -> None:
    """Discovery names `code` alone, and no implicit grant (Discovery, section 3)."""
    metadata = provider.http.get("/.well-known/openid-configuration").json
    assert metadata["response_types_supported"] == ["code"]
    assert "implicit" not in metadata["grant_types_supported"]
