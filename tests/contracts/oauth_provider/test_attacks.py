"""Attacks on document 2: the key, hostile registrations, tokens out of place, other people's data, codes used twice."""

import json
from typing import Any

import pytest
import requests

from idp.base import database
from tests.contracts.house import ADMIN_KEY, LISTED_ORIGIN, Caller, House
from tests.contracts.oauth_provider.application import KEY, NEW_CLIENT, REDIRECT_URL, Application, Surfer, register
from tests.factories import PASSWORD
from tests.support.events import search as events_of

ADMINISTRATION = ("/clients/register", "/internal/reload-clients")


def is_shaped(answer: requests.Response, status: int) -> bool:
    """Return whether a failure has this status and the document's shape."""
    body = answer.json()
    return answer.status_code == status and body.keys() == {"success", "error"} and body["success"] is False


@pytest.mark.parametrize("path", ADMINISTRATION)
@pytest.mark.parametrize("key", [None, "", "wrong", ADMIN_KEY[:-1], ADMIN_KEY + "x", ADMIN_KEY.upper(), "\xff\xfe"])
def test_a_wrong_key(http: Caller, path: str, key: str | None) -> None:
    """Without the key, and with one that is almost right, both endpoints answer 403 before they look at the body."""
    headers = {} if key is None else {"X-Admin-Key": key.encode("latin-1")}
    assert is_shaped(http.post(path, data=b"{not JSON", headers=headers | {"Content-Type": "application/json"}), 403)
    assert is_shaped(http.post(path, NEW_CLIENT, headers=headers), 403)


def test_no_key_is_set(open_own: Any) -> None:
    """While no key is set both endpoints answer 403, to an empty key too."""
    with open_own("sqlite", IDP_ADMIN_KEY="") as house:
        for path in ADMINISTRATION:
            for headers in ({}, {"X-Admin-Key": ""}, KEY):
                assert is_shaped(house.caller().post(path, NEW_CLIENT, headers=headers), 403)


def test_every_use_is_on_record(house: House) -> None:
    """The log has every use of the key, right or wrong, with its source and without the key."""
    http = house.caller()
    source = str(http.http.headers["X-Forwarded-For"])
    http.post("/internal/reload-clients", headers=KEY)
    http.post("/internal/reload-clients", headers={"X-Admin-Key": "wrong"})
    http.post("/clients/register", NEW_CLIENT, headers=KEY)
    with house.provider.working():
        events = list(database.session().scalars(events_of(source)))
        found = [(event.event, event.outcome, event.detail["path"]) for event in reversed(events)]
        assert ADMIN_KEY not in json.dumps([event.detail for event in events])
    assert found == [
        ("admin_key.used", "success", "/internal/reload-clients"),
        ("admin_key.used", "failure", "/internal/reload-clients"),
        ("admin_key.used", "success", "/clients/register"),
    ]


@pytest.mark.parametrize(
    ("changes", "member"),
    [
        ({"redirect_url": "http://app.example/callback"}, "redirect_url"),
        ({"redirect_url": "https://app.example/#part"}, "redirect_url"),
        ({"redirect_url": "https://me@app.example/"}, "redirect_url"),
        ({"redirect_url": "https://*.example/"}, "redirect_url"),
        ({"redirect_url": "javascript:alert(1)"}, "redirect_url"),
        ({"redirect_url": "com.example.app:/callback"}, "redirect_url"),
        ({"redirect_url": "/callback"}, "redirect_url"),
        ({"redirect_url": ""}, "redirect_url"),
        ({"redirect_url": "https://[::1"}, "redirect_url"),
        ({"redirect_url": ["https://app.example/"]}, "redirect_url"),
        ({"redirect_url": None}, "redirect_url"),
        ({"app_name": "  "}, "app_name"),
        ({"app_name": "x" * 201}, "app_name"),
        ({"app_name": "Shop\u202e"}, "app_name"),
        ({"app_name": 7}, "app_name"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"contact_email": True}, "contact_email"),
        ({"app_name": "a\0b"}, ""),
        ({"contact_email": "\ud800"}, ""),
    ],
)
def test_bad_registrations(http: Caller, changes: dict[str, Any], member: str) -> None:
    """Each bad member answers 400 and is named."""
    body = json.dumps(NEW_CLIENT | changes)
    answer = http.post("/clients/register", data=body, headers=KEY | {"Content-Type": "application/json"})
    assert is_shaped(answer, 400)
    assert member in answer.json()["error"]


