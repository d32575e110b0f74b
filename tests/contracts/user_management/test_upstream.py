"""Document 5's way through GitHub and 42, with a stand-in for both: the address to go to, and the way back."""

from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests

from idp.accounts import lookup
from tests.contracts.conftest import OpenHouse
from tests.contracts.house import LISTED_ORIGIN, Caller, House, new_name
from tests.contracts.user_management.front_end import STRONG, TOKEN, refresh
from tests.factories import CSRF, PASSWORD, Person
from tests.federation import stand_in
from tests.federation.stand_in import CLIENT_ID, CLIENT_SECRET, Fault, Human, StandIn
from tests.two_factors import give_app

SOURCE = f"{LISTED_ORIGIN}/app?tab=1"
NAMES = ["github", "42api"]
SCOPES = {"github": "user:email", "42api": "public"}
NOBODY = {"errors": ["Failed to create or get user"]}


@dataclass
class World:
    """A server that is registered at both providers, and their stand-in."""

    house: House
    stand: StandIn

    def arrive_as(self, **changes: Any) -> Human:
        """Let somebody new be signed in at the provider."""
        name = new_name("octo")
        values = {"id": abs(hash(name)) % 10**9, "login": name, "email": f"{name}@example.org"}
        self.stand.human = Human(**(values | changes))
        return self.stand.human

    def account_of(self, email: str) -> Person | None:
        """Return who has an address."""
        with self.house.provider.working():
            account = lookup.find_by_email(email)
            return Person(account.id, account.sub, email) if account is not None else None


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def _world(request: pytest.FixtureRequest, open_own: OpenHouse) -> Iterator[World]:
    with stand_in.running() as stand:
        settings = {"IDP_GITHUB_URL": stand.url, "IDP_GITHUB_API_URL": stand.url, "IDP_42_URL": stand.url}
        for prefix in ("IDP_GITHUB", "IDP_42"):
            settings |= {f"{prefix}_CLIENT_ID": CLIENT_ID, f"{prefix}_CLIENT_SECRET": CLIENT_SECRET}
        with open_own(request.param, **settings) as house:
            yield World(house, stand)


@pytest.fixture
def world(_world: World) -> World:
    """The server and the stand-in, the latter as good as new."""
    _world.stand.reset()
    return _world


def begin(http: Caller, name: str = "github", source: str = SOURCE) -> str:
    """Ask where the browser has to go."""
    answer = http.get(f"/user/oauth/{name}/?source={quote(source, safe='')}")
    assert (answer.status_code, list(answer.json())) == (200, ["redirection_url"]), answer.text
    return str(answer.json()["redirection_url"])


def travel(http: Caller, url: str) -> str:
    """Go to the provider; return the path by which it sends the browser back."""
    back = requests.get(url, allow_redirects=False, timeout=10).headers["Location"]
    assert back.startswith(f"{http.url}/user/oauth/callback/")
    return back.removeprefix(http.url)


def come_back(http: Caller, name: str = "github", source: str = SOURCE) -> requests.Response:
    """Walk the whole way; return the callback's answer."""
    return http.get(travel(http, begin(http, name, source)))


def refresh_cookie(answer: requests.Response) -> Any:
    """Return the cookie with the refresh token, if the answer sets one."""
    cookies: SimpleCookie = SimpleCookie()
    for header in answer.raw.headers.getlist("Set-Cookie"):
        cookies.load(header)
    return cookies.get("refresh_token")


@pytest.mark.parametrize("name", NAMES)
def test_there_and_back(world: World, name: str) -> None:
    """The front end gets the provider's address; the callback leads to `source` with 303 and the cookie; the cookie refreshes."""
    human, http = world.arrive_as(), world.house.caller()
    asked = parse_qs(urlsplit(begin(http, name)).query)
    assert asked["client_id"] == [CLIENT_ID]
    assert asked["redirect_uri"] == [f"{http.url}/user/oauth/callback/{name}/"]
    assert asked["scope"] == [SCOPES[name]]
    assert len(asked["state"][0]) > 40
    answer = come_back(http, name)
    assert (answer.status_code, answer.headers["Location"]) == (303, SOURCE), answer.text
    cookie = refresh_cookie(answer)
    assert TOKEN.fullmatch(cookie.value)
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/user/refresh-access-jwt/", True, "Lax")
    assert int(cookie["max-age"]) == 7 * 24 * 3600
    refreshed = http.post("/user/refresh-access-jwt/")
    assert (refreshed.status_code, list(refreshed.json())) == (200, ["access_token"])
    assert world.account_of(str(human.email)) is not None
    again = refresh_cookie(come_back(world.house.caller(), name))
    assert refresh(http, again.value).status_code == 200


@pytest.mark.parametrize("name", ["google", "42", "GitHub", "nobody"])
def test_unknown_services(world: World, name: str) -> None:
    """Any other service is 400, at both addresses."""
    for path in (f"/user/oauth/{name}/?source={SOURCE}", f"/user/oauth/callback/{name}/?code=1&state=2"):
        answer = world.house.caller().get(path)
        assert (answer.status_code, answer.json()) == (400, {"errors": ["Unknown auth service"]})


