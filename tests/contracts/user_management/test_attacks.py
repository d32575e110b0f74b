"""Attacks on document 5: guessing, asking who exists, tokens out of place, somebody else's address, and hostile input."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import event

from idp.base import database
from idp.oauth import direct
from idp.oauth.direct import Caller as Door
from idp.sessions import Device, Proof
from tests.contracts.house import Caller, House, new_name
from tests.contracts.user_management.front_end import (
    NEW_STRONG,
    NO_ACCESS,
    STRONG,
    refresh,
    send_code,
    sign_in,
    wrong,
)
from tests.contracts.user_management.test_shapes import POSTS
from tests.factories import PASSWORD, Provider
from tests.two_factors import count_as_shown, give_app

CODES = "/user/forgot-password"
MEMBERS = (
    "username", "email", "password", "code", "refresh_token", "new_password", "access_token", "change_list",
    "current_password",
)  # fmt: skip
HOSTILE: dict[str, Any] = {
    "NUL": "a\0b",
    "lone surrogate": "\ud800",
    "huge number": 10**400,
    "negative": -1,
    "float": 1e308,
    "boolean": True,
    "list": ["a"],
    "hostile list": ["username", "\ud800"],
    "object": {"$ne": None},
    "long": "x" * 5000,
    "quotes": "' OR 1=1 --",
    "direction": "\u202eann",
    "combining": "e" + "\u0301" * 2000,
}


def at_once(*calls: Callable[[], requests.Response]) -> list[int]:
    """Send several requests at the same time; return their statuses, lowest first."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(answer.status_code for answer in pool.map(lambda call: call(), calls))


@pytest.mark.parametrize("exists", [True, False])
def test_guessing_passwords(house: House, http: Caller, exists: bool) -> None:
    """Five wrong passwords are compared; then the name waits, whether or not somebody has it."""
    name = house.member().username if exists else new_name("ghost")
    answers = [http.post("/user/signin/", {"username": name, "password": f"guess {turn}"}) for turn in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[5].headers["Retry-After"]) > 0
    assert list(answers[5].json()) == ["errors"]


@pytest.mark.parametrize("path", ["/user/update-infos/", "/user/2fa/disable"])
def test_guessing_the_password_with_a_token(house: House, path: str) -> None:
    """Whoever stole an access token may guess the password no more often than at the sign-in."""
    session = sign_in(house)
    give_app(house.provider, session.member)
    count_as_shown(house.provider, session.member)
    body = {"access_token": session.access, "change_list": ["password"], "password": NEW_STRONG}
    guess = {"current_password": "a guess"} if path == "/user/update-infos/" else {"password": "a guess"}
    answers = [session.send(path, body | guess) for _turn in range(6)]
    assert [answer.status_code for answer in answers] == [400] * 5 + [429]


@pytest.mark.parametrize("step", ["check-code", "change-password"])
def test_guessing_mailed_codes(house: House, http: Caller, step: str) -> None:
    """After five wrong codes the right one is as wrong as any; after ten of a day no new one helps."""
    member = house.member()
    for number in (1, 2):
        code = send_code(house, http, member.email, number)
        body = {"email": member.email, "code": wrong(code), "new_password": NEW_STRONG}
        for _turn in range(5):
            http.move()
            assert http.post(f"{CODES}/{step}/", body).status_code == 400
        for last in ("check-code", "change-password"):
            assert http.post(f"{CODES}/{last}/", body | {"code": code}).status_code == 400
    code = send_code(house, http, member.email, 3)
    body = {"email": member.email, "code": code, "new_password": NEW_STRONG}
    assert http.post(f"{CODES}/change-password/", body).status_code == 400
    assert sign_in(house, member)


def test_a_new_code_voids_the_old(house: House, http: Caller) -> None:
    """Only the newest code works, for its own address alone, and not at another interface's reset."""
    member, other = house.member(), house.member()
    old = send_code(house, http, member.email)
    new = send_code(house, http, member.email, 2)
    for email, code in ((member.email, old), (other.email, new), (f"{new_name()}@example.org", new)):
        body = {"email": email, "code": code, "new_password": NEW_STRONG}
        assert http.post(f"{CODES}/check-code/", body).status_code == 400
        assert http.post(f"{CODES}/change-password/", body).status_code == 400
    body = {"email": member.email, "code": new, "new_password": NEW_STRONG}
    assert http.post(f"{CODES}/change-password/", body).status_code == 200


