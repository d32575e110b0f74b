"""Attacks on documents 1 and 4: guessing, asking who exists, tokens out of place, somebody else's address, and hostile input."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from idp.base import database
from idp.oauth import direct
from idp.oauth.direct import Caller as Door
from idp.sessions import Device, Proof
from tests.contracts.accounts_bearer.signed_in import NEW_PASSWORD, sign_in
from tests.contracts.house import Caller, House, new_name
from tests.factories import PASSWORD, Provider

LOGINS = ("/auth/login/", "/auth/token/", "/auth/jwt/create/")
POSTS = (
    "/auth/register/", "/users/", *LOGINS, "/auth/logout/", "/auth/token/revoke/", "/auth/token/refresh/",
    "/auth/jwt/refresh/", "/auth/password/reset/", "/auth/password/reset/confirm/", "/auth/password/change/",
)  # fmt: skip
MEMBERS = (
    "username", "email", "password", "first_name", "code", "refresh_token", "refresh", "token", "new_password",
    "old_password", "profile_picture", "current_password",
)  # fmt: skip
HOSTILE: dict[str, Any] = {
    "NUL": "a\0b",
    "lone surrogate": "\ud800",
    "huge number": 10**400,
    "negative": -1,
    "float": 1e308,
    "boolean": True,
    "list": ["a"],
    "object": {"$ne": None},
    "long": "x" * 5000,
    "quotes": "' OR 1=1 --",
    "direction": "\u202eann",
    "combining": "e" + "\u0301" * 2000,
}


@pytest.mark.parametrize("exists", [True, False])
def test_guessing_passwords(house: House, exists: bool) -> None:
    """Five wrong passwords are compared, at whichever addresses; then the account waits, and so does a name that nobody has."""
    name = house.member().username if exists else new_name("ghost")
    http = house.caller()
    answers = [http.post(LOGINS[turn % 3], {"username": name, "password": f"guess {turn}"}) for turn in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[5].headers["Retry-After"]) > 0
    assert answers[5].json()["error"] == "Too Many Requests"


def test_guessing_the_old_password(house: House) -> None:
    """Whoever stole an access token may guess the old password no more often than at the sign-in."""
    session = sign_in(house)
    body = {"old_password": "a guess", "new_password": NEW_PASSWORD}
    answers = [session.http.post("/auth/password/change/", body, token=session.access) for _turn in range(6)]
    assert [answer.status_code for answer in answers] == [400] * 5 + [429]


@pytest.mark.parametrize("member", ["email", "username"])
def test_resets_tell_nobody_who_exists(app: Flask, provider: Provider, member: str) -> None:
    """A reset answers the same, with the same work in the database, for somebody and for nobody."""
    provider.person(username="ann")
    known, unknown = ("ann@example.org", "bob@example.org") if member == "email" else ("ann", "bob")
    statements: list[str] = []
    with app.app_context():
        engine = database.engine()
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_rest: statements.append(statement))
    seen = []
    for name in (known, unknown):
        statements.clear()
        answer = provider.http.post("/auth/password/reset/", json={member: name})
        seen.append((answer.status_code, answer.data, sorted(answer.headers.keys()), list(statements)))
    assert seen[0] == seen[1]
    assert seen[0][3]


def test_tokens_out_of_place(house: House, http: Caller) -> None:
    """Refresh tokens, forged and altered tokens are no access tokens; an access token is no refresh token."""
    session = sign_in(house)
    header, claims, signature = session.access.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').rstrip(b"=").decode()
    other = json.loads(base64.urlsafe_b64decode(claims + "=="))
    other["sub"] = house.member().sub
    altered = base64.urlsafe_b64encode(json.dumps(other).encode()).rstrip(b"=").decode()
    for token in (
        session.refresh,
        f"{none}.{claims}.",
        f"{none}.{claims}.{signature}",
        f"{header}.{altered}.{signature}",
        f"{header}.{claims}.",
        "",
    ):
        for path in ("/users/me/", "/users/profile/"):
            assert http.get(path, token=token).status_code == 401
    assert http.get("/users/me/", headers={"Authorization": session.access}).status_code == 401
    assert http.get("/users/me/", headers={"Authorization": f"Basic {session.access}"}).status_code == 401
    assert http.get(f"/users/me/?access_token={session.access}").status_code == 401
    assert http.post("/auth/token/refresh/", {"refresh": session.access}).status_code == 401
    assert http.post("/auth/logout/", {"refresh_token": session.access}).status_code == 401
    assert session.is_alive


def test_tokens_of_another_door(house: House, http: Caller) -> None:
    """Another interface's access token works on account routes, as promised; its refresh token neither refreshes nor logs out."""
    member = house.member()
    door = Door("contract-3", timedelta(minutes=15), timedelta(days=7))
    with house.provider.account(member) as account:
        pair = direct.sign_in(door, account, Proof(["pwd"]), Device("127.0.0.1", "tests"))
    assert http.get("/users/me/", token=pair.access_token).json()["id"] == member.id
    for path in ("/auth/token/refresh/", "/auth/jwt/refresh/", "/auth/logout/"):
        assert http.post(path, {"refresh_token": pair.refresh_token}).status_code == 401
    assert http.get("/users/me/", token=pair.access_token).status_code == 200


