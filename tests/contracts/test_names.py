"""Names and codes as people really have and type them, at the doors of all the documents."""

import pytest

from idp.accounts import service
from idp.accounts.service import Profile
from tests.contracts.accounts_bearer import signed_in as bearer
from tests.contracts.cookie_auth import front_end as cookies
from tests.contracts.house import Caller, House, Member, new_name
from tests.contracts.oauth_provider.application import register
from tests.contracts.user_management import front_end as directory
from tests.contracts.user_management.front_end import STRONG
from tests.two_factors import give_app

FULLWIDTH, PERSIAN = 0xFF10, 0x06F0
PERSIAN_NAME, SINHALA_NAME = "می\u200cخواهم", "ශ්\u200dරී"


def type_as(code: str, zero: int) -> str:
    """Return a code in the digits of another script."""
    return code.translate({ord("0") + digit: zero + digit for digit in range(10)})


@pytest.fixture
def left(house: House) -> str:
    """A username that somebody left a moment ago."""
    member = house.member("alice")
    with house.provider.account(member) as account:
        assert service.change_profile(account, Profile(username=new_name("wonder"))) == []
    return member.username


@pytest.mark.parametrize("kind", ["left", "reserved"])
def test_no_door_gives_such_a_name(house: House, http: Caller, left: str, kind: str) -> None:
    """A name that somebody left, or that speaks for the house, is answered at every door as each document answers a taken one."""
    name = left.upper() if kind == "left" else "Support"
    mail = {"email": f"{new_name()}@example.org"}
    signed_up = http.post("/auth/register/", {"username": name, "password": STRONG} | mail)
    assert (signed_up.status_code, signed_up.json()["message"]) == (409, "Username or email already exists.")
    one = bearer.sign_in(house)
    taken = house.member().username
    answers = [one.http.patch("/users/me/", {"username": wanted}, token=one.access) for wanted in (taken, name)]
    assert answers[0].status_code == answers[1].status_code == 400
    assert answers[0].json() == answers[1].json()
    email = cookies.new_address()
    cookies.sign_up(http, email)
    three = cookies.cookies_of(cookies.log_in(http, email))[cookies.ACCESS].value
    assert http.post("/auth/username", {"username": name}, token=three).status_code == 409
    signed_up = http.post("/user/signup/", {"username": name, "password": STRONG} | mail)
    assert signed_up.json() == {"errors": ["Username already taken"]}
    assert http.post("/user/username-exist/", {"username": name}).json() == {"is_taken": True}
    refused = directory.sign_in(house).update(username=name)
    assert (refused.status_code, refused.json()) == (400, {"errors": ["Username already taken"]})


def test_the_former_owner_takes_it_back(house: House) -> None:
    """Through document 5 a name is left and taken back; nobody else got it in between."""
    alice = directory.sign_in(house, house.member("alice"))
    assert alice.update(username=new_name("wonder")).status_code == 200
    mallory = directory.sign_in(house)
    assert mallory.update(username=alice.member.username).status_code == 400
    assert alice.update(username=alice.member.username).status_code == 200


def test_an_application_never_meets_another_person_of_the_same_name(house: House) -> None:
    """Document 2 names people by username; after a rename the former one is nobody's, and the token's `sub` is the same."""
    alice = house.member("alice")
    application = register(house)
    before = application.tokens(alice)
    with house.provider.account(alice) as account:
        assert service.change_profile(account, Profile(username=new_name("wonder"))) == []
    after = application.tokens(Member(alice.id, alice.sub, alice.email, alice.password, alice.email))
    assert before["username"] == alice.username
    assert after["username"] != alice.username
    subjects = {house.provider.verify(tokens["access_token"], house.url)["sub"] for tokens in (before, after)}
    assert subjects == {alice.sub}


@pytest.mark.parametrize("name", [PERSIAN_NAME, SINHALA_NAME, "👩\u200d💻"])
def test_names_of_all_scripts_are_taken(house: House, http: Caller, name: str) -> None:
    """Joiners that shape a name come back as they were sent; a no-break space comes back as a space."""
    one = bearer.sign_in(house)
    answer = one.http.patch("/users/me/", {"first_name": name, "last_name": "van\u00a0Dyke"}, token=one.access)
    assert answer.status_code == 200, answer.text
    assert (one.me()["first_name"], one.me()["last_name"]) == (name, "van Dyke")
    email = cookies.new_address()
    answer = http.post("/auth/signup", {"fullName": f"{name}\u00a0Ann", "email": email, "password": STRONG})
    assert answer.status_code == 201, answer.text
    account = cookies.account_of(house, email)
    assert (account.given_name, account.family_name) == (name, "Ann")


@pytest.mark.parametrize("zero", [FULLWIDTH, PERSIAN])
def test_codes_in_other_digits(house: House, http: Caller, zero: int) -> None:
    """Mailed codes and codes of an app are taken in the digits of the keyboard at hand."""
    email = cookies.new_address()
    cookies.sign_up(http, email)
    code = type_as(house.letter(email).digits, zero)
    assert http.post("/auth/verify-email", {"email": email, "code": code}).status_code == 200
    member = house.member()
    app = give_app(house.provider, member)
    body = {"username": member.username, "password": member.password, "code": type_as(app.code(), zero)}
    assert http.post("/auth/token/", body).status_code == 200


def test_what_cannot_be_a_code_costs_no_try(house: House, http: Caller) -> None:
    """Neither a ticket nor a mailed code is used up by texts that are no codes, however many."""
    member = house.member()
    app = give_app(house.provider, member)
    begun = http.post("/user/signin/", {"username": member.username, "password": member.password})
    ticket = {"Authorization": begun.json()["mfa_token"]}
    for _ in range(8):
        assert http.post("/user/2fa/verify", {"code": "12345"}, headers=ticket).status_code != 200
    assert http.post("/user/2fa/verify", {"code": app.code()}, headers=ticket).status_code == 200
    email = cookies.new_address()
    cookies.sign_up(http, email)
    code = house.letter(email).digits
    for _ in range(8):
        assert http.post("/auth/verify-email", {"email": email, "code": "abc"}).json() == cookies.WRONG_CODE
    assert http.post("/auth/verify-email", {"email": email, "code": code}).status_code == 200
