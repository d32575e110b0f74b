"""Document 1, example by example: request and response, member for member, at every address that it names."""

import jwt
import pytest

from tests.contracts.accounts_bearer.signed_in import NEW_PASSWORD, UNAUTHORIZED, WRONG_SHARED, sign_in
from tests.contracts.house import Caller, House, new_name
from tests.factories import PASSWORD

REGISTER = ("/auth/register/", "/users/")
LOGIN = ("/auth/token/", "/auth/jwt/create/")
REVOKE = ("/auth/token/revoke/", "/auth/jwt/revoke/")
RESET = ("/auth/password/reset/", "/auth/password/reset/request/")
CONFIRM = ("/auth/password/reset/confirm/", "/auth/password/reset/verify/")
CHANGE = ("/auth/password/change/", "/users/me/password/")
PROFILE = ("/users/me/", "/users/profile/")
TAKEN = {"error": "Conflict", "message": "Username or email already exists."}


@pytest.mark.parametrize("path", REGISTER)
def test_register(house: House, http: Caller, path: str) -> None:
    """A sign-up with every member answers 201 with the three members, sends a link, and the person can sign in at once."""
    name = new_name("new_user")
    body = {"username": name, "password": "strongPassword123", "email": f"{name}@example.com"}
    answer = http.post(path, body | {"first_name": "John", "last_name": "Doe"})
    expected = {"message": "User registered successfully", "username": name, "email": f"{name}@example.com"}
    assert (answer.status_code, answer.json()) == (201, expected)
    assert house.letter(f"{name}@example.com").link.startswith(f"{house.url}/verify/link?token=")
    token = http.post("/auth/token/", {"username": name, "password": "strongPassword123"}).json()["access_token"]
    me = http.get("/users/me/", token=token).json()
    assert (me["first_name"], me["last_name"], me["email_verified"]) == ("John", "Doe", False)


@pytest.mark.parametrize("path", REGISTER)
def test_register_tells_everything_that_is_wrong(http: Caller, path: str) -> None:
    """A missing username, a short password and a malformed address are told at once, in the document's sentences."""
    answer = http.post(path, {"password": "short", "email": "not an address"})
    details = {
        "username": ["This field is required."],
        "password": ["Password must be at least 8 characters long."],
        "email": ["Enter a valid email address."],
    }
    assert (answer.status_code, answer.json()) == (400, {"error": "Validation Error", "details": details})


@pytest.mark.parametrize("path", REGISTER)
def test_register_without_anything(http: Caller, path: str) -> None:
    """Without a body all three needed members are named."""
    details = {name: ["This field is required."] for name in ("username", "email", "password")}
    for answer in (http.post(path), http.post(path, {}), http.post(path, {"username": "", "email": None})):
        assert (answer.status_code, answer.json()) == (400, {"error": "Validation Error", "details": details})


@pytest.mark.parametrize("path", REGISTER)
def test_register_what_somebody_has(house: House, http: Caller, path: str) -> None:
    """A taken username, in whatever case, and a taken address are a conflict, in one sentence."""
    member = house.member()
    free = new_name()
    body = {"username": free, "email": f"{free}@example.org", "password": PASSWORD}
    for taken in ({"username": member.username.upper()}, {"email": member.email}):
        answer = http.post(path, body | taken)
        assert (answer.status_code, answer.json()) == (409, TAKEN)


@pytest.mark.parametrize("path", LOGIN)
@pytest.mark.parametrize("identifier", ["username", "email"])
def test_login(house: House, http: Caller, path: str, identifier: str) -> None:
    """By username or by address, a sign-in answers with the document's four members; both tokens are JWTs."""
    member = house.member()
    answer = http.post(path, {identifier: getattr(member, identifier), "password": PASSWORD})
    body = answer.json()
    assert answer.status_code == 200
    assert body.keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("bearer", 3600)
    header = jwt.get_unverified_header(body["access_token"])
    published = http.get("/.well-known/jwks.json").json()["keys"]
    key = jwt.PyJWK(next(jwk for jwk in published if jwk["kid"] == header["kid"]))
    claims = jwt.decode(
        body["access_token"], key, algorithms=[header["alg"]], issuer=house.url, audience=house.url, leeway=5
    )
    assert (claims["client_id"], claims["scope"], claims["sub"]) == ("contract-1", "account", member.sub)
    assert jwt.get_unverified_header(body["refresh_token"])["typ"] != header["typ"] == "at+jwt"


@pytest.mark.parametrize("path", LOGIN)
def test_login_with_wrong_credentials(house: House, http: Caller, path: str) -> None:
    """A wrong password and an unknown name answer alike."""
    member = house.member()
    for name in (member.username, member.email, "nobody", "nobody@example.org"):
        answer = http.post(path, {"username": name, "password": "a wrong password"})
        expected = {"error": "Unauthorized", "message": "Invalid credentials."}
        assert (answer.status_code, answer.json()) == (401, expected)


