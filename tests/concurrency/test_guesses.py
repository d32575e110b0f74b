"""Parallel guesses at the real server, with two workers: never more are compared than one after the other would have been."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import log2
from threading import Barrier
from time import monotonic

import pytest
import requests

from idp.base import database
from tests.accounts.guessing import almost_hold
from tests.conftest import sqlite_url
from tests.core import mails
from tests.factories import CSRF, Provider
from tests.support.beside import beside
from tests.support.redis import RedisServer
from tests.support.serving import RunningServer

PARALLEL = 24


@dataclass
class House:
    """A running server, and a provider in this process on the same database."""

    server: RunningServer
    provider: Provider

    def guess(self, name: str, times: int = PARALLEL) -> Counter[int]:
        """Send wrong passwords in parallel, on connections of their own, and count the answers by status."""
        page = requests.get(f"{self.server.url}/signin", timeout=60)
        token = CSRF.search(page.text)
        assert token is not None
        form = {"csrf_token": token[1], "username": name, "password": "a wrong guess"}
        cookies, ready = page.cookies.get_dict(), Barrier(times)

        def send(_number: int) -> requests.Response:
            ready.wait(30)
            return requests.post(
                f"{self.server.url}/signin", data=form, cookies=cookies, timeout=60, allow_redirects=False
            )

        with ThreadPoolExecutor(times) as pool:
            answers = list(pool.map(send, range(times)))
        assert all("Retry-After" in answer.headers for answer in answers if answer.status_code == 429)
        return Counter(answer.status_code for answer in answers)


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "redis"])
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, _redis_server: RedisServer
) -> Iterator[House]:
    """The server of these tests, request limits off: they have nothing to do with it."""
    data_dir = tmp_path_factory.mktemp("guesses")
    url = sqlite_url(data_dir)
    if request.param != "sqlite":
        url = request.getfixturevalue("postgres_server").create_database("guesses")
    environment = {}
    if request.param == "redis":
        _redis_server.clear()
        environment["IDP_REDIS_URL"] = _redis_server.url
    with beside(data_dir, url, environment) as (server, provider):
        yield House(server, provider)


@pytest.mark.parametrize("name", ["ann@example.org", "ghost@example.org"])
def test_five_of_many_parallel_guesses_are_compared(house: House, name: str) -> None:
    """Of many wrong passwords at once, at two processes, five are compared; the others are told to wait (items 9, 11)."""
    if name.startswith("ann"):
        house.provider.person(name)
    started = monotonic()
    answers = house.guess(name)
    # A slow machine takes longer than the first waits of one, two, four seconds, each of which lets one more pass.
    waits_over = int(log2(monotonic() - started + 1))
    assert answers.keys() == {400, 429}
    assert 5 <= answers[400] <= 5 + waits_over
    assert answers.total() == PARALLEL


def test_the_hundredth_failure_happens_once(house: House) -> None:
    """Of parallel guesses after ninety-nine failures one is compared, and the owner gets one mail (item 9)."""
    person = house.provider.person("bob@example.org")
    with house.provider.working():
        almost_hold(person.email, person.id)
    assert house.guess(person.email) == {400: 1, 429: PARALLEL - 1}
    with house.provider.working():
        assert [mail.to for mail in mails.waiting() if mail.label == "account_held"] == [person.email]
        database.rollback()
