"""What tests of news share, here and in `spec`: an application that may call this machine, a receiver with its host, and a person."""

from collections.abc import Iterator

import pytest
from flask import Flask

from idp import create_app
from idp.config import Settings
from tests.base.fetch.host import Host, running
from tests.conftest import dispose
from tests.factories import Browser, Person, Provider
from tests.signals.receiving import TAKEN, Receiver, make_receiver


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application, which may reach receivers on this machine."""
    application = create_app(settings.model_copy(update={"allow_private_fetch": True}))
    try:
        yield application
    finally:
        dispose(application)


@pytest.fixture
def host() -> Iterator[Host]:
    """The receiver's server, which takes what it is sent (RFC 8935, section 2.2)."""
    with running() as host:
        host.reply = TAKEN
        yield host


@pytest.fixture
def receiver(provider: Provider) -> Receiver:
    """A client that may hear news."""
    return make_receiver(provider)


@pytest.fixture
def browser(provider: Provider, ann: Person) -> Browser:
    """A browser in which Ann is signed in."""
    return provider.browser(ann)


@pytest.fixture
def allowing(provider: Provider, receiver: Receiver, browser: Browser) -> Browser:
    """The browser of Ann, who has let the receiver's client in."""
    provider.grant(receiver.client, browser, "openid email profile")
    return browser
