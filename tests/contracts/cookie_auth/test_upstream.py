"""Document 3 through Google and GitHub, over real HTTP at both ends: a stand-in for the providers, and a running server."""

from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from idp.factors import policy
from idp.factors.policy import Required
from tests.contracts.conftest import OpenHouse
from tests.contracts.cookie_auth.front_end import (
    ACCESS,
    REFRESH,
    account_of,
    cookies_of,
    is_accepted,
    log_in,
    new_address,
    refreshes,
    sign_up,
)
from tests.contracts.house import Caller, House, new_name
from tests.factories import CSRF, PASSWORD
from tests.federation import stand_in
from tests.federation.stand_in import CLIENT_ID, CLIENT_SECRET, Human, StandIn
from tests.two_factors import give_app

FAILED = {
    "google": {"msg": "Google authentication failed"},
    "github": {"msg": "Github authentication failed"},
}
PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def _stand() -> Iterator[StandIn]:
    with stand_in.running() as stand:
        yield stand


@pytest.fixture
def stand(_stand: StandIn) -> StandIn:
    """The stand-in, as good as new, and at it somebody whom this server has never seen."""
    _stand.reset()
    _stand.human = Human(id=abs(hash(new_name())), login="octocat", email=new_address())
    return _stand


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, open_own: OpenHouse, _stand: StandIn) -> Iterator[House]:
    """A server that is registered at both providers."""
    own = {"IDP_GOOGLE_ISSUER": _stand.url, "IDP_GITHUB_URL": _stand.url, "IDP_GITHUB_API_URL": _stand.url}
    for name in ("GOOGLE", "GITHUB"):
        own |= {f"IDP_{name}_CLIENT_ID": CLIENT_ID, f"IDP_{name}_CLIENT_SECRET": CLIENT_SECRET}
    with open_own(request.param, **own) as opened:
        yield opened


def travel(http: Caller, key: str) -> str:
    """Start, go to the provider, and return the path by which it sends the browser back."""
    start = http.get(f"/auth/{key}", headers=PAGE)
    assert start.status_code == 303, start.text
    back = requests.get(start.headers["Location"], allow_redirects=False, timeout=10)
    parts = urlsplit(back.headers["Location"])
    assert parts.path == f"/auth/{key}/callback"
    return f"{parts.path}?{parts.query}"


def come_in(http: Caller, key: str) -> requests.Response:
    """Walk the whole way; return the callback's answer."""
    return http.get(travel(http, key), headers=PAGE)


def submit(http: Caller, path: str, **fields: str) -> requests.Response:
    """Open a page of the server and send its form."""
    page = http.get(path, headers=PAGE)
    token = CSRF.search(page.text)
    assert token is not None, page.text[:1000]
    return http.ask("POST", path, data={"csrf_token": unescape(token[1])} | fields, headers=PAGE)


@pytest.mark.parametrize("key", ["google", "github"])
def test_a_new_person(house: House, http: Caller, stand: StandIn, key: str) -> None:
    """Somebody new gets an account and both cookies, is led to choose a username, and from then on to their own page."""
    email = str(stand.human.email)
    answer = come_in(http, key)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/auth/username")
    tokens = cookies_of(answer)
    for name, seconds in ((ACCESS, "900"), (REFRESH, "604800")):
        attributes = {key: text for key, text in tokens[name].attributes.items() if key != "expires"}
        assert attributes == {"max-age": seconds, "path": "/", "samesite": "Lax", "httponly": ""}
    account = account_of(house, email)
    assert (account.username, account.is_verified, account.password_hash) == (None, True, None)
    assert jwt.decode(tokens[ACCESS].value, options={"verify_signature": False})["amr"] == ["fed"]
    assert is_accepted(http, tokens[ACCESS].value)
    assert http.get("/auth/username", headers=PAGE).status_code == 200
    name = new_name("octo")
    assert http.post("/auth/username", {"username": name}, token=tokens[ACCESS].value).status_code == 200
    again = come_in(house.caller(), key)
    assert (again.status_code, again.headers["Location"]) == (303, f"/u/{name}")
    assert {ACCESS, REFRESH} <= set(cookies_of(again))


@pytest.mark.parametrize("key", ["google", "github"])
def test_a_person_with_an_account(house: House, http: Caller, stand: StandIn, key: str) -> None:
    """An account with the same address, verified on both sides, is the one that is signed in."""
    member = house.member()
    stand.human.email = member.email
    answer = come_in(http, key)
    assert answer.headers["Location"] == f"/u/{member.username}"
    claims = jwt.decode(cookies_of(answer)[ACCESS].value, options={"verify_signature": False})
    assert claims["sub"] == member.sub
    assert refreshes(http)


