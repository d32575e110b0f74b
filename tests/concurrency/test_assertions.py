"""Parallel uses of one client assertion at the real server, with two workers, on both databases: one succeeds."""

from collections import Counter
from collections.abc import Iterator

import pytest
import requests

from idp.oauth.assertions import TYPE
from tests.concurrency.test_races import GRANT, MOST_PARALLEL, House, at_once, tally
from tests.conftest import sqlite_url
from tests.keys.strangers import jwk
from tests.spec.rfc7523 import asserting
from tests.support.beside import beside

SECRET_METHOD = "client_secret_jwt"


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
    """Of fifty parallel uses of an assertion one succeeds, with a key and with a secret (RFC 7523, 3, item 7)."""
    for method in ("private_key_jwt", SECRET_METHOD):
        client = asserting.register(house.provider, token_endpoint_auth_method=method, jwks={"keys": [jwk("ES256")]})
        make = asserting.make_mac if method == SECRET_METHOD else asserting.make
        for _round in range(2):
            form = GRANT | {"client_assertion_type": TYPE, "client_assertion": make(house.provider, client)}
            answers = at_once(lambda _number, form=form: house.post("/oauth/token", data=form), MOST_PARALLEL)
            assert tally(answers) == {"200": 1, "401 invalid_client": MOST_PARALLEL - 1}


def test_an_assertion_is_used_at_one_endpoint(house: House) -> None:
    """Of parallel uses at different endpoints one succeeds, and of an identifier in several assertions too (RFC 7519, 4.1.7)."""
    client = asserting.register(house.provider)
    paths = ("/oauth/token", "/oauth/revoke", "/oauth/introspect")
    proofs = [asserting.make(house.provider, client, jti="the same") for _number in range(MOST_PARALLEL)]

    def use(number: int) -> requests.Response:
        form = GRANT | {"client_assertion_type": TYPE, "client_assertion": proofs[number], "token": "x"}
        return house.post(paths[number % len(paths)], data=form)

    statuses = Counter(answer.status_code for answer in at_once(use, MOST_PARALLEL))
    assert statuses == {200: 1, 401: MOST_PARALLEL - 1}


def test_different_assertions_all_serve(house: House) -> None:
    """Parallel requests with an assertion each stand in nobody's way."""
    client = asserting.register(house.provider)
    proofs = [asserting.make(house.provider, client) for _number in range(MOST_PARALLEL)]

    def use(number: int) -> requests.Response:
        form = GRANT | {"client_assertion_type": TYPE, "client_assertion": proofs[number]}
        return house.post("/oauth/token", data=form)

    assert tally(at_once(use, MOST_PARALLEL)) == {"200": MOST_PARALLEL}