def test_a_code_is_used_once_also_in_a_race(house: House, http: Caller) -> None:
    """Of two changes with the same code at the same time one succeeds."""
    member = house.member()
    body = {"email": member.email, "code": send_code(house, http, member.email), "new_password": NEW_STRONG}
    callers = [house.caller(), house.caller()]
    calls = [lambda caller=caller: caller.post(f"{CODES}/change-password/", body) for caller in callers]
    assert at_once(*calls) == [200, 400]


def test_a_ticket_is_used_once_also_in_a_race(house: House) -> None:
    """Of two requests with the same token and code at the same time one gets a refresh token."""
    member = house.member()
    app = give_app(house.provider, member)
    body = {"username": member.username, "password": PASSWORD}
    headers = {"Authorization": house.caller().post("/user/signin/", body).json()["mfa_token"]}
    code = {"code": app.code()}
    callers = [house.caller(), house.caller()]
    calls = [lambda caller=caller: caller.post("/user/2fa/verify", code, headers=headers) for caller in callers]
    assert at_once(*calls) == [200, 400]


def test_asking_for_a_code_tells_nothing(house: House, http: Caller) -> None:
    """Verified, unverified, closed and unknown addresses get the same answer but for the address; so do codes tried for them."""
    known = house.member("someone")
    closed = house.member("someone", disabled_at=known_instant(house))
    unverified = house.member("someone", verified=False)
    unknown = f"{new_name('someone')}@example.org"
    answers, tried = [], []
    for email in (known.email, closed.email, unverified.email, unknown):
        sent = http.post(f"{CODES}/send-code/", {"email": email})
        local, _, domain = email.partition("@")
        assert sent.json().pop("email") == f"{'*' * (len(local) - 2)}{local[-2:]}@{domain}"
        answers.append((sent.status_code, sorted(sent.json()), sorted(sent.headers)))
        codes = [http.post(f"{CODES}/check-code/", {"email": email, "code": "WRONG1"}) for _turn in range(6)]
        tried.append([(code.status_code, code.text) for code in codes])
    assert all(answer == answers[0] for answer in answers)
    assert all(tries == tried[0] for tries in tried)
    assert house.letter(known.email)
    assert house.letters(closed.email) == house.letters(unknown) == []


def test_asking_for_a_code_is_the_same_work(app: Flask, provider: Provider) -> None:
    """The same statements are sent to the database for somebody and for nobody: the time tells nothing either."""
    provider.person(username="ann")
    statements: list[str] = []
    with app.app_context():
        engine = database.engine()
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_rest: statements.append(statement))
    seen = []
    for email in ("ann@example.org", "bob@example.org"):
        statements.clear()
        assert provider.http.post(f"{CODES}/send-code/", json={"email": email}).status_code == 200
        seen.append(list(statements))
    assert seen[0] == seen[1] != []


def test_tokens_out_of_place(house: House, http: Caller) -> None:
    """Only an access token opens account routes, of any interface; only this document's refresh token refreshes."""
    session = sign_in(house)
    door = Door("contract-3", timedelta(minutes=15), timedelta(days=7))
    with house.provider.account(session.member) as account:
        other = direct.sign_in(door, account, Proof(["pwd"]), Device("127.0.0.1", "tests"))
    header, claims, _signature = session.access.split(".")
    for token in (session.refresh, other.refresh_token, f"{header}.{claims}.", f"{header}.{claims}.AAAA"):
        assert http.post("/user/2fa/enable", headers={"Authorization": token}).json() == NO_ACCESS
        body = {"access_token": token, "change_list": ["username"], "username": new_name()}
        assert http.post("/user/update-infos/", body).json() == NO_ACCESS
    for token in (session.access, other.access_token, other.refresh_token):
        assert refresh(http, token).status_code == 400
    assert http.post("/user/2fa/enable", headers={"Authorization": other.access_token}).status_code == 200
    assert http.post("/auth/token/refresh/", {"refresh_token": session.refresh}).status_code == 401