@pytest.mark.parametrize("key", ["google", "github"])
def test_failures(house: House, http: Caller, stand: StandIn, key: str) -> None:
    """Whatever goes wrong is the document's one member, and sets no token: denied, replayed, forged, foreign, or unverified."""
    stand.denies = True
    answers = [come_in(http, key)]
    stand.denies = False
    member = house.member()
    stand.human.email, stand.human.verified = member.email, False
    answers.append(come_in(http, key))
    stand.human.email, stand.human.verified = new_address(), True
    back = travel(http, key)
    answers.append(house.caller().get(back, headers=PAGE))  # another browser
    state = parse_qs(urlsplit(back).query)["state"][0]
    answers.append(http.get(f"/auth/{key}/callback?code=forged&state={state}", headers=PAGE))
    answers.append(http.get(back, headers=PAGE))  # the state is used up
    answers += [
        http.get(f"/auth/{key}/callback{query}", headers=PAGE) for query in ("", "?code=1&state=2", "?state=%ff")
    ]
    other = "github" if key == "google" else "google"
    answers.append(http.get(travel(http, key).replace(f"/{key}/", f"/{other}/"), headers=PAGE))
    assert [answer.json() for answer in answers] == [FAILED[key]] * (len(answers) - 1) + [FAILED[other]]
    assert [answer.status_code for answer in answers] == [401, 401, 400, 401, 400, 400, 400, 400, 400]
    assert all({ACCESS, REFRESH}.isdisjoint(cookies_of(answer)) for answer in answers)


def test_a_second_factor_is_shown_first(house: House, http: Caller, stand: StandIn) -> None:
    """With a second factor the provider alone yields no cookie; after the code the browser passes it once more and gets them."""
    member = house.member()
    app = give_app(house.provider, member)
    stand.human.email = member.email
    for _time in range(2):
        answer = come_in(http, "google")
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/signin/code?next=%2Fauth%2Fgoogle"
        assert {ACCESS, REFRESH}.isdisjoint(cookies_of(answer))
    shown = submit(http, answer.headers["Location"], code=app.code())
    assert (shown.status_code, shown.headers["Location"]) == (303, "/auth/google")
    answer = come_in(http, "google")
    assert answer.headers["Location"] == f"/u/{member.username}"
    claims = jwt.decode(cookies_of(answer)[ACCESS].value, options={"verify_signature": False})
    assert (claims["acr"], {"fed", "otp", "mfa"} <= set(claims["amr"])) == ("2", True)


def test_a_second_factor_of_another_session_does_not_count(house: House, http: Caller, stand: StandIn) -> None:
    """Who is signed in here as somebody else, or was before the factor was set up, is asked for the code all the same."""
    member, other = house.member(), house.member()
    assert submit(http, "/signin", username=other.email, password=PASSWORD).status_code == 303
    stand.human.email = member.email
    give_app(house.provider, member)
    answer = come_in(http, "google")
    assert answer.headers["Location"].startswith("/signin/code?")
    early = house.caller()
    assert submit(early, "/signin", username=other.email, password=PASSWORD).status_code == 303
    give_app(house.provider, other)
    stand.human = Human(id=stand.human.id + 1, email=other.email)
    answer = come_in(early, "google")
    assert answer.headers["Location"].startswith("/signin/code?")
    assert {ACCESS, REFRESH}.isdisjoint(cookies_of(answer))
    assert early.get(answer.headers["Location"], headers=PAGE).status_code == 200


def test_a_second_factor_that_is_required_is_set_up_first(house: House, http: Caller, stand: StandIn) -> None:
    """Where everybody must have a second factor, nobody gets cookies without one; pages lead to where it is set up."""
    with house.provider.working():
        policy.put(Required.EVERYBODY, actor="tests")
    try:
        answer = come_in(http, "github")
        assert answer.headers["Location"] == "/account/security?next=%2Fauth%2Fgithub"
        assert {ACCESS, REFRESH}.isdisjoint(cookies_of(answer))
        body = {"fullName": "John Doe", "email": new_address(), "password": PASSWORD}
        signed_up = http.post("/auth/signup", body)
        assert (signed_up.status_code, cookies_of(signed_up)) == (201, {})
        assert log_in(http, str(body["email"])).status_code == 401
    finally:
        with house.provider.working():
            policy.put(Required.NOBODY, actor="tests")


def test_a_pre_registered_address_goes_to_its_owner(house: House, http: Caller, stand: StandIn) -> None:
    """Who signed up with somebody's address, without proving it, loses everything when the owner comes in by a provider."""
    thief = house.caller()
    sign_up(thief, str(stand.human.email))
    assert refreshes(thief)
    assert come_in(http, "google").headers["Location"] == "/auth/username"
    assert not refreshes(thief)
    assert log_in(thief, str(stand.human.email)).status_code == 401


def test_a_provider_that_is_not_configured(open_own: OpenHouse) -> None:
    """Without a client at the provider the start is 503 in the document's shape, and the callback 503 in its own."""
    with open_own("sqlite") as house:
        for key, failed in FAILED.items():
            start = house.caller().get(f"/auth/{key}", headers=PAGE)
            assert (start.status_code, set(start.json())) == (503, {"success", "message"})
            back = house.caller().get(f"/auth/{key}/callback?code=1&state=2", headers=PAGE)
            assert (back.status_code, back.json()) == (503, failed)