@pytest.mark.parametrize("member", sorted(NEW_CLIENT))
def test_missing_members(http: Caller, member: str) -> None:
    """A missing member answers 400."""
    body = {name: value for name, value in NEW_CLIENT.items() if name != member}
    answer = http.post("/clients/register", body, headers=KEY)
    assert is_shaped(answer, 400)
    assert answer.json()["error"].startswith(member)


def test_other_requests_have_the_documents_shape(http: Caller) -> None:
    """Bad JSON, deep JSON, other methods and media types, and a huge body fail in the document's shape."""
    post, typed = http.post, KEY | {"Content-Type": "application/json"}
    assert is_shaped(post("/clients/register", data=b"{", headers=typed), 400)
    assert is_shaped(post("/clients/register", data=b"[" * 100_000, headers=typed), 400)
    assert is_shaped(post("/clients/register", data=b"[]", headers=typed), 400)
    assert is_shaped(post("/clients/register", headers=KEY), 400)
    assert is_shaped(post("/clients/register", data={"app_name": "Shop"}, headers=KEY), 415)
    for path in (*ADMINISTRATION, "/user/info"):
        assert is_shaped(http.ask("DELETE", path), 405)
    foreign = KEY | {"Origin": "https://evil.example"}
    assert is_shaped(post("/internal/reload-clients", headers=foreign), 403)
    assert post("/internal/reload-clients", headers=KEY | {"Origin": LISTED_ORIGIN}).status_code == 200
    # Last, since the server closes the connection, with the body still on its way.
    assert is_shaped(post("/clients/register", data=b'"' + b"x" * 300_000 + b'"', headers=typed), 413)


def test_registered_clients_cannot_be_called_as_one_likes(http: Caller) -> None:
    """Members that the document does not know choose nothing: neither identifier, nor secret, nor scope, nor trust."""
    more = {"client_id": "contract-1", "client_secret": "12345678", "scope": "account", "first_party": True}
    answer = http.post("/clients/register", NEW_CLIENT | more, headers=KEY)
    assert answer.status_code == 200
    assert answer.json()["client_id"] != "contract-1"
    assert len(answer.json()["client_secret"]) == 43


def test_only_ones_own_data(house: House, http: Caller) -> None:
    """Another person's username is 403, no username 400; letter case does not matter, as nowhere for usernames."""
    app, ann, bob = register(house), house.member(), house.member()
    token = app.tokens(ann)["access_token"]
    for name in (bob.username, "nobody", ann.sub, ann.email, ann.username + "\u0131", "*"):
        assert is_shaped(http.get("/user/info", params={"username": name}, token=token), 403)
    assert is_shaped(http.get("/user/info", token=token), 400)
    assert is_shaped(http.get("/user/info?username=", token=token), 400)
    assert is_shaped(http.get("/user/info?username=%00", token=token), 400)
    assert http.get("/user/info", params={"username": ann.username.upper()}, token=token).status_code == 200


def test_tokens_out_of_place(house: House, http: Caller) -> None:
    """Refresh, ID and mfa tokens, rubbish, and tokens of narrower scopes or other interfaces do not open the data."""
    app, ann = register(house), house.member()
    path = f"/user/info?username={ann.username}"
    tokens = app.tokens(ann)
    for token in (tokens["refresh_token"], tokens["id_token"], "rubbish", "a.b.c", tokens["access_token"] + "x"):
        assert is_shaped(http.get(path, token=token), 401)
    assert is_shaped(http.get(path), 401)
    assert http.get(path).headers["WWW-Authenticate"] == "Bearer"
    assert is_shaped(http.get(path, headers={"Authorization": f"Basic {tokens['access_token']}"}), 401)
    assert is_shaped(http.get(f"{path}&access_token={tokens['access_token']}"), 401)
    for scope in ("openid", "openid profile", "email"):
        narrow = app.tokens(ann, scope=scope, prompt="consent")["access_token"]
        assert is_shaped(http.get(path, token=narrow), 403)
    account = http.post("/auth/login/", {"username": ann.username, "password": PASSWORD}).json()
    assert is_shaped(http.get(path, token=account["access"]), 403)
    assert is_shaped(http.get(path, token=account["refresh"]), 401)