def test_relying_parties(provider: Provider) -> None:
    """A relying party's tokens open no account route, and a caller's tokens nothing under /oauth."""
    ann, shop = provider.person(username="ann"), provider.client(scope="openid profile email offline_access")
    granted = provider.grant(shop, provider.browser(ann), "openid profile email offline_access")
    for name in ("access_token", "id_token", "refresh_token"):
        headers = {"Authorization": granted[name]}
        assert provider.http.post("/user/2fa/enable", headers=headers).status_code == 400
        assert refresh_in_process(provider, granted[name]) is None
    body = {"username": "ann", "password": PASSWORD}
    token = provider.http.post("/user/signin/", json=body).json["refresh_token"]
    access = refresh_in_process(provider, token)
    assert access is not None
    assert provider.userinfo(access).status_code == 401
    assert provider.refresh(shop, token).status_code == 400


def test_tokens_of_a_closed_account(house: House, http: Caller) -> None:
    """When the account is disabled neither token works, and the number is unknown from then on."""
    session = sign_in(house)
    with house.provider.account(session.member) as account:
        account.disabled_at = account.created_at
    assert not session.is_refreshable
    assert session.send("/user/2fa/enable").json() == NO_ACCESS
    assert http.get(f"/user/{session.member.id}/").status_code == 404


def test_an_address_that_somebody_else_signed_up_with(house: House, http: Caller) -> None:
    """Whoever signed up with another's address loses everything as soon as the owner resets the password."""
    name = new_name("early")
    email = f"{name}@example.org"
    thief = house.caller()
    token = thief.post("/user/signup/", {"username": name, "email": email, "password": STRONG}).json()["refresh_token"]
    access = refresh(thief, token).json()["access_token"]
    later = {"access_token": access, "change_list": ["email"], "email": f"thief{name}@example.org"}
    assert thief.post("/user/update-infos/", later).status_code == 200
    assert thief.post("/user/2fa/enable", headers={"Authorization": access}).status_code == 200
    body = {"email": email, "code": send_code(house, http, email), "new_password": NEW_STRONG}
    assert http.post(f"{CODES}/change-password/", body).status_code == 200
    assert refresh(thief, token).status_code == 400
    assert thief.post("/user/2fa/enable", headers={"Authorization": access}).json() == NO_ACCESS
    assert thief.post("/user/signin/", {"username": name, "password": STRONG}).status_code == 401
    assert http.post("/user/signin/", {"username": email, "password": NEW_STRONG}).status_code == 201


@pytest.mark.parametrize("path", POSTS)
def test_hostile_members(house: House, path: str) -> None:
    """Whatever is sent in whichever member, the answer is a failure of the document's own shape, or an ordinary one."""
    session = sign_in(house)
    for kind, value in HOSTILE.items():
        body = dict.fromkeys(MEMBERS, value)
        for sent in (body, body | {"access_token": session.access, "change_list": ["username", "email", "password"]}):
            raw = json.dumps(sent).encode()
            headers = {"Content-Type": "application/json", "Authorization": session.access}
            answer = session.http.post(path, data=raw, headers=headers)
            session.http.move()
            assert answer.status_code in {200, 400, 401}, f"{kind}: {answer.status_code} {answer.text}"
            if answer.status_code != 200:
                assert answer.json()["errors"], kind
    assert session.is_refreshable
    assert session.http.get(f"/user/{session.member.id}/").json()["username"] == session.member.username


@pytest.mark.parametrize(
    "raw",
    [
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"username": NaN}',
        b'{"a":' + b"[" * 100_000,
        b'{"a":' + b"9" * 5000 + b"}",
    ],
    ids=["null", "list", "text", "bytes", "NaN", "deep", "number"],
)
def test_bodies_that_are_no_object(http: Caller, raw: bytes) -> None:
    """A body that is no JSON object is the route's one client error, in its shape."""
    headers = {"Content-Type": "application/json"}
    for path, status in (("/user/signin/", 401), ("/user/search-username/", 400), ("/user/update-infos/", 400)):
        answer = http.post(path, data=raw, headers=headers)
        assert (answer.status_code, list(answer.json())) == (status, ["errors"])


def known_instant(house: House) -> Any:
    """Return an instant at which an account was disabled: that of another's making."""
    with house.provider.account(house.member()) as account:
        return account.created_at


def refresh_in_process(provider: Provider, token: str) -> str | None:
    """Trade a refresh token for an access token at the application in this process."""
    answer = provider.http.post("/user/refresh-access-jwt/", json={"refresh_token": token})
    return str(answer.json["access_token"]) if answer.status_code == 200 else None
