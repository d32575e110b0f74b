"""The second factor at document 1's and 4's doors: none of them hands out tokens without it, in whatever order they are called."""

import pytest

from idp.base import clock
from idp.factors import totp
from tests.contracts.accounts_bearer.signed_in import NEW_PASSWORD, sign_in
from tests.contracts.house import Caller, House, Member
from tests.factories import PASSWORD
from tests.two_factors import App, give_app

ADDRESSES = ("/auth/login/", "/auth/token/", "/auth/jwt/create/")
SENTENCE = "A second factor's code is needed too."


@pytest.fixture
def ann(house: House) -> Member:
    """Somebody with an authenticator app."""
    return house.member()


@pytest.fixture
def phone(house: House, ann: Member) -> App:
    """Her authenticator app."""
    return give_app(house.provider, ann)


def current_code(phone: App) -> str:
    """Return a code that is good for at least another half minute, on a slow machine too."""
    phone.spent = max(phone.spent, int(clock.now().timestamp()) // totp.STEP - 1)
    return phone.code()


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_password_alone_is_not_enough(house: House, http: Caller, ann: Member, phone: App, path: str) -> None:
    """Without a code the answer is the document's own 401 with two more members; repeated with a code it has tokens."""
    answer = http.post(path, {"username": ann.username, "password": PASSWORD})
    body = answer.json()
    assert (answer.status_code, body.pop("two_factor_required")) == (401, True)
    ticket = body.pop("mfa_token")
    detail = {"detail": SENTENCE} if path == "/auth/login/" else {}
    assert body == {"error": "Unauthorized", "message": SENTENCE} | detail
    assert http.get("/users/me/", token=ticket).status_code == 401
    assert http.post("/auth/token/refresh/", {"refresh": ticket}).status_code == 401
    code = current_code(phone)
    good = http.post(path, {"username": ann.username, "password": PASSWORD, "code": code})
    assert good.status_code == 200
    assert http.get("/users/me/", token=good.json()["access_token"]).status_code == 200
    again = http.post(path, {"username": ann.username, "password": PASSWORD, "code": code})
    assert (again.status_code, "access_token" in again.json()) == (401, False)


def test_wrong_codes(house: House, http: Caller, ann: Member, phone: App) -> None:
    """A wrong code answers 401 without tokens, and after five the account's codes wait, whatever address they come from."""
    credentials = {"username": ann.username, "password": PASSWORD}
    for _time in range(5):
        answer = http.post("/auth/login/", credentials | {"code": "000000"})
        assert (answer.status_code, "mfa_token" in answer.json(), "access" in answer.json()) == (401, False, False)
    held = house.caller().post("/auth/login/", credentials | {"code": current_code(phone)})
    assert (held.status_code, held.json()["error"]) == (429, "Too Many Requests")
    assert int(held.headers["Retry-After"]) > 0


def test_a_code_without_the_password_is_nothing(house: House, http: Caller, ann: Member, phone: App) -> None:
    """With a wrong password a right code answers as any wrong password does, and is not used up."""
    code = current_code(phone)
    answer = http.post("/auth/token/", {"username": ann.username, "password": "a wrong password", "code": code})
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized", "message": "Invalid credentials."})
    assert sign_in(house, ann, code=code).is_alive


def test_a_reset_is_no_way_around(house: House, http: Caller, ann: Member, phone: App) -> None:
    """After a reset the new password alone still hands out no tokens."""
    http.post("/auth/password/reset/", {"email": ann.email})
    token = house.letter(ann.email, subject="reset").token
    done = http.post("/auth/password/reset/confirm/", {"token": token, "new_password": NEW_PASSWORD})
    assert done.json().keys() == {"message"}
    answer = http.post("/auth/token/", {"email": ann.email, "password": NEW_PASSWORD})
    assert (answer.status_code, answer.json()["two_factor_required"]) == (401, True)
    assert sign_in(house, ann, NEW_PASSWORD, code=current_code(phone)).is_alive


def test_a_session_older_than_the_factor(house: House) -> None:
    """The tokens of a session from before the second factor was set up are refused: it has not shown it."""
    session = sign_in(house)
    give_app(house.provider, session.member)
    answer = session.http.patch("/users/me/", {"email": "thief@example.net"}, token=session.access)
    assert answer.status_code == 401
