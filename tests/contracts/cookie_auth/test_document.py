"""Document 3, example by example: request and response, member for member, and the cookies."""

import jwt
import pytest
import requests

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
from tests.two_factors import give_app

EXAMPLE_PASSWORD = "yourStrongPassword123"
LIVES = {ACCESS: 15 * 60, REFRESH: 7 * 24 * 60 * 60}


def expect_token_cookies(answer: requests.Response) -> None:
    """Expect the two cookies with the attributes of the document's table, and no other."""
    found = cookies_of(answer)
    assert set(found) == {ACCESS, REFRESH}
    for name, seconds in LIVES.items():
        assert found[name].value.count(".") == 2
        attributes = dict(found[name].attributes)
        attributes.pop("expires", None)
        assert attributes == {"max-age": str(seconds), "path": "/", "samesite": "Lax", "httponly": ""}


def test_signup(house: House, http: Caller) -> None:
    """The document's sign-up answers 201 with three members and both cookies, and mails a code and a link."""
    email = new_address()
    body = {"fullName": "John Doe", "email": email, "password": EXAMPLE_PASSWORD}
    answer = http.post("/auth/signup", body)
    account = account_of(house, email)
    expected = {"success": True, "message": "User registered successfully", "data": str(account.id)}
    assert (answer.status_code, answer.json()) == (201, expected)
    expect_token_cookies(answer)
    assert (account.given_name, account.family_name, account.username) == ("John", "Doe", None)
    assert not account.is_verified
    letter = house.letter(email)
    assert len(letter.digits) == 6
    assert letter.link.startswith(f"{house.url}/verify/link?token=")


@pytest.mark.parametrize(
    ("full_name", "names"),
    [
        ("John", ("John", "")),
        ("John Ronald Reuel Doe", ("John", "Ronald Reuel Doe")),
        ("  Ana   María ", ("Ana", "María")),
        ("Zoë 山田", ("Zoë", "山田")),
    ],
)
def test_full_names(house: House, http: Caller, full_name: str, names: tuple[str, str]) -> None:
    """A full name is split at its first space, and not at another."""
    email = new_address()
    body = {"fullName": full_name, "email": email, "password": EXAMPLE_PASSWORD}
    assert http.post("/auth/signup", body).status_code == 201
    account = account_of(house, email)
    assert (account.given_name, account.family_name) == names


def test_signup_with_a_taken_address(house: House, http: Caller) -> None:
    """An address that has an account, in whatever case, is 400, and sets no cookie."""
    member = house.member()
    for email in (member.email, member.email.upper()):
        answer = http.post("/auth/signup", {"fullName": "John Doe", "email": email, "password": EXAMPLE_PASSWORD})
        assert (answer.status_code, answer.json()) == (400, {"success": False, "message": "User already exists"})
        assert cookies_of(answer) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"fullName": None},
        {"fullName": "  "},
        {"fullName": "x" * 101},
        {"email": None},
        {"email": "nobody"},
        {"password": None},
        {"password": "short"},
        {"password": "password123"},
        {"password": 12345678},
    ],
)
def test_signup_is_validated(http: Caller, changes: dict[str, object]) -> None:
    """A missing, empty, malformed or weak member is 400, with a sentence."""
    body = {"fullName": "John Doe", "email": new_address(), "password": EXAMPLE_PASSWORD} | changes
    answer = http.post("/auth/signup", {name: value for name, value in body.items() if value is not None})
    assert answer.status_code == 400
    assert set(answer.json()) == {"success", "message"}
    assert answer.json()["success"] is False
    assert answer.json()["message"]


def test_login(house: House, http: Caller) -> None:
    """The document's sign-in answers 200 with three members and both cookies."""
    member = house.member()
    answer = log_in(http, member.email)
    expected = {"success": True, "message": "Login successful", "data": str(member.id)}
    assert (answer.status_code, answer.json()) == (200, expected)
    expect_token_cookies(answer)


def test_login_refused(house: House, http: Caller) -> None:
    """A wrong password and an unknown address are the same 401, without a cookie."""
    for email in (house.member().email, new_address()):
        answer = log_in(http, email, "not the password")
        assert (answer.status_code, answer.json()) == (401, {"success": False, "message": "Invalid email or password"})
        assert cookies_of(answer) == {}


