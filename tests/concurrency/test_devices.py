"""Parallel polls and answers of one device at the real server, with two workers, on both databases: one succeeds."""

from collections.abc import Iterator

import pytest
import requests

from tests.concurrency.test_races import MOST_PARALLEL, House, at_once, tally
from tests.conftest import sqlite_url
from tests.spec.rfc8628.devices import GRANT, connect, television
from tests.support.beside import beside


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The server of these tests, and the provider in this process beside it."""
    data_dir = tmp_path_factory.mktemp("devices")
    url = sqlite_url(data_dir)
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").create_database("devices")
    with beside(data_dir, url) as (server, provider):
        yield House(server, provider)


def test_what_was_allowed_is_claimed_once(house: House) -> None:
    """Of fifty parallel polls of an allowed device one gets the tokens, and they are good; the others are `invalid_grant`."""
    client, person = television(house.provider), house.provider.person("viewer@example.org")
    for _round in range(2):
        device = connect(house.provider, client, person, scope="openid offline_access")
        form = {"grant_type": GRANT, "client_id": client.client_id, "device_code": device.device_code}

        def poll(_number: int, form: dict[str, str] = form) -> requests.Response:
            return house.post("/oauth/token", data=form)

        answers = at_once(poll, MOST_PARALLEL)
        assert tally(answers) == {"200": 1, "400 invalid_grant": MOST_PARALLEL - 1}
        (tokens,) = (answer.json() for answer in answers if answer.status_code == 200)
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert requests.get(f"{house.server.url}/oauth/userinfo", headers=bearer, timeout=30).status_code == 200


def test_an_impatient_device_is_slowed_down_by_every_node(house: House) -> None:
    """Of fifty polls at once one keeps to its time, whichever process it comes to, and each other adds five seconds."""
    client = television(house.provider)
    asked = house.post("/oauth/device", data={"client_id": client.client_id, "scope": "openid"}).json()
    form = {"grant_type": GRANT, "client_id": client.client_id, "device_code": asked["device_code"]}
    answers = at_once(lambda _number: house.post("/oauth/token", data=form), MOST_PARALLEL)
    assert tally(answers) == {"400 authorization_pending": 1, "400 slow_down": MOST_PARALLEL - 1}
