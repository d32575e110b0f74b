"""A front end of document 3, for its tests: a browser whose tokens are cookies."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
from sqlalchemy import select, update

from idp.accounts import lookup
from idp.accounts.models import Account, Proof
from idp.base.database import run, session
from tests.contracts.house import Caller, House, new_name
from tests.factories import PASSWORD, Person

ACCESS, REFRESH, RESET = "accessToken", "refreshToken", "resetToken"
NEW_PASSWORD = "newSecurePassword123"
WRONG_CODE = {"success": False, "message": "Invalid OTP"}
UNVERIFIED = {"success": False, "message": "Verify the code that was sent to your email first"}


@dataclass(frozen=True)
class SetCookie:
    """One Set-Cookie header: its value and its attributes, named in lower case."""

    value: str
    attributes: dict[str, str]


def cookies_of(answer: requests.Response) -> dict[str, SetCookie]:
    """Return the cookies that an answer sets, by name."""
    found: dict[str, SetCookie] = {}
    for header in answer.raw.headers.getlist("Set-Cookie"):
        pair, *attributes = header.split("; ")
        name, _, value = pair.partition("=")
        parted = [attribute.partition("=") for attribute in attributes]
        found[name] = SetCookie(value, {key.lower(): text for key, _, text in parted})
    return found


def new_address() -> str:
    """Return an address that no other test uses."""
    return f"{new_name('john')}@example.com"


def sign_up(http: Caller, email: str, password: str = PASSWORD) -> str:
    """Sign up; return the account's number. The client keeps the cookies."""
    answer = http.post("/auth/signup", {"fullName": "John Doe", "email": email, "password": password})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"])


def log_in(http: Caller, email: str, password: str = PASSWORD, **more: Any) -> requests.Response:
    """Sign in; the client keeps the cookies."""
    return http.post("/auth/login", {"email": email, "password": password} | more)


def refreshes(http: Caller, token: str | None = None) -> bool:
    """Return whether the refresh token in the client's cookie, or this one, still works."""
    cookies = {REFRESH: token} if token is not None else None
    return http.post("/auth/refresh", cookies=cookies).status_code == 200


def is_accepted(http: Caller, access_token: str) -> bool:
    """Return whether an access token is accepted on an account route: a bad username is complained of, not the token."""
    status = http.post("/auth/username", {"username": "not a name"}, token=access_token).status_code
    assert status in {400, 401}
    return status == 400


def hold_reset(house: House, http: Caller, email: str, number: int = 1) -> str:
    """Pass the reset's code, from the mail with this number; return the cookie's value, which the client keeps too."""
    assert http.post("/auth/forgot-password", {"email": email}).status_code == 200
    code = house.letter(email, number, subject="reset").digits
    answer = http.post("/auth/verify-reset-otp", {"email": email, "code": code})
    assert answer.status_code == 200, answer.text
    return cookies_of(answer)[RESET].value


def reset(http: Caller, email: str, password: str = NEW_PASSWORD, **more: Any) -> requests.Response:
    """Choose a new password."""
    return http.post("/auth/reset-password", {"email": email, "newPassword": password} | more)


def age_codes(house: House, email: str, minutes: int = 11) -> None:
    """Let every code for an address have been made so many minutes earlier; their links live on."""
    with house.provider.working():
        for proof in session().scalars(select(Proof).where(Proof.email == email)):
            earlier = proof.code_expires_at - timedelta(minutes=minutes)
            run(update(Proof).where(Proof.id == proof.id).values(code_expires_at=earlier))


def account_of(house: House, email: str) -> Account:
    """Return an account as it is now."""
    with house.provider.working():
        account = lookup.find_by_email(email)
        assert account is not None
        session().refresh(account)
        session().expunge(account)
        return account


def as_person(house: House, email: str) -> Person:
    """Return who signed up with an address."""
    account = account_of(house, email)
    return Person(account.id, account.sub, email)


def wrong(code: str) -> str:
    """Return another code of six digits."""
    return f"{(int(code) + 1) % 1_000_000:06}"
