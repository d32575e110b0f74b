"""A relying party that hears of sign-outs, at a real address, and what the worker does for it."""

from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from flask import Flask

from idp import create_app
from idp.config import Settings
from tests.base.fetch.host import Host, running
from tests.conftest import dispose
from tests.factories import Client, Provider

SCOPE = "openid profile"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application, which may reach relying parties on this machine."""
    application = create_app(settings.model_copy(update={"allow_private_fetch": True}))
    try:
        yield application
    finally:
        dispose(application)


@pytest.fixture
def host() -> Iterator[Host]:
    """The relying party's server."""
    with running() as host:
        yield host


@pytest.fixture
def shop(provider: Provider, host: Host) -> Client:
    """A client that asks for logout tokens."""
    return provider.client(first_party=True, backchannel_logout_uri=f"{host.url}/backchannel?tenant=7")


def heard(host: Host) -> list[str]:
    """Return the logout tokens that a server was sent, each as the one parameter of a form (2.5)."""
    tokens = []
    for request in host.asked:
        head, _, body = request.partition(b"\r\n\r\n")
        assert head.startswith(b"POST /backchannel?tenant=7 HTTP/1.1\r\n")
        assert b"content-type: application/x-www-form-urlencoded\r\n" in head.lower() + b"\r\n"
        ((name, value),) = parse_qsl(body.decode(), strict_parsing=True)
        assert name == "logout_token"
        tokens.append(value)
    return tokens