def test_its_tokens_open_nothing_else(house: House, http: Caller) -> None:
    """An application's access token opens no account route, and its refresh token works under no other interface."""
    tokens = register(house).tokens(house.member())
    for token in (tokens["access_token"], tokens["refresh_token"], tokens["id_token"]):
        assert http.get("/users/me/", token=token).status_code == 401
        assert http.post("/auth/token/refresh/", {"refresh": token}).status_code == 401
    assert http.get("/oauth/userinfo", token=tokens["access_token"]).status_code == 200


def test_failures_of_the_token_endpoint(house: House) -> None:
    """Each failure has the standard's members and `success`; of a client that nobody knows, the standard's alone."""
    app, ann = register(house), house.member()
    other = register(house)
    code = Surfer(house).walk(app.authorize(), ann)["code"]
    cases = [
        (app.redeem("rubbish"), 400, "invalid_grant"),
        (other.redeem(code), 400, "invalid_grant"),
        (app.post(grant_type="authorization_code"), 400, "invalid_request"),
        (app.post(grant_type="password", username="a", password="b"), 400, "unsupported_grant_type"),
        (app.post(grant_type="client_credentials"), 400, "unauthorized_client"),
        (app.post(), 400, "invalid_request"),
        (app.redeem(code, redirect_uri="https://localhost:8080/other"), 400, "invalid_grant"),
        (app.refresh("rubbish"), 400, "invalid_grant"),
        (Application(house, app.client_id, "wrong").redeem(code), 401, "invalid_client"),
    ]
    for answer, status, error in cases:
        body = answer.json()
        assert (answer.status_code, body["error"], body["success"]) == (status, error, False)
        assert body.keys() <= {"success", "error", "error_description"}
    unknown = Application(house, "nobody", "wrong").redeem(code)
    assert (unknown.status_code, unknown.json()["error"]) == (401, "invalid_client")
    assert "success" not in unknown.json()


def test_a_code_works_once(house: House, http: Caller) -> None:
    """A code used twice ends what its first use gave; another application's code and refresh token are refused."""
    app, other, ann = register(house), register(house), house.member()
    code = Surfer(house).walk(app.authorize(), ann)["code"]
    tokens = app.redeem(code).json()
    assert other.refresh(tokens["refresh_token"]).status_code == 400
    assert app.refresh(tokens["refresh_token"]).status_code == 200
    assert app.redeem(code).json()["error"] == "invalid_grant"
    assert app.refresh(tokens["refresh_token"]).status_code == 400
    assert is_shaped(http.get(f"/user/info?username={ann.username}", token=tokens["access_token"]), 401)


def test_redirect_urls_are_still_compared(house: House) -> None:
    """A redirect URI that is sent has to be the registered one; otherwise nobody is redirected."""
    app = register(house)
    for uri in ("https://evil.example/", f"{REDIRECT_URL}/more", "https://localhost:8081/test"):
        answer = house.caller().get(app.authorize(redirect_uri=uri))
        assert (answer.status_code, answer.headers.get("Location")) == (400, None)
    twice = f"{app.authorize()}&redirect_uri=https%3A%2F%2Fevil.example&redirect_uri=https%3A%2F%2Fevil.example"
    assert house.caller().get(twice).status_code == 400


def test_no_account_scope(house: House) -> None:
    """An application cannot obtain the scope that account routes ask for."""
    app, ann = register(house), house.member()
    assert Surfer(house).walk(app.authorize(scope="account"), ann)["error"] == "invalid_scope"
    tokens = app.tokens(ann)
    answer = app.post(grant_type="refresh_token", refresh_token=tokens["refresh_token"], scope="openid account")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