def test_login_at_the_shared_address(house: House, http: Caller) -> None:
    """At /auth/login/ the answer has document 1's members, and document 4's beside them; so has the failure."""
    member = house.member()
    body = http.post("/auth/login/", {"email": member.email, "password": PASSWORD}).json()
    assert body.keys() == {"access_token", "refresh_token", "token_type", "expires_in", "access", "refresh"}
    assert (body["access"], body["refresh"]) == (body["access_token"], body["refresh_token"])
    wrong = http.post("/auth/login/", {"email": member.email, "password": "a wrong password"})
    assert (wrong.status_code, wrong.json()) == (401, WRONG_SHARED)


@pytest.mark.parametrize("path", REVOKE)
def test_logout(house: House, path: str) -> None:
    """A logout answers with the document's sentence, full stop included, and both tokens end."""
    session = sign_in(house)
    answer = session.http.post(path, {"refresh_token": session.refresh})
    assert (answer.status_code, answer.json()) == (200, {"message": "Logged out successfully."})
    assert not session.is_alive
    assert not session.is_refreshable


@pytest.mark.parametrize("path", ["/auth/logout/", *REVOKE])
def test_logout_with_a_bad_token(house: House, path: str) -> None:
    """A token without a JWT's form and a missing one answer 400, a token that is not good (any more) 401."""
    session = sign_in(house)
    for body in ({}, {"refresh_token": ""}, {"refresh_token": "no token"}, {"refresh_token": 7}):
        assert session.http.post(path, body).status_code == 400
    assert session.http.post(path, {"refresh_token": session.refresh}).status_code == 200
    for token in (session.refresh, "a.b.c"):
        answer = session.http.post(path, {"refresh_token": token})
        assert answer.status_code == 401
        assert {answer.json()[name] for name in ("error", "message", "detail")} == {
            "Token is invalid or already blacklisted"
        }


def test_refresh(house: House) -> None:
    """A refresh token gives new access tokens again and again, and stays as it is."""
    session = sign_in(house)
    for _time in range(2):
        answer = session.http.post("/auth/jwt/refresh/", {"refresh_token": session.refresh})
        body = answer.json()
        assert (answer.status_code, body.keys()) == (200, {"access_token", "token_type", "expires_in"})
        assert (body["token_type"], body["expires_in"]) == ("bearer", 3600)
        assert session.http.get("/users/me/", token=body["access_token"]).status_code == 200
    shared = session.http.post("/auth/token/refresh/", {"refresh_token": session.refresh}).json()
    assert shared.keys() == {"access_token", "token_type", "expires_in", "access"}


@pytest.mark.parametrize("path", ["/auth/token/refresh/", "/auth/jwt/refresh/"])
def test_refresh_with_a_bad_token(house: House, http: Caller, path: str) -> None:
    """An unknown token answers 401, a missing one 400."""
    unknown = http.post(path, {"refresh_token": "a.b.c"})
    assert unknown.status_code == 401
    assert unknown.json()["error"] == "Unauthorized"
    assert unknown.json()["message"] == "Invalid or expired refresh token."
    missing = http.post(path, {})
    assert missing.status_code == 400
    assert missing.json()["details"] == {"refresh_token": ["This field is required."]}


@pytest.mark.parametrize(("asked", "confirmed"), list(zip(RESET, CONFIRM, strict=True)))
@pytest.mark.parametrize("identifier", ["username", "email"])
def test_reset(house: House, http: Caller, asked: str, confirmed: str, identifier: str) -> None:
    """A reset is asked for by address or username, and done by the mailed link's secret; every session ends."""
    session = sign_in(house)
    answer = http.post(asked, {identifier: getattr(session.member, identifier)})
    expected = {"message": "Password reset email sent if user exists."}
    assert (answer.status_code, answer.json()) == (202, expected)
    token = house.letter(session.member.email, subject="reset").token
    body = {"token": token, "new_password": NEW_PASSWORD, "new_password_confirm": NEW_PASSWORD}
    done = http.post(confirmed, body)
    assert (done.status_code, done.json()) == (200, {"message": "Password reset successful."})
    assert not session.is_alive
    assert not session.is_refreshable
    assert sign_in(house, session.member, NEW_PASSWORD).is_alive
    again = http.post(confirmed, body)
    assert (again.status_code, again.json()) == (
        401,
        {"error": "Unauthorized", "message": "Invalid or expired reset token."},
    )


