"""Changing one's profile through document 1: what PUT empties, what cannot be emptied, and an address that stays pending."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from idp.base import clock, database
from idp.oauth.models import Grant
from idp.sessions import BrowserSession
from tests.contracts.accounts_bearer.signed_in import Session, sign_in
from tests.contracts.house import House, new_name
from tests.factories import PASSWORD

NEEDED = {"error": "Validation Error", "details": {"current_password": ["Enter your password."]}}


def age(house: House, session: Session, minutes: int = 11) -> None:
    """Let a sign-in have happened so many minutes ago."""
    ago = clock.now() - timedelta(minutes=minutes)
    with house.provider.working():
        for table in (BrowserSession, Grant):
            database.run(update(table).where(table.account_id == session.member.id).values(auth_time=ago))


def test_put_empties_what_is_left_out(house: House) -> None:
    """A PUT empties names and picture where they are left out; username and address stay."""
    session = sign_in(house, house.member(given_name="John", family_name="Doe", picture="https://a.example/j.png"))
    before = session.me()
    answer = session.http.put("/users/me/", {"first_name": "Johnny"}, token=session.access)
    assert answer.status_code == 200
    assert session.me() == before | {"first_name": "Johnny", "last_name": "", "profile_picture": None}


def test_patch_keeps_what_is_left_out(house: House) -> None:
    """A PATCH changes what it names alone, and null empties; an empty body changes nothing."""
    session = sign_in(house, house.member(given_name="John", family_name="Doe", picture="https://a.example/j.png"))
    before = session.me()
    assert session.http.patch("/users/me/", {}, token=session.access).status_code == 200
    assert session.me() == before
    answer = session.http.patch("/users/me/", {"last_name": None, "profile_picture": ""}, token=session.access)
    assert answer.status_code == 200
    assert session.me() == before | {"last_name": "", "profile_picture": None}


def test_a_new_username(house: House) -> None:
    """A username can be changed and signed in by; a taken or malformed one is named, and none is no username."""
    session, other = sign_in(house), house.member()
    name = new_name("renamed")
    assert session.http.patch("/users/me/", {"username": name}, token=session.access).status_code == 200
    assert house.caller().post("/auth/token/", {"username": name, "password": PASSWORD}).status_code == 200
    for bad, sentence in {
        other.username.upper(): "Username or email already exists.",
        "": "This field is required.",
        "no spaces": "Use 1 to 20 letters, digits, dots, hyphens or underscores for the username.",
    }.items():
        for method in ("PATCH", "PUT"):
            answer = session.http.ask(method, "/users/me/", token=session.access, json={"username": bad})
            assert (answer.status_code, answer.json()["details"]) == (400, {"username": [sentence]})
    assert session.me()["username"] == name


def test_who_has_no_username_needs_none(house: House) -> None:
    """An account that never had a username can be changed without one."""
    member = house.member(username=None)
    http = house.caller()
    token = http.post("/auth/token/", {"email": member.email, "password": PASSWORD}).json()["access_token"]
    answer = http.put("/users/me/", {"first_name": "John", "username": ""}, token=token)
    assert (answer.status_code, answer.json()["username"]) == (200, None)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("profile_picture", "javascript:alert(1)"),
        ("profile_picture", "http://a.example/j.png"),
        ("profile_picture", "//a.example/j.png"),
        ("profile_picture", "\\\\a.example\\j.png"),
        ("profile_picture", "data:image/png;base64,AAAA"),
        ("first_name", "x" * 101),
        ("last_name", "two\nlines"),
        ("email", "not an address"),
        ("email", ""),
        ("first_name", 7),
        ("username", ["a"]),
    ],
)
def test_all_or_nothing(house: House, member: str, value: object) -> None:
    """One wrong member is named, and none of the others is changed."""
    session = sign_in(house, house.member(given_name="John"))
    before = session.me()
    body = {"first_name": "Johnny", "username": new_name()} | {member: value}
    answer = session.http.patch("/users/me/", body, token=session.access)
    assert (answer.status_code, answer.json()["error"]) == (400, "Validation Error")
    assert answer.json()["details"].keys() == {member}
    assert session.me() == before


def test_a_new_address_stays_pending(house: House) -> None:
    """A new address is pending until the message there is followed; the present one is told and still signs in."""
    session = sign_in(house)
    address = f"{new_name('moved')}@example.net"
    answer = session.http.patch("/users/me/", {"email": address.upper()}, token=session.access)
    assert answer.status_code == 200
    assert (answer.json()["email"], answer.json()["pending_email"]) == (session.member.email, address)
    assert house.letter(address).link.startswith(f"{house.url}/account/email/confirm?token=")
    assert house.letter(session.member.email).subject
    assert session.me()["email"] == session.member.email
    assert sign_in(house, session.member).me()["pending_email"] == address


def test_the_present_address_is_no_change(house: House) -> None:
    """Sending the whole profile back, as it was read, changes nothing and mails nobody, also long after the sign-in."""
    session = sign_in(house)
    age(house, session)
    assert session.http.put("/users/me/", session.me(), token=session.access).status_code == 200
    assert session.me()["pending_email"] is None


def test_somebody_elses_address_is_no_different(house: House) -> None:
    """The answer is the same where the new address has an account already; its owner is told."""
    session, other = sign_in(house), house.member()
    answer = session.http.patch("/users/me/", {"email": other.email}, token=session.access)
    assert (answer.status_code, answer.json()["pending_email"]) == (200, other.email)
    assert "already" in house.letter(other.email).subject


def test_an_old_sign_in_needs_the_password(house: House) -> None:
    """Eleven minutes after the sign-in a new address needs the current password, also with a refreshed access token."""
    session = sign_in(house)
    age(house, session)
    fresh = session.http.post("/auth/jwt/refresh/", {"refresh_token": session.refresh}).json()["access_token"]
    address = f"{new_name('moved')}@example.net"
    for token in (session.access, fresh):
        answer = session.http.patch("/users/me/", {"email": address}, token=token)
        assert (answer.status_code, answer.json()) == (400, NEEDED)
    wrong = session.http.patch("/users/me/", {"email": address, "current_password": "wrong"}, token=session.access)
    assert (wrong.status_code, wrong.json()["details"].keys()) == (400, {"current_password"})
    assert session.me()["pending_email"] is None
    right = session.http.patch("/users/me/", {"email": address, "current_password": PASSWORD}, token=session.access)
    assert (right.status_code, right.json()["pending_email"]) == (200, address)


def test_asking_too_often(house: House) -> None:
    """The eleventh new address of a day is refused with 429 and the time to wait; nothing else of that request is done."""
    session = sign_in(house)
    for number in range(10):
        body = {"email": f"{new_name('moved')}@example.net", "first_name": str(number)}
        assert session.http.patch("/users/me/", body, token=session.access).status_code == 200
    answer = session.http.patch("/users/me/", {"email": "x@example.net", "first_name": "x"}, token=session.access)
    assert (answer.status_code, answer.json()["error"]) == (429, "Too Many Requests")
    assert 0 < int(answer.headers["Retry-After"]) <= 86401
    assert session.me()["first_name"] == "9"
