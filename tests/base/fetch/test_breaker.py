"""The circuit breaker: which failures count, how long a host rests, and who tries it again."""

import logging
from datetime import timedelta

import pytest
from flask import Flask

from idp.base import clock, fetch
from idp.base.fetch import breaker
from idp.config import Settings
from tests.base.fetch.host import Host, answer, in_threads, running
from tests.support.services import free_port

BROKEN, GOOD = answer(b"", status="503 Service Unavailable"), answer()


def fail(url: str, times: int = breaker.FAILURES) -> str:
    """Ask in vain, by turns with GET and POST; return what the last error says."""
    message = ""
    for turn in range(times):
        with pytest.raises(fetch.FetchError) as refused:
            _ = fetch.get(url, largest=100) if turn % 2 else fetch.post(url, b"x", media_type="text/plain")
        message = str(refused.value)
    return message


def test_a_host_that_fails_is_left_alone(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    """After five failures in a row a host is not asked, at any of its addresses; operators are told of the host alone."""
    host.reply = BROKEN
    with caplog.at_level(logging.WARNING, logger="idp"):
        assert fail(f"{host.url}/secret") == "the answer was 503"
    assert [record.getMessage() for record in caplog.records] == [
        f"127.0.0.1:{host.port} failed 5 times in a row and is not asked for a while"
    ]
    host.reply = GOOD
    assert "not asked for a while" in fail(f"{host.url}/other")
    assert len(host.asked) == breaker.FAILURES


def test_after_its_rest_one_caller_tries(host: Host) -> None:
    """After the rest one question goes through: a good answer ends the rest for all, another failure begins it anew."""
    host.reply = BROKEN
    fail(host.url)
    with clock.moved(breaker.REST + timedelta(seconds=1)):
        assert fail(host.url, 1) == "the answer was 503"
        assert "not asked" in fail(host.url, 1)
        host.reply = GOOD
        with clock.moved(breaker.REST + timedelta(seconds=1)):
            assert fetch.get(host.url, largest=100) == b"hello"
            host.reply = BROKEN
            fail(host.url, breaker.FAILURES - 1)
            host.reply = GOOD
            assert fetch.get(host.url, largest=100) == b"hello"


def test_while_one_tries_the_others_wait_for_news(bare: Flask, host: Host) -> None:
    """Until the one question is answered nobody else asks."""
    host.reply = BROKEN
    fail(host.url)
    asked, may_answer = host.ponder(GOOD)
    with clock.moved(breaker.REST + timedelta(seconds=1)):
        with in_threads(bare, 1, lambda: fetch.get(host.url, largest=100)) as found:
            assert asked.wait(10)
            assert "not asked" in fail(host.url)
            may_answer.set()
        assert found == [b"hello"]
        assert fetch.get(host.url, largest=100) == b"hello"


def test_answers_of_a_working_host_count_for_it(host: Host) -> None:
    """Refusals, redirects and answers that are too large are answers: they end a row of failures, and begin none."""
    for status in ("400 Bad Request", "404 Not Found", "429 Too Many Requests", "302 Found", "200 OK"):
        host.reply = BROKEN
        fail(host.url, breaker.FAILURES - 1)
        host.reply = answer(b"x" * 200, status=status)
        with pytest.raises(fetch.FetchError):
            fetch.get(host.url, largest=100)
    host.reply = answer(b"", status="404 Not Found")
    assert fail(host.url, 2 * breaker.FAILURES) == "the answer was 404"


def test_rare_failures_are_no_row(host: Host) -> None:
    """A failure long after the one before begins to count anew."""
    host.reply = BROKEN
    fail(host.url, breaker.FAILURES - 1)
    with clock.moved(breaker.WINDOW + timedelta(seconds=1)):
        assert fail(host.url, breaker.FAILURES - 1) == "the answer was 503"
        host.reply = GOOD
        assert fetch.get(host.url, largest=100) == b"hello"


def test_a_host_that_is_not_there(fetching: Settings) -> None:
    """A refused connection and a name that nobody knows count as failures; hosts rest each for itself."""
    assert fail(f"http://127.0.0.1:{free_port()}") == "the host refuses the connection: nobody listens there"
    for url in (f"http://127.0.0.1:{free_port()}", "http://nowhere.invalid"):
        fail(url)
        assert "not asked for a while" in fail(url, 1)
    with running() as other:
        assert fetch.get(other.url, largest=100) == b"hello"


def test_refused_addresses_are_no_failures_of_theirs(fetching: Settings) -> None:
    """A private address stays refused as such, however often it is asked for."""
    fetching.allow_private_fetch = False
    assert "private address" in fail("https://127.0.0.1/", 2 * breaker.FAILURES)


def test_few_hosts_are_remembered(fetching: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a number of hosts, the one whose trouble is oldest is forgotten."""
    monkeypatch.setattr(breaker, "MOST_HOSTS", 2)
    dead = [f"http://127.0.0.1:{free_port()}" for _ in range(3)]
    for url in dead:
        fail(url)
    assert fail(dead[0], 1) == "the host refuses the connection: nobody listens there"
    assert "not asked" in fail(dead[2], 1)
