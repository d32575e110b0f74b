"""Parallel requests to the real server, with two workers, on both databases: what must happen once happens once."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from idp.accounts.models import Account
from idp.base import database
from idp.clients import initial_tokens
from idp.clients.models import Client as ClientRow
from tests.conftest import sqlite_url
from tests.factories import CSRF, Browser, Client, Provider, request
from tests.support.beside import beside
from tests.support.serving import RunningServer

PARALLEL = 30
MOST_PARALLEL = 50  # uses of what may be used only once
OFFLINE = "openid offline_access"
GRANT = {"grant_type": "client_credentials"}


@dataclass
class House:
    """A running server, and a provider in this process on the same database and data directory."""

    server: RunningServer
    provider: Provider

    def post(self, path: str, **options: Any) -> requests.Response:
        """Send a request on a connection of its own, so that any worker may get it."""
        return requests.post(self.server.url + path, timeout=60, allow_redirects=False, **options)

    def token(self, client: Client, **form: str) -> requests.Response:
        """Send a token request."""
        return self.post("/oauth/token", data=client.post() | form)

    def is_good(self, access_token: str) -> bool:
        """Tell whether userinfo accepts a token."""
        headers = {"Authorization": f"Bearer {access_token}"}
        return requests.get(f"{self.server.url}/oauth/userinfo", headers=headers, timeout=60).status_code == 200

    def walk(self, client: Client, browser: Browser) -> dict[str, str]:
        """Return the parameters of a token request that redeems a fresh code."""
        answer = browser.answer(client, scope=OFFLINE)
        return redemption(client, answer["code"])


def redemption(client: Client, code: str) -> dict[str, str]:
    """Return the parameters that redeem a code."""
    from tests.factories import VERIFIER

    values = {"grant_type": "authorization_code", "code": code, "redirect_uri": client.redirect_uri}
    return values | {"code_verifier": VERIFIER}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The server of these tests, without any grace window."""
    data_dir = tmp_path_factory.mktemp("house")
    url = sqlite_url(data_dir)
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").create_database("races")
    with beside(data_dir, url, {"IDP_REFRESH_GRACE": 0}, refresh_grace=0) as (server, provider):
        yield House(server, provider)


@pytest.fixture
def browser(house: House) -> Browser:
    """A browser in which somebody new is signed in."""
    with house.provider.working():
        count = database.session().scalar(select(func.count(Account.id)))
    return house.provider.browser(house.provider.person(f"person-{count}@example.org"))


def at_once(send: Callable[[int], requests.Response], times: int = PARALLEL) -> list[requests.Response]:
    """Send requests in parallel, each when all are ready, and return the answers."""
    ready = Barrier(times)

    def wait_and_send(number: int) -> requests.Response:
        ready.wait(30)
        return send(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(wait_and_send, range(times)))


def tally(answers: list[requests.Response]) -> Counter[str]:
    """Count the answers by status and error."""
    return Counter(f"{answer.status_code} {answer.json().get('error', '')}".strip() for answer in answers)


