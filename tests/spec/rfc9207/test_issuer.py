"""RFC 9207: the issuer in every authorization response."""

from tests.factories import Browser, Client, Provider, parameters


def test_a_success_names_the_issuer(provider: Provider, browser: Browser, shop: Client) -> None:
    """A response with a code carries iss, the very string of the metadata (2, 2.3; item 60)."""
    metadata = provider.http.get("/.well-known/openid-configuration").json
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert browser.answer(shop)["iss"] == metadata["issuer"] == provider.issuer


def test_errors_name_the_issuer(provider: Provider, browser: Browser, shop: Client) -> None:
    """Every error that is sent to the client carries iss too, whoever caused it (2; item 60)."""
    errors = {
        "the request": parameters(browser.authorize(shop, response_type="token"), shop),
        "the scope": parameters(browser.authorize(shop, scope="foreign"), shop),
        "the person": parameters(browser.consent(shop, "deny"), shop),
        "nobody signed in": parameters(provider.browser().authorize(shop, prompt="none"), shop),
        "no consent": parameters(browser.authorize(shop, prompt="none"), shop),
    }
    assert {name: got["iss"] for name, got in errors.items()} == dict.fromkeys(errors, provider.issuer)
    assert all("error" in got for got in errors.values())
