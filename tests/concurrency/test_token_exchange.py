"""Parallel exchanges of one token at the real server, with two workers, on both databases: one succeeds where a rule says so."""

from collections.abc import Iterator

import pytest
import requests

from idp.clients.metadata import TOKEN_EXCHANGE
from tests.concurrency.test_races import MOST_PARALLEL, House, at_once, tally
from tests.conftest import sqlite_url
from tests.spec.rfc8693.exchanging import TYPES, build
from tests.support.beside import beside


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The server of these tests; the provider in this process makes tokens for its issuer."""
    data_dir = tmp_path_factory.mktemp("exchanges")
    url = sqlite_url(data_dir)
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").create_database("exchanges")
    with beside(data_dir, url) as (server, provider):
        provider.app.extensions["idp.settings"].issuer = server.url
        yield House(server, provider)


def test_a_token_is_exchanged_once(house: House) -> None:
    """Of fifty parallel exchanges of one token one succeeds where it may be exchanged once, and all of them where not."""
    scene = build(house.provider)
    browser = house.provider.browser(house.provider.person("exchanged@example.org"))
    for once, expected in (
        (True, {"200": 1, "400 invalid_request": MOST_PARALLEL - 1}),
        (False, {"200": MOST_PARALLEL}),
    ):
        scene.allow(once=once)
        form = {
            "grant_type": TOKEN_EXCHANGE,
            "subject_token": scene.sign_in(browser)["access_token"],
            "subject_token_type": f"{TYPES}access_token",
            "audience": scene.store.client_id,
        }

        def use(_number: int, form: dict[str, str] = form) -> requests.Response:
            return house.post("/oauth/token", data=form, headers=scene.api.basic())

        assert tally(at_once(use, MOST_PARALLEL)) == expected