@pytest.mark.parametrize(
    "source",
    [
        "", "www.front.example", "front.example", "/app", "//front.example/", "https://evil.example/",
        "https://front.example.evil.example/", "https://front.example@evil.example/", "https://user@front.example/",
        "http://front.example/", "https://front.example:8443/", "https://evil.example\\@front.example/",
        "https:\\\\front.example/", "https:front.example/", "https:///front.example/", "https://front.example\t.evil/",
        "https://front.example\r\nSet-Cookie: a=b", "javascript:alert(1)//https://front.example", " https://front.example/",
        "https://front.examplé/", "https://[front.example/", "https://front.example/" + "x" * 3000,
    ],
)  # fmt: skip
def test_unknown_sources(world: World, source: str) -> None:
    """Only an address at a listed origin is taken, however a browser may read it."""
    answer = world.house.caller().get(f"/user/oauth/github/?source={quote(source, safe='')}")
    assert (answer.status_code, answer.json()) == (400, {"errors": ["Unknown source"]})
    assert world.house.caller().get("/user/oauth/github/").json() == {"errors": ["Unknown source"]}


def test_not_configured(house: House, http: Caller) -> None:
    """Without the operator's registration at the provider both addresses answer 503 in the document's shape."""
    for path in (f"/user/oauth/github/?source={SOURCE}", "/user/oauth/callback/42api/?code=1&state=2"):
        answer = http.get(path)
        assert (answer.status_code, list(answer.json())) == (503, ["errors"])


def test_states(world: World) -> None:
    """A state works once, for its own browser and provider; a made-up or missing one is refused alike."""
    world.arrive_as()
    http = world.house.caller()
    back = travel(http, begin(http))
    invalid = {"errors": ["Invalid state"]}
    for attempt in (
        world.house.caller().get(back),
        http.get(back.replace("/github/", "/42api/")),
        http.get(back.replace("state=", "state=x")),
        http.get("/user/oauth/callback/github/?code=1"),
        http.get("/user/oauth/callback/github/"),
    ):
        assert (attempt.status_code, attempt.json()) == (400, invalid)
        assert refresh_cookie(attempt) is None
    assert http.get(back).status_code == 303
    assert http.get(back).json() == invalid


def test_the_provider_fails(world: World) -> None:
    """A refused, wrong or failing answer of the provider is 400 with the document's sentence, and sets no cookie."""
    world.arrive_as()
    failed = {"errors": ["Failed to retrieve access token"]}
    world.stand.denies = True
    denied = come_back(world.house.caller())
    assert (denied.status_code, denied.json()) == (400, failed)
    world.stand.reset()
    for path in ("/login/oauth/access_token", "/user"):
        world.stand.faults = {path: Fault(status=500, body=b"oops")}
        answer = come_back(world.house.caller())
        assert (answer.status_code, answer.json()) == (400, failed)
        assert refresh_cookie(answer) is None


def test_addresses_without_proof(world: World) -> None:
    """42 says nothing about an address, so it is never linked by it; GitHub links where both sides have proved it."""
    member = world.house.member()
    world.arrive_as(email=member.email)
    refused = come_back(world.house.caller(), "42api")
    assert (refused.status_code, refused.json()) == (400, NOBODY)
    world.arrive_as(email=member.email, verified=False)
    assert come_back(world.house.caller()).json() == NOBODY
    world.arrive_as(email=member.email)
    assert come_back(world.house.caller()).status_code == 303


def test_a_pre_registered_address(world: World) -> None:
    """Who signed up with another's address loses everything as soon as its owner comes through a provider."""
    human, thief = world.arrive_as(), world.house.caller()
    body = {"username": human.login, "email": human.email, "password": STRONG}
    token = thief.post("/user/signup/", body).json()["refresh_token"]
    assert come_back(world.house.caller()).status_code == 303
    assert refresh(thief, token).status_code == 400
    assert thief.post("/user/signin/", {"username": human.login, "password": STRONG}).status_code == 401


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_a_second_factor_is_asked_for(world: World, is_signed_in: bool) -> None:
    """With a second factor the callback hands out nothing and leads to the page for it; after it the way is open."""
    member, http = world.house.member(), world.house.caller()
    if is_signed_in:
        sign_in_by_page(http, member.email)
    app = give_app(world.house.provider, member)
    world.arrive_as(email=member.email)
    answer = come_back(http)
    assert (answer.status_code, urlsplit(answer.headers["Location"]).path) == (303, "/signin/code")
    assert refresh_cookie(answer) is None
    page = answer.headers["Location"]
    shown = http.post(page, data={"csrf_token": csrf(http, page), "code": app.code()})
    assert (shown.status_code, refresh_cookie(shown)) == (303, None)
    assert refresh_cookie(come_back(http)) is not None


def test_closed_accounts(world: World) -> None:
    """A disabled account does not come in through a provider."""
    human, http = world.arrive_as(), world.house.caller()
    assert come_back(http).status_code == 303
    person = world.account_of(str(human.email))
    assert person is not None
    with world.house.provider.account(person) as account:
        account.disabled_at = account.created_at
    closed = come_back(world.house.caller())
    assert (closed.status_code, closed.json()) == (400, NOBODY)


def csrf(http: Caller, page: str) -> str:
    """Return the CSRF token of a page."""
    token = CSRF.search(http.get(page, headers={"Accept": "text/html"}).text)
    assert token is not None
    return token[1]


def sign_in_by_page(http: Caller, email: str) -> None:
    """Sign in at this browser by the form."""
    data = {"csrf_token": csrf(http, "/signin"), "username": email, "password": PASSWORD}
    assert http.post("/signin", data=data).status_code == 303
