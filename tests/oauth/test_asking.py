"""Who waits behind a sign-in, as its page tells."""

from urllib.parse import urlencode

from tests.factories import Client, Provider, request


def names(provider: Provider, client: Client, path: str) -> bool:
    """Tell whether the sign-in page that continues to a path names the client."""
    page = provider.browser().get(f"/signin?{urlencode({'next': path})}")
    assert page.status_code == 200
    return client.metadata.client_name in page.text


def test_the_asker_is_known_by_the_request_alone(provider: Provider) -> None:
    """What else stands in the path, such as that a second factor was declined, changes nothing of who asks."""
    client = provider.client()
    waiting = provider.http.post("/oauth/authorize", data=request(client)).location
    path, _mark, query = waiting.partition("?")
    assert names(provider, client, waiting)
    assert names(provider, client, f"{waiting}&second_factor=declined")
    assert names(provider, client, f"{path}?second_factor=declined&{query}")
    for other in (path, f"{path}?id=", f"{path}?id=another", f"/account?{query}", f"{path}?x{query}"):
        assert not names(provider, client, other)
