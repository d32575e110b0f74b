"""Document 2, example by example: register, sign in through the browser, tokens, refresh, the person's data, reload."""

import time
from dataclasses import replace

import jwt
import pytest

from idp.clients import service as clients
from tests.contracts.house import Caller, House
from tests.contracts.oauth_provider.application import KEY, NEW_CLIENT, REDIRECT_URL, Surfer, register

TOKEN_MEMBERS = {"access_token", "token_type", "expires_in", "scope", "id_token", "success", "username", "expiry"}


def claims(token: str) -> dict[str, object]:
    """Return what a token says, unchecked."""
    return dict(jwt.decode(token, options={"verify_signature": False}))


def test_register(http: Caller) -> None:
    """A client is registered with the documented members, and the answer has exactly the documented ones."""
    answer = http.post("/clients/register", NEW_CLIENT, headers=KEY)
    body = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert body == {
        "success": True,
        "client_id": body["client_id"],
        "client_secret": body["client_secret"],
        "redirect_url": REDIRECT_URL,
    }
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_whole_way(house: House, http: Caller) -> None:
    """Sent with client_id alone, a person signs in and agrees; the code gives tokens, the refresh token another, and both the data."""
    app, person = register(house), house.member(given_name="Test", family_name="User")
    answer = Surfer(house).walk(app.authorize(state="a state"), person)
    assert answer.keys() == {"code", "state", "iss"}
    before = int(time.time())
    redeemed = app.redeem(answer["code"])
    tokens = redeemed.json()
    assert redeemed.status_code == 200
    assert tokens.keys() == TOKEN_MEMBERS | {"refresh_token"}
    assert (tokens["success"], tokens["username"], tokens["token_type"]) == (True, person.username, "Bearer")
    assert tokens["expiry"] == claims(tokens["access_token"])["exp"]
    assert before + 600 <= tokens["expiry"] <= time.time() + 600
    assert (tokens["expires_in"], tokens["scope"]) == (600, "openid profile email")

    refreshed = app.refresh(tokens["refresh_token"])
    assert refreshed.status_code == 200
    assert refreshed.json().keys() == TOKEN_MEMBERS
    assert (refreshed.json()["success"], refreshed.json()["username"]) == (True, person.username)
    assert refreshed.json()["access_token"] != tokens["access_token"]
    assert refreshed.json()["expiry"] == claims(refreshed.json()["access_token"])["exp"]
    assert app.refresh(tokens["refresh_token"]).status_code == 200  # it stays

    for token in (tokens["access_token"], refreshed.json()["access_token"]):
        told = http.get(f"/user/info?username={person.username}", token=token)
        assert told.status_code == 200
        assert told.json() == {
            "success": True,
            "user_data": {
                "first_name": "Test",
                "last_name": "User",
                "username": person.username,
                "two_factor": False,
                "verified": True,
                "email": person.email,
            },
            "timestamp": told.json()["timestamp"],
        }
        assert before <= told.json()["timestamp"] <= time.time()


def test_reload(house: House, http: Caller) -> None:
    """Reloading answers with the number of clients in the database."""
    first = http.post("/internal/reload-clients", headers=KEY)
    assert (first.status_code, first.json().keys()) == (200, {"success", "clients_loaded"})
    register(house)
    second = http.post("/internal/reload-clients", headers=KEY)
    assert second.json() == {"success": True, "clients_loaded": first.json()["clients_loaded"] + 1}


def test_the_standards_words(house: House) -> None:
    """`code`, `redirect_uri` and a challenge work too, as for every other client."""
    app, person = register(house), house.member()
    sent = {"redirect_uri": REDIRECT_URL, "scope": "openid", "nonce": "n"}
    answer = Surfer(house).walk(app.authorize(**sent), person)
    body = app.post(grant_type="authorization_code", code=answer["code"], redirect_uri=REDIRECT_URL).json()
    assert (body["success"], body["scope"], body["username"]) == (True, "openid", person.username)
    assert claims(body["id_token"])["nonce"] == "n"
    assert "refresh_token" in body


@pytest.mark.parametrize("username", [None, "user.name-1"])
def test_people_with_and_without_a_username(house: House, http: Caller, username: str | None) -> None:
    """Who has chosen no username goes by the random subject, in the token's answer and in the data; never by the address."""
    app = register(house)
    person = house.member(username=username and f"{username}{house.backend[0]}", verified=False)
    tokens = app.tokens(person)
    name = person.username or person.sub
    assert tokens["username"] == name
    data = http.get("/user/info", params={"username": name}, token=tokens["access_token"]).json()["user_data"]
    assert (data["username"], data["email"], data["verified"]) == (name, person.email, False)
    assert http.get("/user/info", params={"username": person.email}, token=tokens["access_token"]).status_code == 403


def test_consent_says_how_long(house: House) -> None:
    """The page of consent tells that the access lasts until it is withdrawn, since a refresh token always comes with it."""
    app, person = register(house), house.member()
    surfer = Surfer(house)
    page = surfer.send(surfer.open(app.authorize()), username=person.email, password=person.password)
    assert "Test App" in page.text
    assert "The access lasts until you withdraw it" in page.text


def test_an_administrators_change_keeps_the_dialect(house: House) -> None:
    """A client that was changed since still speaks as the document says."""
    app, person = register(house), house.member()
    with house.provider.working():
        row = clients.get(app.client_id)
        assert row is not None
        changed = replace(clients.to_metadata(row), client_name="Renamed", dialect=None)
        assert clients.change(row, changed) is row
    assert app.tokens(person)["success"] is True
