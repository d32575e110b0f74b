"""The frame of document 3's routes: the shape of every failure, what browsers may send, strange input, and request limits."""

import json
from typing import Any, get_args

import pytest
from flask import Flask

from idp.base.outcome import Reason, Refused
from idp.contracts.cookies.shapes import adapter
from idp.contracts.kit import operations
from idp.signin import doors
from tests.contracts.conftest import OpenHouse
from tests.contracts.cookie_auth.front_end import ACCESS, REFRESH, cookies_of, log_in, new_address, refreshes
from tests.contracts.house import LISTED_ORIGIN, Caller, House
from tests.factories import Provider

ADDRESS = {"email": "somebody@example.com"}
BODIES: dict[str, dict[str, Any]] = {
    "/auth/signup": {"fullName": "John Doe", **ADDRESS, "password": "yourStrongPassword123"},
    "/auth/login": {**ADDRESS, "password": "yourStrongPassword123", "code": "123456"},
    "/auth/verify-email": {**ADDRESS, "code": "123456"},
    "/auth/resend-otp": {**ADDRESS, "type": "verify"},
    "/auth/forgot-password": ADDRESS,
    "/auth/verify-reset-otp": {**ADDRESS, "code": "123456"},
    "/auth/reset-password": {**ADDRESS, "newPassword": "newSecurePassword123", "resetToken": "x"},
}
BODYLESS = ("/auth/refresh", "/auth/logout")
STRANGE = ["a\0b", "\ud800", "x" * 5000, 7, 10**400, -0.5, True, None, [], ["a"], {}, {"$ne": ""}]


def shape_of(path: str) -> set[str]:
    """Return the members of a failure at a path."""
    return {"message"} if path == "/auth/refresh" else {"success", "message"}