def test_tokens_are_what_other_services_verify(house: House, http: Caller) -> None:
    """The access token is verified by the published keys alone; its audience, scope, client and life are as promised."""
    member = house.member()
    answer = log_in(http, member.email)
    tokens = cookies_of(answer)
    keys = jwt.PyJWKClient(f"{house.url}/.well-known/jwks.json")
    token = tokens[ACCESS].value
    key = keys.get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["ES256"], audience=house.url, issuer=house.url)
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
    assert (claims["sub"], claims["client_id"], claims["scope"]) == (member.sub, "contract-3", "account")
    assert claims["exp"] - claims["iat"] == 15 * 60
    refresh = jwt.decode(tokens[REFRESH].value, options={"verify_signature": False})
    assert refresh["exp"] - refresh["iat"] == 7 * 24 * 60 * 60
    assert jwt.get_unverified_header(tokens[REFRESH].value)["typ"] != "at+jwt"


def test_refresh(house: House, http: Caller) -> None:
    """A refresh sets a new access token's cookie, and no other; the refresh token stays good."""
    log_in(http, house.member().email)
    for _time in range(2):
        answer = http.post("/auth/refresh")
        assert (answer.status_code, answer.json()) == (200, {"message": "Access token refreshed"})
        found = cookies_of(answer)
        assert set(found) == {ACCESS}
        assert found[ACCESS].attributes["max-age"] == "900"
        assert "httponly" in found[ACCESS].attributes
        assert is_accepted(http, found[ACCESS].value)


def test_refresh_without_a_token(http: Caller) -> None:
    """Without the cookie a refresh is 401 with the document's one member."""
    answer = http.post("/auth/refresh")
    assert (answer.status_code, answer.json()) == (401, {"message": "No refresh token provided"})
    assert "WWW-Authenticate" in answer.headers


def test_refresh_with_a_bad_token(http: Caller) -> None:
    """A cookie that is no refresh token is 401 with the document's one member."""
    answer = http.post("/auth/refresh", cookies={REFRESH: "rubbish"})
    assert (answer.status_code, answer.json()) == (401, {"message": "Invalid refresh token"})


def test_logout(house: House, http: Caller) -> None:
    """A logout ends the session, deletes both cookies, and may be repeated; without cookies it has nothing to do."""
    signed_in = cookies_of(log_in(http, house.member().email))
    answer = http.post("/auth/logout")
    assert (answer.status_code, answer.json()) == (200, {"success": True, "message": "Logout successful"})
    deleted = cookies_of(answer)
    assert {(name, cookie.value, cookie.attributes["max-age"]) for name, cookie in deleted.items()} == {
        (ACCESS, "", "0"),
        (REFRESH, "", "0"),
    }
    assert not refreshes(http, signed_in[REFRESH].value)
    assert not is_accepted(http, signed_in[ACCESS].value)
    assert http.post("/auth/logout", cookies={REFRESH: signed_in[REFRESH].value}).status_code == 200
    assert house.caller().post("/auth/logout").status_code == 200


def test_choose_a_username(house: House, http: Caller) -> None:
    """Who signed up here has no username until they choose one with the access token."""
    email, name = new_address(), new_name("john")
    sign_up(http, email)
    token = cookies_of(log_in(http, email))[ACCESS].value
    answer = http.post("/auth/username", {"username": name}, token=token)
    assert (answer.status_code, answer.json()) == (200, {"success": True, "message": "Username saved successfully"})
    account = account_of(house, email)
    assert (account.username, account.given_name, account.family_name) == (name, "John", "Doe")
    taken = house.member().username
    for bad, status in (("", 400), ("a b", 400), ("x" * 21, 400), (taken, 409), (taken.upper(), 409)):
        answer = http.post("/auth/username", {"username": bad}, token=token)
        assert (answer.status_code, set(answer.json())) == (status, {"success", "message"}), bad
    assert account_of(house, email).username == name


def test_second_factor(house: House, http: Caller) -> None:
    """Without the code the answer is the document's own 401 with two more members; with it, the usual one."""
    member = house.member()
    app = give_app(house.provider, member)
    answer = log_in(http, member.email)
    body = answer.json()
    assert answer.status_code == 401
    assert set(body) == {"success", "message", "two_factor_required", "mfa_token"}
    assert (body["success"], body["two_factor_required"]) == (False, True)
    assert cookies_of(answer) == {}
    refused = log_in(http, member.email, code="000000")
    assert (refused.status_code, set(refused.json())) == (401, {"success", "message"})
    answer = log_in(http, member.email, code=app.code())
    assert (answer.status_code, answer.json()["message"]) == (200, "Login successful")
    claims = jwt.decode(cookies_of(answer)[ACCESS].value, options={"verify_signature": False})
    assert (claims["acr"], set(claims["amr"])) == ("2", {"pwd", "otp", "mfa"})
