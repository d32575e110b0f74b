"""What strangers could try with the addresses that this server asks for them: holding all its threads at once."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from idp.accounts import breaches
from idp.base import fetch
from idp.base.outcome import Busy
from tests.base.fetch.host import Host, answer, in_threads, running
from tests.factories import Provider
from tests.keys.strangers import jwk
from tests.spec.rfc7523 import asserting

THREADS = 4


@pytest.fixture
def slow(app: Flask) -> Iterator[Host]:
    """A host that a client has named, and that never answers; of the server's four threads two may wait for such."""
    settings = app.extensions["idp.settings"]
    settings.allow_private_fetch, settings.threads = True, THREADS
    with running() as host:
        host.reply = host.keep_silent
        yield host


def until_taken(host: Host, count: int) -> None:
    """Wait until so many questions have reached the host."""
    until = time.monotonic() + 10
    while len(host.asked) < count and time.monotonic() < until:
        time.sleep(0.01)
    assert len(host.asked) == count


def test_slow_hosts_hold_half_of_the_threads(app: Flask, provider: Provider, slow: Host) -> None:
    """However many ask for what a slow host keeps, half of a process's threads go on for everybody else; the rest hear 503."""
    clients = [provider.client(logo_uri=f"{slow.url}/{number}") for number in range(THREADS)]
    paths = [f"/oauth/clients/{client.client_id}/logo" for client in clients]
    todo = iter(paths[:2])
    with in_threads(app, 2, lambda: app.test_client().get(next(todo)).status_code) as held:
        until_taken(slow, 2)
        for path in paths[2:]:
            busy = provider.http.get(path)
            assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
        assert provider.http.get("/signin").status_code == 200
        assert len(slow.asked) == 2
        slow.ended.set()
    assert held == [404, 404]
    slow.ended.clear()
    slow.reply = answer(b"\x89PNG\r\n\x1a\n")
    assert provider.http.get(paths[2]).status_code == 200


def test_waiting_for_anothers_question_counts_too(app: Flask, slow: Host) -> None:
    """Callers who wait for a key set that another one is fetching are as many threads, and nobody of them keeps the refusal."""
    minute = timedelta(minutes=1)

    def read() -> bytes:
        return fetch.get_cached(f"{slow.url}/keys", largest=100, fresh_for=minute, at_most_every=minute)

    asked, may_answer = slow.ponder(answer())
    with in_threads(app, THREADS + 2, read) as found:
        assert asked.wait(10)
        until = time.monotonic() + 10
        while len(found) < THREADS and time.monotonic() < until:
            time.sleep(0.01)
        assert [type(each) for each in found] == [Busy] * THREADS
        may_answer.set()
    assert found[THREADS:] == [b"hello"] * 2
    with app.app_context():
        assert read() == b"hello"


def test_new_passwords_are_taken_where_no_thread_is_left(app: Flask, slow: Host) -> None:
    """A server whose places strangers have taken signs people up all the same, unchecked as when the service is away."""
    settings = app.extensions["idp.settings"]
    settings.breach_check_url = f"{slow.url}/range/"
    with app.app_context(), fetch._memory().places.taken(), fetch._memory().places.taken():
        assert breaches.check("a long and winding password") is None
    assert slow.asked == []


def test_a_busy_server_spends_no_assertion(app: Flask, provider: Provider, slow: Host) -> None:
    """A client whose keys could not be fetched because strangers took all places is told to come back, and may use its assertion."""
    client = asserting.register(provider, jwks_uri=f"{slow.url}/keys")
    assertion = asserting.make(provider, client)
    with app.app_context(), fetch._memory().places.taken(), fetch._memory().places.taken():
        busy = asserting.send(provider, assertion)
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
    assert busy.json["error"] == "temporarily_unavailable"
    slow.reply = answer(json.dumps({"keys": [jwk("ES256")]}).encode())
    assert asserting.is_taken(provider, assertion)
