"""Redirect URIs of the longest kind, as they are registered, asked for and kept with a grant."""

from tests.factories import Person, Provider, parameters

LONGEST = 2000
LOOPBACK = "http://127.0.0.1/"


def test_a_port_makes_no_redirect_uri_too_long(provider: Provider, ann: Person) -> None:
    """A loopback redirect URI as long as one may be works; with a port it is longer than that, and answered on a page (RFC 8252, 7.3)."""
    uri = LOOPBACK + "a" * (LONGEST - len(LOOPBACK))
    client = provider.client(public=True, redirect_uris=[uri])
    browser = provider.browser(ann)
    refused = browser.authorize(client, redirect_uri=uri.replace("127.0.0.1", "127.0.0.1:65535"))
    assert (refused.status_code, "Location" in refused.headers) == (400, False)
    assert "a redirect URI that is not registered for it" in refused.text
    assert "code" in parameters(browser.consent(client), client)


def test_a_port_is_free_where_there_is_room(provider: Provider, ann: Person) -> None:
    """With room left for any port, any port works (RFC 8252, 7.3)."""
    uri = LOOPBACK + "a" * (LONGEST - len(LOOPBACK) - len(":65535"))
    client = provider.client(public=True, redirect_uris=[uri])
    asked = uri.replace("127.0.0.1", "127.0.0.1:65535")
    answer = provider.browser(ann).consent(client, redirect_uri=asked)
    assert answer.location.startswith(f"{asked}?code=")
