"""Parallel uses of one assertion at the real server, with two workers, on both databases: a plain one brings one token."""

from collections.abc import Iterator

import pytest
import requests

from idp.clients.metadata import JWT_BEARER
from tests.concurrency.test_races import MOST_PARALLEL, House, at_once, tally
from tests.conftest import sqlite_url
from tests.spec.rfc7523.issuing import build
from tests.support.beside import beside


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The server of these tests; the provider in this process makes assertions for its issuer."""
    data_dir = tmp_path_factory.mktemp("assertions")
    url = sqlite_url(data_dir)
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").create_database("assertions")
    with beside(data_dir, url) as (server, provider):
        provider.app.extensions["idp.settings"].issuer = server.url
        yield House(server, provider)


def test_an_assertion_is_used_once(house: House) -> None:
    """Of fifty parallel uses of one plain assertion one brings a token (RFC 7523, section 3); an ID-JAG brings one each time."""

    scene = build(house.provider)
    house.provider.person("ann@example.org")
    for assertion, expected in (
        (scene.sign(), {"200": 1, "400 invalid_grant": MOST_PARALLEL - 1}),
        (scene.sign_id_jag(), {"200": MOST_PARALLEL}),
    ):
        form = {"grant_type": JWT_BEARER, "assertion": assertion}

        def use(_number: int, form: dict[str, str] = form) -> requests.Response:
            return house.post("/oauth/token", data=form, headers=scene.client.basic())

        assert tally(at_once(use, MOST_PARALLEL)) == expected
