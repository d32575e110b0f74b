"""Document 5's /user/update-infos/: what it changes, all or nothing, and what a new password needs."""

import pytest

from tests.contracts.house import Caller, House, new_name
from tests.contracts.user_management.front_end import (
    NEW_STRONG,
    NO_ACCESS,
    OK,
    age,
    refresh,
    send_code,
    sign_in,
)  # fmt: skip
from tests.factories import PASSWORD, Provider
from tests.two_factors import give_app

UPDATE = "/user/update-infos/"


def test_the_document_s_changes(house: House, http: Caller) -> None:
    """Username and password change at once, the address once it is confirmed; the caller's own access token stays."""
    session = sign_in(house)
    other = sign_in(house, session.member)
    name = new_name("New")
    answer = session.update(
        "username", "email", "password", username=name, email=f"{name}@asdf.fr", password=NEW_STRONG
    )
    assert (answer.status_code, answer.json()) == (200, OK)
    assert http.get(f"/user/{session.member.id}/").json()["username"] == name
    assert http.post("/user/signin/", {"username": session.member.email, "password": NEW_STRONG}).status_code == 201
    assert http.post("/user/email-exist/", {"email": f"{name}@asdf.fr"}).json() == {"is_taken": False}
    letter = house.letter(f"{name}@asdf.fr".lower())
    assert letter.code
    assert letter.token
    assert session.is_alive
    assert not session.is_refreshable
    assert not other.is_alive
    assert not other.is_refreshable


def test_only_what_is_listed_changes(house: House, http: Caller) -> None:
    """A member that the list does not name is not looked at; one that it names must be there."""
    session = sign_in(house)
    name = new_name("listed")
    assert session.update("username", username=name, email="nonsense", password="x").status_code == 200
    assert http.get(f"/user/{session.member.id}/").json()["username"] == name
    missing = session.update("username", "password", email="a@example.org")
    assert (missing.status_code, missing.json()) == (
        400,
        {"errors": ["username: This field is required.", "password: This field is required."]},
    )


@pytest.mark.parametrize("names", [[], ["sub"], ["username", "is_admin"], "username", [["username"]], None])
def test_lists_of_something_else(house: House, names: object) -> None:
    """An empty list, and one with anything but the three names, is 400 and changes nothing."""
    session = sign_in(house)
    body = {"access_token": session.access, "change_list": names, "username": new_name(), "is_admin": True}
    answer = session.http.post(UPDATE, body)
    assert (answer.status_code, list(answer.json())) == (400, ["errors"])
    assert session.http.get(f"/user/{session.member.id}/").json()["username"] == session.member.username


def test_all_or_nothing(house: House, http: Caller) -> None:
    """One wrong member keeps the others from being changed; everything that is wrong is told."""
    session, taken = sign_in(house), house.member().username
    name = new_name("half")
    wrong = [
        {"username": name, "email": "nonsense", "password": NEW_STRONG},
        {"username": name, "email": f"{name}@example.org", "password": "newpassword"},
        {"username": taken, "email": f"{name}@example.org", "password": NEW_STRONG},
    ]
    for values in wrong:
        answer = session.update(**values)
        assert (answer.status_code, len(answer.json()["errors"])) == (400, 1), values
    assert len(session.update(username=taken, email="nonsense", password="short").json()["errors"]) == 3
    assert http.get(f"/user/{session.member.id}/").json()["username"] == session.member.username
    assert house.letters(f"{name}@example.org") == []
    assert session.is_refreshable
    assert sign_in(house, session.member)


def test_too_many_addresses_keep_the_rest(provider: Provider) -> None:
    """The eleventh new address of a day is refused with 429, and takes the username and the password of its request with it."""
    person, http = provider.person(username="ann"), provider.http
    token = http.post("/user/signin/", json={"username": "ann", "password": PASSWORD}).json["refresh_token"]
    access = http.post("/user/refresh-access-jwt/", json={"refresh_token": token}).json["access_token"]
    body = {"access_token": access, "change_list": ["username", "email", "password"], "password": NEW_STRONG}
    for number in range(10):
        values = {"change_list": ["email"], "email": f"new{number}@example.org"}
        assert http.post(UPDATE, json=body | values).status_code == 200
    answer = http.post(UPDATE, json=body | {"username": "bob", "email": "new@example.org"})
    assert (answer.status_code, list(answer.json)) == (429, ["errors"])
    assert int(answer.headers["Retry-After"]) > 0
    assert http.get(f"/user/{person.id}/").json == {"id": person.id, "username": "ann"}
    assert http.post("/user/signin/", json={"username": "ann", "password": PASSWORD}).status_code == 201


def test_a_password_needs_a_fresh_sign_in(house: House) -> None:
    """After ten minutes, which refreshing does not begin anew, a new password needs the present one; the rest does not."""
    session = sign_in(house)
    age(house, session.member)
    session.access = refresh(session.http, session.refresh).json()["access_token"]
    stale = session.update(password=NEW_STRONG)
    assert (stale.status_code, list(stale.json())) == (400, ["errors"])
    assert session.update("password", password=NEW_STRONG, current_password="a guess").status_code == 400
    assert session.update(username=new_name("stale")).status_code == 200
    assert session.update("password", password=NEW_STRONG, current_password=PASSWORD).status_code == 200
    assert sign_in(house, session.member, NEW_STRONG, username=session.member.email)


def test_a_session_older_than_the_factor_changes_nothing(house: House) -> None:
    """Tokens of a session that has not shown the second factor are refused, although it began a moment ago, with the password too."""
    session = sign_in(house)
    give_app(house.provider, session.member)
    assert session.update(password=NEW_STRONG).status_code == 400
    assert session.update("password", password=NEW_STRONG, current_password=PASSWORD).status_code == 400


def test_the_token_is_read_from_the_header_too(house: House, http: Caller) -> None:
    """Without `access_token` in the body the header's is taken, with or without the word Bearer; without either it is 400."""
    session = sign_in(house)
    for scheme in ("", "Bearer ", "bearer "):
        body = {"change_list": ["username"], "username": new_name("header")}
        headers = {"Authorization": f"{scheme}{session.access}"}
        assert http.post(UPDATE, body, headers=headers).status_code == 200
    for token in (None, "", session.refresh, "x.y.z"):
        body = {"access_token": token, "change_list": ["username"], "username": new_name("header")}
        answer = http.post(UPDATE, body)
        assert (answer.status_code, answer.json()) == (400, NO_ACCESS)


def test_a_reset_cancels_a_pending_address(house: House, http: Caller) -> None:
    """A new address that waits is forgotten when the password is reset."""
    session = sign_in(house)
    address = f"{new_name('pending')}@example.org"
    assert session.update(email=address).status_code == 200
    house.letter(address)
    code = send_code(house, http, session.member.email)
    body = {"email": session.member.email, "code": code, "new_password": NEW_STRONG}
    assert http.post("/user/forgot-password/change-password/", body).status_code == 200
    fresh = sign_in(house, session.member, NEW_STRONG)
    me = http.get("/users/me/", token=fresh.access).json()
    assert (me["email"], me["pending_email"]) == (session.member.email, None)


def test_a_taken_address_is_not_told(house: House) -> None:
    """A new address that somebody has answers as any other, and tells its owner."""
    session, owner = sign_in(house), house.member()
    assert session.update(email=owner.email).json() == OK
    assert "already have an account" in house.letter(owner.email).subject
    assert session.update(email=session.member.email).json() == OK
