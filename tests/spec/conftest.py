"""What the specifications' tests share: a provider, a person, and the two ordinary kinds of client."""

import pytest

from tests.factories import Browser, Client, Person, Provider


@pytest.fixture
def browser(provider: Provider, ann: Person) -> Browser:
    """A browser in which Ann is signed in."""
    return provider.browser(ann)


@pytest.fixture
def shop(provider: Provider) -> Client:
    """A confidential client."""
    return provider.client()


@pytest.fixture
def phone(provider: Provider) -> Client:
    """A public client."""
    return provider.client(public=True, client_name="Phone App")
