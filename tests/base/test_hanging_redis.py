"""A Redis that takes connections and never answers: requests go on, as while it is away."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from idp import create_app
from idp.config import Settings
from tests.conftest import dispose


@pytest.fixture
def backend() -> str:
    """The database has no part in it."""
    return "sqlite"


@pytest.fixture
def silence() -> Iterator[str]:
    """The address of a server that never says anything."""
    held: list[socket.socket] = []
    listener = socket.create_server(("127.0.0.1", 0), backlog=50)

    def accept() -> None:
        with suppress(OSError):
            while True:
                held.append(listener.accept()[0])

    threading.Thread(target=accept, daemon=True).start()
    yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for peer in held:
        peer.close()


def test_a_redis_that_hangs_is_not_waited_for(settings: Settings, silence: str) -> None:
    """Limits and waits that Redis would count are counted without it: the first request waits for a moment, later ones do not add up."""
    app = create_app(settings.model_copy(update={"redis_url": silence, "ratelimit_enabled": True}))
    try:
        client = app.test_client()
        began = time.monotonic()
        for _ in range(4):
            answer = client.post("/auth/login/", json={"email": "nobody@example.com", "password": "not the password"})
            assert answer.status_code == 401
        assert time.monotonic() - began < 15  # with the library's own time limits it was half a minute
    finally:
        dispose(app)
