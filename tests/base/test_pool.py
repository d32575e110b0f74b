"""Connections of a process: enough for every thread that answers a request, and for what such a request reads beside."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from idp import create_app, keys
from idp.base import database
from idp.config import Settings
from tests.conftest import dispose
from tests.factories import Provider

THREADS = 24


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application of a worker with more threads than usual."""
    application = create_app(settings.model_copy(update={"threads": THREADS}))
    try:
        yield application
    finally:
        dispose(application)


def test_all_threads_at_once_need_the_keys_anew(app: Flask) -> None:
    """Where every thread holds a connection when the keys have changed, one reads them over another one, and nobody waits in vain."""
    Provider(app)
    ready = threading.Barrier(THREADS, action=lambda: _bump(app))
    found: list[object] = []

    def work() -> None:
        with app.app_context():
            database.writing.set(False)
            try:
                database.connection().execute(text("SELECT 1")).scalar_one()
                ready.wait(30)
                found.append(len(keys.jwks()["keys"]))
            except Exception as error:
                found.append(error)
            finally:
                database.rollback()

    threads = [threading.Thread(target=work) for _number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [8] * THREADS


def _bump(app: Flask) -> None:
    with app.app_context():
        keys.generation("keys").bump()
