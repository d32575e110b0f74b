"""Parallel uses of one proof and of one pushed request at the real server, with two workers, on both databases: one succeeds."""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.concurrency.test_races import MOST_PARALLEL, House, at_once, tally
from tests.conftest import sqlite_url
from tests.factories import request
from tests.spec.rfc9449.proving import prove
from tests.support.beside import beside


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The server of these tests; the provider in this process makes proofs for its issuer."""
    data_dir = tmp_path_factory.mktemp("constraint")
    url = sqlite_url(data_dir)
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").create_database("constraint")
    with beside(data_dir, url) as (server, provider):
        provider.app.extensions["idp.settings"].issuer = server.url
        yield House(server, provider)


def test_a_proof_is_used_once(house: House) -> None:
    """Of fifty parallel requests with one proof, and of fifty proofs with one jti, one succeeds (RFC 9449, 11.1)."""
    client = house.provider.client(grant_types=["client_credentials"], scope="reports")
    form = {"grant_type": "client_credentials"}
    one = prove(house.provider)
    for proofs in ([one] * MOST_PARALLEL, [prove(house.provider, jti="the same") for _number in range(MOST_PARALLEL)]):

        def use(number: int, proofs: list[str] = proofs) -> requests.Response:
            return house.post("/oauth/token", data=form, headers=client.basic() | {"DPoP": proofs[number]})

        assert tally(at_once(use, MOST_PARALLEL)) == {"200": 1, "400 invalid_dpop_proof": MOST_PARALLEL - 1}


def test_a_pushed_request_is_answered_once(house: House) -> None:
    """Of fifty browsers of one person that bring one reference at the same time, one gets a code (RFC 9126, 7.3)."""
    client = house.provider.client(first_party=True)
    browser = house.provider.browser(house.provider.person("pushed@example.org"))
    cookies = {cookie.key: cookie.value for cookie in browser.http._cookies.values()}
    for _round in range(2):
        pushed = house.post("/oauth/par", data=request(client), headers=client.basic())
        assert pushed.status_code == 201, pushed.text
        query = {"client_id": client.client_id, "request_uri": pushed.json()["request_uri"]}

        def bring(_number: int, query: dict[str, str] = query) -> requests.Response:
            address = f"{house.server.url}/oauth/authorize"
            return requests.get(address, params=query, cookies=cookies, allow_redirects=False, timeout=60)

        answers = at_once(bring, MOST_PARALLEL)
        codes = [
            parse_qs(urlsplit(answer.headers["Location"]).query)["code"]
            for answer in answers
            if answer.status_code == 303
        ]
        assert len(codes) == 1
        assert Counter(answer.status_code for answer in answers) == {303: 1, 400: MOST_PARALLEL - 1}