def test_relying_parties_and_account_routes(provider: Provider) -> None:
    """A relying party's tokens open no account route, and a caller's tokens nothing under /oauth."""
    ann, shop = provider.person(), provider.client(scope="openid profile email offline_access")
    granted = provider.grant(shop, provider.browser(ann), "openid profile email offline_access")
    for name in ("access_token", "id_token", "refresh_token"):
        headers = {"Authorization": f"Bearer {granted[name]}"}
        assert provider.http.get("/users/me/", headers=headers).status_code == 401
    assert provider.http.post("/auth/token/refresh/", json={"refresh": granted["refresh_token"]}).status_code == 401
    pair = provider.http.post("/auth/login/", json={"email": ann.email, "password": PASSWORD}).json
    assert provider.userinfo(pair["access"]).status_code == 401
    assert provider.refresh(shop, pair["refresh"]).status_code == 400
    for token in (pair["access"], pair["refresh"]):
        assert provider.introspect(shop, token).json == {"active": False}
        provider.revoke(shop, token)
    headers = {"Authorization": f"Bearer {pair['access']}"}
    assert provider.http.get("/users/me/", headers=headers).status_code == 200
    for form in (
        {"grant_type": "refresh_token", "refresh_token": pair["refresh"], "client_id": "contract-1"},
        {"grant_type": "password", "username": ann.email, "password": PASSWORD, "client_id": "contract-1"},
    ):
        assert provider.http.post("/oauth/token", data=form).status_code in {400, 401}


def test_an_address_that_somebody_else_signed_up_with(house: House, http: Caller) -> None:
    """Whoever signed up with another's address loses everything as soon as the owner resets the password."""
    address = f"{new_name('owner')}@example.org"
    thief = {"username": new_name("thief"), "email": address, "password": "thief's own words"}
    assert http.post("/users/", thief).status_code == 201
    pair = http.post("/auth/login/", {"email": address, "password": thief["password"]}).json()
    assert http.get("/users/me/", token=pair["access"]).json()["email_verified"] is False
    moved = http.patch("/users/me/", {"email": f"{new_name('thief')}@example.net"}, token=pair["access"])
    assert moved.json()["pending_email"]
    owner = house.caller()
    assert owner.post("/users/", thief | {"username": new_name()}).status_code == 409
    owner.post("/auth/password/reset/", {"email": address})
    token = house.letter(address, subject="reset").token
    body = {"token": token, "new_password": NEW_PASSWORD}
    assert owner.post("/auth/password/reset/confirm/", body).status_code == 200
    assert http.get("/users/me/", token=pair["access"]).status_code == 401
    assert http.post("/auth/token/refresh/", {"refresh": pair["refresh"]}).status_code == 401
    assert http.post("/auth/login/", {"email": address, "password": thief["password"]}).status_code == 401
    access = owner.post("/auth/token/", {"email": address, "password": NEW_PASSWORD}).json()["access_token"]
    me = owner.get("/users/me/", token=access).json()
    assert (me["email_verified"], me["pending_email"]) == (True, None)


def test_members_that_are_nobodys_to_set(house: House, http: Caller) -> None:
    """What callers may not decide is ignored, at the sign-up and in the profile."""
    name = new_name()
    more = {"id": 1, "sub": "x", "is_admin": True, "email_verified": True, "email_verified_at": "2020-01-01T00:00:00"}
    registered = {"username": name, "email": f"{name}@example.org", "password": PASSWORD} | more
    assert http.post("/auth/register/", registered).status_code == 201
    access = http.post("/auth/token/", {"username": name, "password": PASSWORD}).json()["access_token"]
    before = http.get("/users/me/", token=access).json()
    assert before["email_verified"] is False
    assert http.put("/users/me/", more | {"password": "another password"}, token=access).status_code == 200
    assert http.get("/users/me/", token=access).json() == before


@pytest.mark.parametrize("path", POSTS)
def test_hostile_members(house: House, path: str) -> None:
    """Whatever is sent in whichever member, the answer is a failure of the document's own shape, or an ordinary one."""
    session = sign_in(house)
    for kind, value in HOSTILE.items():
        raw = json.dumps(dict.fromkeys(MEMBERS, value)).encode()
        headers = {"Content-Type": "application/json"}
        answer = session.http.post(path, data=raw, headers=headers, token=session.access)
        assert answer.status_code in {202, 400, 401}, f"{kind}: {answer.status_code} {answer.text}"
        assert answer.json().get("error") or answer.status_code == 202, kind
    assert session.is_alive


@pytest.mark.parametrize("path", ["/users/me/", "/auth/login/"])
@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"username": NaN}',
        b'{"a":' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"a":' + b"[" * 100_000,
        b'{"a":' + b"9" * 5000 + b"}",
    ],
    ids=["open", "null", "list", "text", "bytes", "NaN", "deep", "very deep", "number"],
)
def test_bodies_that_are_no_object(house: House, path: str, raw: bytes) -> None:
    """A body that is no JSON object answers 400 in the document's shape (200 where its unknown member is merely deep)."""
    session = sign_in(house)
    method = "PATCH" if path == "/users/me/" else "POST"
    headers = {"Content-Type": "application/json"}
    answer = session.http.ask(method, path, data=raw, headers=headers, token=session.access)
    is_ignored = method == "PATCH" and b"[" * 900 in raw and raw.endswith(b"}")
    assert answer.status_code == (200 if is_ignored else 400), answer.text
    assert answer.headers["Content-Type"] == "application/json"