@pytest.mark.parametrize("path", RESET)
def test_reset_of_nobody(http: Caller, path: str) -> None:
    """Somebody who does not exist gets the same answer; only a malformed address is refused."""
    for body in ({"email": "nobody@example.org"}, {"username": "nobody"}, {"username": "no body; at all"}):
        answer = http.post(path, body)
        expected = {"message": "Password reset email sent if user exists."}
        assert (answer.status_code, answer.json()) == (202, expected)
    malformed = http.post(path, {"email": "not an address"})
    details = {"email": ["Enter a valid email address."]}
    assert (malformed.status_code, malformed.json()) == (400, {"error": "Validation Error", "details": details})
    assert http.post(path, {}).json()["details"] == {"email": ["This field is required."]}


@pytest.mark.parametrize("path", CONFIRM)
def test_reset_with_a_bad_password(house: House, http: Caller, path: str) -> None:
    """Passwords that differ and weak ones answer 400, after which the link still works."""
    member = house.member()
    http.post("/auth/password/reset/", {"email": member.email})
    token = house.letter(member.email).token
    differing = http.post(path, {"token": token, "new_password": NEW_PASSWORD, "new_password_confirm": "another"})
    details = {"new_password_confirm": ["The passwords do not match."]}
    assert (differing.status_code, differing.json()) == (400, {"error": "Validation Error", "details": details})
    weak = http.post(path, {"token": token, "new_password": "short"})
    details = {"new_password": ["Password must be at least 8 characters long."]}
    assert (weak.status_code, weak.json()) == (400, {"error": "Validation Error", "details": details})
    assert http.post(path, {"token": token, "new_password": NEW_PASSWORD}).status_code == 200


@pytest.mark.parametrize("path", CHANGE)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_change_password(house: House, path: str, method: str) -> None:
    """A change keeps the caller's session, and ends every other one and all refresh tokens."""
    session = sign_in(house)
    other = sign_in(house, session.member)
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD, "new_password_confirm": NEW_PASSWORD}
    answer = session.http.ask(method, path, token=session.access, json=body)
    assert (answer.status_code, answer.json()) == (200, {"message": "Password changed successfully."})
    assert (session.is_alive, session.is_refreshable) == (True, False)
    assert (other.is_alive, other.is_refreshable) == (False, False)
    assert sign_in(house, session.member, NEW_PASSWORD).is_alive


@pytest.mark.parametrize("path", CHANGE)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_change_password_wrongly(house: House, http: Caller, path: str, method: str) -> None:
    """A wrong old password, a weak new one and two that differ answer 400; without an access token 401."""
    session = sign_in(house)
    good = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    wrong = {
        "old_password": ({"old_password": "a wrong password"}, "That password is not right."),
        "new_password": ({"new_password": "short"}, "Password must be at least 8 characters long."),
        "new_password_confirm": ({"new_password_confirm": "another"}, "The passwords do not match."),
    }
    for member, (change, sentence) in wrong.items():
        answer = session.http.ask(method, path, token=session.access, json=good | change)
        assert (answer.status_code, answer.json()["details"]) == (400, {member: [sentence]})
    for token in (None, "a.b.c", session.refresh):
        answer = http.ask(method, path, token=token, json=good)
        assert (answer.status_code, answer.json()["error"]) == (401, "Unauthorized")


@pytest.mark.parametrize("path", PROFILE)
def test_profile(house: House, path: str) -> None:
    """The profile has the document's members; without a good access token it answers 401."""
    session = sign_in(house, house.member(given_name="John", family_name="Doe"))
    answer = session.http.get(path, token=session.access)
    assert answer.status_code == 200
    assert answer.json() == {
        "id": session.member.id,
        "username": session.member.username,
        "email": session.member.email,
        "first_name": "John",
        "last_name": "Doe",
        "profile_picture": None,
        "email_verified": True,
        "pending_email": None,
    }
    refused = session.http.get(path, token="a.b.c")
    assert (refused.status_code, refused.json()) == (401, UNAUTHORIZED)
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert session.http.get(path).status_code == 401


@pytest.mark.parametrize("path", PROFILE)
def test_patch_profile(house: House, path: str) -> None:
    """The document's own change answers with its sentence and the whole profile; what was not sent stays."""
    session = sign_in(house, house.member(given_name="John", family_name="Doe"))
    body = {"first_name": "Johnny", "profile_picture": "url_to_new_picture.jpg", "shoe_size": {"eu": 43}}
    answer = session.http.patch(path, body, token=session.access)
    changed = answer.json()
    assert (answer.status_code, changed.pop("message")) == (200, "Profile updated successfully.")
    assert changed == session.me()
    assert (changed["first_name"], changed["last_name"]) == ("Johnny", "Doe")
    assert changed["profile_picture"] == "url_to_new_picture.jpg"