@pytest.mark.parametrize("path", [*BODIES, *BODYLESS, "/auth/username"])
def test_every_failure_has_the_shape(http: Caller, path: str) -> None:
    """A wrong method, media type or size, and bad JSON, are answered with the document's members and the right status."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    broken = {"Content-Type": "application/json"}
    # The server reads no more of a body that is too large, and the connection ends with it.
    large = broken | {"Connection": "close"}
    answers = {
        405: http.ask("DELETE", path, headers={"Accept": "text/html"}),
        413: http.ask("POST", path, data=b'{"email": "' + b"x" * 300_000 + b'"}', headers=large),
        415: http.ask("POST", path, data="email=somebody", headers=form),
        400: http.ask("POST", path, data=b"{", headers=broken),
    }
    if path == "/auth/username":
        answers = {405: answers[405], 413: answers[413], 401: http.post(path, {"username": "x"})}
    for status, answer in answers.items():
        assert (answer.status_code, set(answer.json())) == (status, shape_of(path)), answer.text
    assert "POST" in answers[405].headers["Allow"]


@pytest.mark.parametrize("path", BODIES)
def test_strange_input(http: Caller, path: str) -> None:
    """NUL, lone surrogates, huge numbers and wrong types in any member are refused in words, never by a surprise."""
    for name in BODIES[path]:
        for value in STRANGE:
            raw = json.dumps(BODIES[path] | {name: value})
            answer = http.ask("POST", path, data=raw, headers={"Content-Type": "application/json"})
            is_left_out = value is None and name in {"code", "resetToken"}
            expected = {400, 401} if is_left_out or (name, value) == ("resetToken", "x") else {400}
            assert answer.status_code in expected, (name, value, answer.text)
            assert set(answer.json()) == {"success", "message"}


@pytest.mark.parametrize(
    "raw", [b"[]", b'"x"', b"1", b"null", b"NaN", b"[" * 100_000, b'{"a":' * 20_000, b"\xff\xfe", b"{}{}"]
)
def test_bodies_that_are_no_objects(http: Caller, raw: bytes) -> None:
    """What is no JSON object, however deep, is 400 on every route that takes a body."""
    for path in ("/auth/login", "/auth/logout"):
        answer = http.ask("POST", path, data=raw, headers={"Content-Type": "application/json"})
        assert (answer.status_code, set(answer.json())) == (400, {"success", "message"})


@pytest.mark.parametrize("value", ["\x80\xff", "a" * 3000, "a.b.c", '"quoted"', "\xed\xa0\x80"])
def test_strange_cookies(http: Caller, value: str) -> None:
    """A cookie of any bytes is no refresh token, and nothing worse."""
    headers = {"Cookie": f"{REFRESH}={value}".encode("latin-1")}
    answer = http.ask("POST", "/auth/refresh", headers=headers)
    assert (answer.status_code, set(answer.json())) == (401, {"message"})
    assert http.ask("POST", "/auth/logout", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_foreign_pages(house: House, http: Caller, headers: dict[str, str]) -> None:
    """A page of another site can neither sign somebody out nor refresh, whatever body it sends, and reads nothing."""
    log_in(http, house.member().email)
    for path in BODYLESS:
        bare = http.post(path, headers=headers)
        assert (bare.status_code, set(bare.json())) == (403, shape_of(path))
        plain = http.ask("POST", path, data="{}", headers=headers | {"Content-Type": "text/plain"})
        assert plain.status_code in {403, 415}
        assert "Access-Control-Allow-Origin" not in {**bare.headers, **plain.headers}
        assert cookies_of(bare) == cookies_of(plain) == {}
    assert refreshes(http)


def test_listed_pages(house: House, http: Caller) -> None:
    """A page of a listed origin, or of this server, signs out and refreshes, with credentials, and may ask beforehand."""
    log_in(http, house.member().email)
    asked = http.ask(
        "OPTIONS",
        "/auth/login",
        headers={"Origin": LISTED_ORIGIN, "Access-Control-Request-Method": "POST"},
    )
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in asked.headers["Access-Control-Allow-Headers"]
    for origin in (LISTED_ORIGIN, house.url):
        answer = http.post("/auth/refresh", headers={"Origin": origin})
        assert answer.status_code == 200
        assert answer.headers.get("Access-Control-Allow-Origin") == (LISTED_ORIGIN if origin == LISTED_ORIGIN else None)
    assert answer.headers["Cache-Control"] == "no-store"
    assert http.post("/auth/logout", {}, headers={"Origin": LISTED_ORIGIN}).status_code == 200
    assert not refreshes(http)


def test_cookies_are_secure_on_https(settings: Any, request: pytest.FixtureRequest) -> None:
    """Where the public address is https, every cookie is for https alone."""
    settings.issuer = "https://id.example.org"
    provider = Provider(request.getfixturevalue("app"))
    person = provider.person()
    answer = provider.http.post(
        "/auth/login", json={"email": person.email, "password": person.password}, base_url=provider.issuer
    )
    cookies = [header for header in answer.headers.getlist("Set-Cookie") if header.startswith((ACCESS, REFRESH))]
    assert len(cookies) == 2
    assert all({"Secure", "HttpOnly", "SameSite=Lax"} <= set(header.split("; ")) for header in cookies)


def test_lifetimes_are_settings(settings: Any, request: pytest.FixtureRequest) -> None:
    """Both lives follow the operator's settings."""
    settings.cookies_access_minutes, settings.cookies_refresh_days = 5, 2
    provider = Provider(request.getfixturevalue("app"))
    person = provider.person()
    answer = provider.http.post("/auth/login", json={"email": person.email, "password": person.password})
    lives = [header.split("Max-Age=")[1].split(";")[0] for header in answer.headers.getlist("Set-Cookie")]
    assert sorted(lives) == ["172800", "300"]


def test_request_limits(open_own: OpenHouse) -> None:
    """A sixth request for a code within a minute is 429 in the document's shape, with the seconds to wait."""
    with open_own("sqlite", IDP_RATELIMIT_ENABLED="true") as house:
        http = house.caller()
        answers = [http.post("/auth/forgot-password", {"email": new_address()}) for _each in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert set(answers[5].json()) == {"success", "message"}
        assert int(answers[5].headers["Retry-After"]) >= 1


def test_every_reason_and_outcome_is_mapped(app: Flask) -> None:
    """Each reason to refuse has a status and a sentence here, and the three outcomes of a sign-in are all there are."""
    with app.test_request_context():
        problems = {reason: adapter.contract.tell(Refused(reason)) for reason in Reason}
    assert all(400 <= problem.status < 600 and problem.message for problem in problems.values())
    assert set(get_args(doors.Outcome)) == {doors.SignedIn, doors.SecondFactorNeeded, Refused}


def test_every_route_is_declared(app: Flask) -> None:
    """The documented routes, and no other, are this adapter's, each with a summary and the answers that it gives."""
    own = {name: operation for name, operation in operations.items() if operation.contract.name == "cookies"}
    paths = {(operation.method, rule) for operation in own.values() for rule in operation.rules}
    upstream = {("GET", f"/auth/{key}{end}") for key in ("google", "github") for end in ("", "/callback")}
    assert paths == {("POST", path) for path in (*BODIES, *BODYLESS, "/auth/username")} | upstream
    assert all(operation.summary and operation.answers for operation in own.values())
