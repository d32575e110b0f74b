"""A worker that echoes, and a connection to it, for every test that asks for them; a file may have a worker of its own kind instead."""

from collections.abc import Iterator

import pytest

from tests.serving.peers import Peer, Running, running


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    """A worker that echoes."""
    with running() as server:
        yield server


@pytest.fixture
def peer(server: Running) -> Peer:
    """A connection to it."""
    return server.connect()
