"""Document 4, example by example: the three addresses, `refresh` and `access`, and failures with `detail`."""

import pytest

from tests.contracts.house import Caller, House
from tests.factories import PASSWORD

WRONG = "No active account found with the given credentials"
SPENT = "Token is invalid or already blacklisted"


def log_in(house: House, http: Caller) -> dict[str, str]:
    """Sign a new person in and return the pair."""
    answer = http.post("/auth/login/", {"username": house.member().username, "password": PASSWORD})
    assert answer.status_code == 200
    return {name: answer.json()[name] for name in ("refresh", "access")}


def test_login(house: House, http: Caller) -> None:
    """A sign-in answers with both tokens under this document's names, and document 1's beside them."""
    answer = http.post("/auth/login/", {"username": house.member().username, "password": PASSWORD})
    body = answer.json()
    assert answer.status_code == 200
    assert body == {
        "refresh": body["refresh_token"],
        "access": body["access_token"],
        "refresh_token": body["refresh"],
        "access_token": body["access"],
        "token_type": "bearer",
        "expires_in": 3600,
    }
    assert http.get("/users/me/", token=body["access"]).status_code == 200


def test_login_with_wrong_credentials(house: House, http: Caller) -> None:
    """A wrong password, an unknown name and a disabled account answer 401 with the document's sentence."""
    closed = house.member()
    with house.provider.account(closed) as account:
        account.disabled_at = account.created_at
    for name, password in ((house.member().username, "wrong"), ("nobody", PASSWORD), (closed.username, PASSWORD)):
        answer = http.post("/auth/login/", {"username": name, "password": password})
        assert (answer.status_code, answer.json()["detail"]) == (401, WRONG)
        assert answer.json().keys() == {"error", "message", "detail"}


def test_refresh(house: House, http: Caller) -> None:
    """A refresh token under this document's name gives a new access token."""
    pair = log_in(house, http)
    answer = http.post("/auth/token/refresh/", {"refresh": pair["refresh"]})
    assert answer.status_code == 200
    assert answer.json()["access"] == answer.json()["access_token"] != pair["access"]
    assert "refresh" not in answer.json()
    assert http.get("/users/me/", token=answer.json()["access"]).status_code == 200


def test_refresh_with_a_bad_token(house: House, http: Caller) -> None:
    """An invalid token and an access token answer 401, a missing one and a malformed body 400, each with `detail`."""
    pair = log_in(house, http)
    for token in ("your_refresh_token", pair["access"]):
        answer = http.post("/auth/token/refresh/", {"refresh": token})
        assert (answer.status_code, answer.json()["detail"]) == (401, "Invalid or expired refresh token.")
    for options in ({"json": {}}, {"data": b"{", "headers": {"Content-Type": "application/json"}}):
        answer = http.ask("POST", "/auth/token/refresh/", **options)
        assert (answer.status_code, "detail" in answer.json()) == (400, True)


def test_logout(house: House, http: Caller) -> None:
    """A logout answers with this document's sentence, which ends without a full stop; the refresh token is refused from then on."""
    pair = log_in(house, http)
    answer = http.post("/auth/logout/", {"refresh_token": pair["refresh"]})
    assert (answer.status_code, answer.json()) == (200, {"message": "Logged out successfully"})
    assert http.post("/auth/token/refresh/", {"refresh": pair["refresh"]}).status_code == 401
    assert http.get("/users/me/", token=pair["access"]).status_code == 401


@pytest.mark.parametrize("member", ["refresh_token", "refresh"])
def test_a_second_logout(house: House, http: Caller, member: str) -> None:
    """A token that is deny-listed already answers 401, in the document's sentence; either member name is taken."""
    pair = log_in(house, http)
    assert http.post("/auth/logout/", {member: pair["refresh"]}).status_code == 200
    answer = http.post("/auth/logout/", {member: pair["refresh"]})
    assert (answer.status_code, answer.json()) == (401, {"error": SPENT, "message": SPENT, "detail": SPENT})


def test_a_logout_without_a_token(http: Caller) -> None:
    """A missing or malformed token and a malformed body answer 400 in the same shape."""
    for options in (
        {"json": {}},
        {"json": {"refresh_token": "your_refresh_token"}},
        {"json": {"refresh_token": None}},
        {"json": [1]},
        {"data": b"{", "headers": {"Content-Type": "application/json"}},
        {},
    ):
        answer = http.ask("POST", "/auth/logout/", **options)
        assert (answer.status_code, answer.json()) == (400, {"error": SPENT, "message": SPENT, "detail": SPENT})