@pytest.mark.parametrize("public", [False, True], ids=["confidential", "public"])
def test_a_code_is_redeemed_once(house: House, browser: Browser, public: bool) -> None:
    """Of fifty parallel redemptions of a code one succeeds, and its tokens are revoked by the others (RFC 9700, 4.5; item 48)."""
    client = house.provider.client(public=public)
    for _round in range(2):
        form = house.walk(client, browser)
        answers = at_once(lambda _number, form=form: house.token(client, **form), MOST_PARALLEL)
        assert tally(answers) == {"200": 1, "400 invalid_grant": MOST_PARALLEL - 1}
        (tokens,) = [answer.json() for answer in answers if answer.status_code == 200]
        assert not house.is_good(tokens["access_token"])
        refresh = house.token(client, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        assert refresh.json()["error"] == "invalid_grant"


def test_a_token_is_rotated_once(house: House, browser: Browser) -> None:
    """Of fifty parallel refreshes of a rotating token one succeeds, and the family is revoked (RFC 9700, 4.14.2)."""
    client = house.provider.client(public=True)
    for _round in range(2):
        first = house.token(client, **house.walk(client, browser)).json()["refresh_token"]
        form = {"grant_type": "refresh_token", "refresh_token": first}
        answers = at_once(lambda _number, form=form: house.token(client, **form), MOST_PARALLEL)
        assert tally(answers) == {"200": 1, "400 invalid_grant": MOST_PARALLEL - 1}
        (tokens,) = [answer.json() for answer in answers if answer.status_code == 200]
        assert not house.is_good(tokens["access_token"])
        again = house.token(client, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        assert again.json()["error"] == "invalid_grant"


def test_a_lasting_token_serves_all(house: House, browser: Browser) -> None:
    """A confidential client may use its refresh token as often at once as it likes (RFC 9700, 4.14.2)."""
    client = house.provider.client()
    token = house.token(client, **house.walk(client, browser)).json()["refresh_token"]
    answers = at_once(lambda _number: house.token(client, grant_type="refresh_token", refresh_token=token))
    assert tally(answers) == {"200": PARALLEL}
    assert all(house.is_good(answer.json()["access_token"]) for answer in answers)


def test_a_token_is_revoked_by_all(house: House, browser: Browser) -> None:
    """Parallel revocations of one access token all succeed, and it is revoked (RFC 7009, 2.2)."""
    client = house.provider.client()
    token = house.token(client, **house.walk(client, browser)).json()["access_token"]
    answers = at_once(lambda _number: house.post("/oauth/revoke", data=client.post() | {"token": token}))
    assert tally(answers) == {"200": PARALLEL}
    assert not house.is_good(token)


def test_a_consent_is_remembered_once(house: House, browser: Browser) -> None:
    """Parallel answers to the consent pages of one client and person all lead back to the client (Core, 3.1.2.4)."""
    client = house.provider.client()
    pages = [browser.authorize(client, state=str(number)).location for number in range(10)]
    token = CSRF.search(browser.get(pages[0]).text)
    cookie = browser.http.get_cookie("idp_session")
    assert token is not None
    assert cookie is not None
    form = {"csrf_token": token[1], "decision": "allow"}
    cookies = {"idp_session": cookie.value}
    answers = at_once(lambda number: house.post(pages[number], data=form, cookies=cookies), len(pages))
    assert {answer.status_code for answer in answers} == {303}
    assert all(answer.headers["Location"].startswith(f"{client.redirect_uri}?code=") for answer in answers)


@pytest.mark.parametrize("decision", [None, "allow", "deny"], ids=["resumed", "allowed", "denied"])
def test_a_waiting_request_is_answered_once(house: House, browser: Browser, decision: str | None) -> None:
    """Of parallel answers to one waiting request one reaches the client, and the others are told that it is over (RFC 6749, 4.1.2)."""
    client = house.provider.client(first_party=decision is None)
    for _round in range(3):
        asked = request(client, prompt="consent") if decision else request(client)
        page = house.post("/oauth/authorize", data=asked).headers["Location"]
        form = {}
        if decision:
            page = browser.get(page).location
            token = CSRF.search(browser.get(page).text)
            assert token is not None
            form = {"csrf_token": token[1], "decision": decision}
        cookie = browser.http.get_cookie("idp_session")
        assert cookie is not None
        options: dict[str, Any] = {"cookies": {"idp_session": cookie.value}, "headers": {"Accept": "text/html"}}

        def answer(_number: int, page: str = page, form: Any = form, options: Any = options) -> requests.Response:
            method = "POST" if form else "GET"
            url = house.server.url + page
            return requests.request(method, url, data=form, timeout=60, allow_redirects=False, **options)

        answers = at_once(answer, 10)
        assert Counter(answer.status_code for answer in answers) == {303: 1, 400: 9}
        (sent,) = [answer.headers["Location"] for answer in answers if answer.status_code == 303]
        assert sent.startswith(f"{client.redirect_uri}?{'error' if decision == 'deny' else 'code'}=")


def test_an_initial_token_is_spent_once(house: House) -> None:
    """Of parallel registrations with a token of one use one succeeds, and one more client is there (RFC 7591, section 3)."""
    client = {"redirect_uris": ["https://rp.example/callback"]}
    for uses in (1, 3):
        with house.provider.working():
            before = database.session().scalar(select(func.count(ClientRow.client_id)))
            made = initial_tokens.create("race", uses=uses)
            assert isinstance(made, tuple)
        headers = {"Authorization": f"Bearer {made[1]}"}
        answers = at_once(lambda _number, headers=headers: house.post("/oauth/register", json=client, headers=headers))
        assert tally(answers) == {"201": uses, "401 invalid_token": PARALLEL - uses}
        with house.provider.working():
            assert database.session().scalar(select(func.count(ClientRow.client_id))) == before + uses


def test_a_registration_is_deleted_once(house: House) -> None:
    """Parallel deletions and updates of one registration end it once, and nobody sees an error of ours (RFC 7592, section 2)."""
    with house.provider.working():
        made = initial_tokens.create("race")
        assert isinstance(made, tuple)
    client = {"redirect_uris": ["https://rp.example/callback"]}
    told = house.post("/oauth/register", json=client, headers={"Authorization": f"Bearer {made[1]}"}).json()
    path, headers = told["registration_client_uri"], {"Authorization": f"Bearer {told['registration_access_token']}"}
    url = house.server.url + path[path.index("/oauth/") :]
    document = client | {"client_id": told["client_id"]}

    def end(number: int) -> requests.Response:
        method = "DELETE" if number % 3 else "PUT"
        return requests.request(method, url, json=document, headers=headers, timeout=60)

    statuses = Counter(answer.status_code for answer in at_once(end))
    assert statuses[204] == 1
    assert set(statuses) <= {200, 204, 401}


def test_a_disabled_client_is_refused_by_every_worker(house: House) -> None:
    """A client that another process disables is refused from then on, by every worker, and so are its tokens."""
    client = house.provider.client(grant_types=["client_credentials"])
    warm = at_once(lambda _number: house.token(client, **GRANT))
    assert tally(warm) == {"200": PARALLEL}
    house.provider.disable(client)
    assert tally(at_once(lambda _number: house.token(client, **GRANT))) == {"401 invalid_client": PARALLEL}
    asker = house.provider.client()
    form = asker.post() | {"token": warm[0].json()["access_token"]}
    answers = at_once(lambda _number: house.post("/oauth/introspect", data=form))
    assert [answer.json() for answer in answers] == [{"active": False}] * PARALLEL


def test_a_client_from_the_command_line_is_known_to_every_worker(house: House) -> None:
    """A client that was just created by `idp client create` works at once, also where it was asked for in vain before."""
    credentials = {"client_id": "made-later", "client_secret": "a chosen secret"}
    form = GRANT | credentials
    assert tally(at_once(lambda _number: house.post("/oauth/token", data=form))) == {"401 invalid_client": PARALLEL}
    options = ["--name", "Later", "--grant", "client_credentials", "--client-id", "made-later", "--client-secret-stdin"]
    made = json.loads(house.server.idp("client", "create", *options, stdin="a chosen secret\n"))
    assert made["client_id"] == "made-later"
    assert tally(at_once(lambda _number: house.post("/oauth/token", data=form))) == {"200": PARALLEL}


def test_a_rotation_reaches_every_worker(house: House) -> None:
    """After `idp keys rotate` every worker signs with the new key at once, and the old tokens stay good."""
    import jwt

    client = house.provider.client(grant_types=["client_credentials"])

    def sign() -> dict[str, str]:
        tokens = [answer.json()["access_token"] for answer in at_once(lambda _number: house.token(client, **GRANT))]
        return {jwt.get_unverified_header(token)["kid"]: token for token in tokens}

    before = sign()
    house.server.idp("keys", "rotate")
    after = sign()
    assert len(before) == len(after) == 1
    assert before.keys() != after.keys()
    for token in (*before.values(), *after.values()):
        answer = house.post("/oauth/introspect", data=client.post() | {"token": token})
        assert answer.json()["active"] is True
