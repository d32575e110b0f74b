"""Document 5's examples, member for member: sign-up and sign-in, access tokens, forgotten passwords, people."""

import re
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from idp.base import clock
from tests.contracts.house import Caller, House, new_name
from tests.contracts.user_management.front_end import (
    NEW_STRONG,
    OK,
    STRONG,
    TOKEN,
    age,
    refresh,
    send_code,
    sign_in,
    wrong,
)  # fmt: skip
from tests.factories import PASSWORD, Provider

CODES = "/user/forgot-password"
RULES = "Use 8 to 50 characters with a capital letter, a digit and a special character."


def test_sign_up(house: House, http: Caller) -> None:
    """The document's sign-up answers 201 with a refresh token and nothing else, and mails a link and one code."""
    name = new_name("Aurel")
    body = {"username": name, "email": f"{name}@student.42lyon.fr", "password": STRONG}
    answer = http.post("/user/signup/", body)
    assert answer.status_code == 201, answer.text
    assert list(answer.json()) == ["refresh_token"]
    assert TOKEN.fullmatch(answer.json()["refresh_token"])
    assert refresh(http, answer.json()["refresh_token"]).status_code == 200
    letter = house.letter(body["email"].lower())
    assert letter.code
    assert letter.token
    assert http.post("/user/signin/", {"username": name, "password": STRONG}).status_code == 201


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"username": ""}, "username: String should have at least 1 character"),
        ({"username": "x" * 21}, "Use 1 to 20 letters, digits, dots, hyphens or underscores for the username."),
        ({"email": ""}, "email: String should have at least 1 character"),
        ({"email": "alevra"}, "Enter an e-mail address like name@example.com."),
        ({"email": "x" * 40 + "@example.org"}, "email: String should have at most 50 characters"),
        ({"password": "Valid2*"}, "Use at least 8 characters."),
        ({"password": "Valid2*" + "x" * 44}, RULES),
        ({"password": "validpass42*"}, RULES),
        ({"password": "Validpass**"}, RULES),
        ({"password": "Validpass42"}, RULES),
        ({"password": None}, "password: Input should be a valid string"),
        ({"username": 7}, "username: Input should be a valid string"),
    ],
)
def test_sign_up_refused(http: Caller, changes: dict[str, object], error: str) -> None:
    """Whatever is wrong with a sign-up is 401 with a list of sentences; no account is made."""
    name = new_name("bad")
    answer = http.post(
        "/user/signup/", {"username": name, "email": f"{name}@example.org", "password": STRONG} | changes
    )
    assert (answer.status_code, answer.json()) == (401, {"errors": [error]})
    assert http.post("/user/username-exist/", {"username": name}).json() == {"is_taken": False}


def test_sign_up_tells_everything_at_once(house: House, http: Caller) -> None:
    """Several mistakes are several sentences; missing members are named one by one; what is taken is told."""
    answer = http.post("/user/signup/", {"username": "a b", "email": "nobody", "password": "short"})
    assert (answer.status_code, len(answer.json()["errors"])) == (401, 3)
    missing = http.post("/user/signup/", {})
    names = ["username", "email", "password"]
    assert missing.json() == {"errors": [f"{name}: This field is required." for name in names]}
    member = house.member()
    taken = http.post(
        "/user/signup/", {"username": member.username.upper(), "email": member.email.upper(), "password": STRONG}
    )
    assert (taken.status_code, sorted(taken.json()["errors"])) == (
        401,
        ["Email already taken", "Username already taken"],
    )


def test_sign_in(house: House, http: Caller) -> None:
    """Name or address and the password answer 201 with a refresh token and nothing else."""
    member = house.member()
    for name in (member.username, member.username.upper(), member.email):
        answer = http.post("/user/signin/", {"username": name, "password": PASSWORD})
        assert (answer.status_code, list(answer.json())) == (201, ["refresh_token"])


def test_sign_in_refused(house: House, http: Caller) -> None:
    """A wrong password and an unknown name are the same 401; missing members and bad JSON are 401 too."""
    member = house.member()
    wrong_password = http.post("/user/signin/", {"username": member.username, "password": "Validpass21*"})
    nobody = http.post("/user/signin/", {"username": new_name("nobody"), "password": "Validpass21*"})
    assert wrong_password.status_code == nobody.status_code == 401
    assert wrong_password.json() == nobody.json() == {"errors": ["Username or password is wrong"]}
    missing = http.post("/user/signin/", {"username": member.username})
    assert (missing.status_code, missing.json()) == (401, {"errors": ["password: This field is required."]})
    broken = http.post("/user/signin/", data=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, list(broken.json())) == (401, ["errors"])


def test_closed_accounts_stay_outside(house: House, http: Caller) -> None:
    """A disabled account does not sign in, is not found, and its number is unknown."""
    member = house.member(disabled_at=datetime.now(UTC))
    assert http.post("/user/signin/", {"username": member.username, "password": PASSWORD}).status_code == 401
    assert http.post("/user/search-username/", {"username": member.username}).status_code == 400
    assert http.get(f"/user/{member.id}/").status_code == 404


def test_is_taken(house: House, http: Caller) -> None:
    """Usernames and addresses are told to be taken, whatever their case, or free; what can be neither is 401."""
    member = house.member()
    for path, member_name, taken, free in (
        ("/user/username-exist/", "username", member.username.upper(), new_name("free")),
        ("/user/email-exist/", "email", member.email.upper(), f"{new_name('free')}@example.org"),
    ):
        for value, is_taken in ((taken, True), (free, False)):
            answer = http.post(path, {member_name: value})
            assert (answer.status_code, answer.json()) == (200, {"is_taken": is_taken})
        for body in ({member_name: "..."}, {member_name: ""}, {member_name: 1}, {}):
            refused = http.post(path, body)
            assert (refused.status_code, list(refused.json())) == (401, ["errors"])


def test_email_exist_can_be_turned_off(provider: Provider) -> None:
    """With `IDP_EMAIL_EXIST_ENDPOINT=false` the answer is 404 in the document's shape, whoever exists; usernames are still told."""
    provider.app.extensions["idp.settings"].email_exist_endpoint = False
    provider.person("ann@example.org", username="ann")
    bodies = [{"email": "ann@example.org"}, {"email": "x@example.org"}, {"email": ""}, {}]
    answers = [provider.http.post("/user/email-exist/", json=body) for body in bodies]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert list(answers[0].json) == ["errors"]
    assert provider.http.post("/user/username-exist/", json={"username": "ann"}).json == {"is_taken": True}


def test_refresh(house: House, http: Caller) -> None:
    """A refresh token buys access tokens again and again; whatever is none is 400."""
    session = sign_in(house)
    for _turn in range(2):
        answer = refresh(http, session.refresh)
        assert (answer.status_code, list(answer.json())) == (200, ["access_token"])
        assert TOKEN.fullmatch(answer.json()["access_token"])
    for token in (session.access, "234235sfs3r2..", ""):
        bad = refresh(http, token)
        assert (bad.status_code, list(bad.json())) == (400, ["errors"])
    assert http.post("/user/refresh-access-jwt/").status_code == 400


def test_refresh_by_cookie(house: House, http: Caller) -> None:
    """Without a token in the body the cookie's is taken; the body's wins, and a foreign page's request is refused."""
    session = sign_in(house)
    cookies = {"refresh_token": session.refresh}
    assert http.post("/user/refresh-access-jwt/", cookies=cookies).status_code == 200
    assert http.post("/user/refresh-access-jwt/", {}, cookies=cookies).status_code == 200
    assert http.post("/user/refresh-access-jwt/", {"refresh_token": "x"}, cookies=cookies).status_code == 400
    foreign = {"Origin": "https://evil.example"}
    refused = http.post("/user/refresh-access-jwt/", cookies=cookies, headers=foreign)
    assert (refused.status_code, list(refused.json())) == (403, ["errors"])


def test_tokens_are_what_other_services_verify(house: House, http: Caller) -> None:
    """The access token is verified by the published keys; audience, scope, client and lives are as promised."""
    session = sign_in(house)
    keys = {key["kid"]: jwt.PyJWK(key) for key in http.get("/.well-known/jwks.json").json()["keys"]}
    key = keys[jwt.get_unverified_header(session.access)["kid"]]
    access = jwt.decode(session.access, key, algorithms=["ES256"], audience=house.url, issuer=house.url)
    assert (access["client_id"], access["scope"], access["sub"]) == ("contract-5", "account", session.member.sub)
    assert access["exp"] - access["iat"] == timedelta(minutes=15).total_seconds()
    claims = jwt.decode(session.refresh, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == timedelta(days=7).total_seconds()


def test_refreshing_keeps_the_time_of_the_sign_in(provider: Provider) -> None:
    """However often it is refreshed, `auth_time` tells when somebody signed in; after seven days the refresh token ends."""
    provider.person(username="ann")
    body = {"username": "ann", "password": PASSWORD}
    token = {"refresh_token": provider.http.post("/user/signin/", json=body).json["refresh_token"]}
    times = set()
    for passed in (timedelta(0), timedelta(hours=1), timedelta(days=6, hours=23)):
        with clock.moved(passed):
            access = provider.http.post("/user/refresh-access-jwt/", json=token).json["access_token"]
        times.add(jwt.decode(access, options={"verify_signature": False})["auth_time"])
    assert len(times) == 1
    with clock.moved(timedelta(days=7, seconds=1)):
        assert provider.http.post("/user/refresh-access-jwt/", json=token).status_code == 400


def test_forgotten_password(house: House, http: Caller) -> None:
    """The three steps answer as documented; the code is looked at without being used up, and then works once."""
    session = sign_in(house)
    member = session.member
    sent = http.post(f"{CODES}/send-code/", {"email": member.email})
    assert sent.status_code == 200
    assert sorted(sent.json()) == ["email", "expires", "ok"]
    local = member.email.partition("@")[0]
    assert sent.json()["ok"] == "Email sent"
    assert sent.json()["email"] == f"{'*' * (len(local) - 2)}{local[-2:]}@example.org"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", sent.json()["expires"])
    left = datetime.fromisoformat(sent.json()["expires"]).replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    code = house.letter(member.email, subject="reset").code
    for _turn in range(7):
        checked = http.post(f"{CODES}/check-code/", {"email": member.email, "code": code.lower()})
        assert (checked.status_code, checked.json()) == (200, OK)
    body = {"email": member.email, "code": code, "new_password": NEW_STRONG}
    weak = http.post(f"{CODES}/change-password/", body | {"new_password": "newpassword"})
    assert (weak.status_code, weak.json()) == (400, {"errors": [RULES]})
    changed = http.post(f"{CODES}/change-password/", body)
    assert (changed.status_code, changed.json()) == (200, OK)
    assert http.post(f"{CODES}/change-password/", body).status_code == 400
    assert not session.is_alive
    assert not session.is_refreshable
    assert http.post("/user/signin/", {"username": member.username, "password": NEW_STRONG}).status_code == 201


def test_forgotten_password_refused(house: House, http: Caller) -> None:
    """Where the document shows a text, `errors` is one; where it shows details, they are there."""
    member = house.member()
    bad = http.post(f"{CODES}/send-code/", {"email": "..."})
    assert (bad.status_code, bad.json()) == (400, {"errors": "Enter an e-mail address like name@example.com."})
    missing = http.post(f"{CODES}/send-code/", {})
    assert (missing.status_code, missing.json()) == (400, {"errors": "email: This field is required."})
    code = send_code(house, http, member.email)
    refused = http.post(f"{CODES}/check-code/", {"email": member.email, "code": wrong(code)})
    assert (refused.status_code, list(refused.json())) == (400, ["errors", "errors details"])
    assert all(isinstance(text, str) and text for text in refused.json().values())
    assert http.post(f"{CODES}/check-code/", {"email": member.email}).json()["errors details"] == (
        "code: This field is required."
    )
    body = {"email": member.email, "code": wrong(code), "new_password": NEW_STRONG}
    listed = http.post(f"{CODES}/change-password/", body)
    assert (listed.status_code, list(listed.json())) == (400, ["errors"])
    assert isinstance(listed.json()["errors"], list)


def test_a_code_too_late(house: House, http: Caller) -> None:
    """After ten minutes the right code is told to be late, and does not work; the link of the mail does."""
    member = house.member()
    code = send_code(house, http, member.email)
    age(house, member)
    late = http.post(f"{CODES}/check-code/", {"email": member.email, "code": code})
    assert (late.status_code, late.json()["errors"]) == (400, "That code has expired. Ask for a new one.")
    body = {"email": member.email, "code": code, "new_password": NEW_STRONG}
    assert http.post(f"{CODES}/change-password/", body).status_code == 400
    assert http.get(house.letter(member.email, subject="reset").link.removeprefix(house.url)).status_code == 200


def test_somebody_by_number(house: House, http: Caller) -> None:
    """A number is answered with itself and the username, to everybody; an unknown one is 404, anything else 400."""
    member = house.member()
    answer = http.get(f"/user/{member.id}/")
    assert (answer.status_code, answer.json()) == (200, {"id": member.id, "username": member.username})
    for number in ("0", "-1", "2147483647", "2147483648", "9" * 30, "9" * 1500):
        unknown = http.get(f"/user/{number}/")
        assert (unknown.status_code, unknown.json()) == (404, {"errors": ["User not found"]})
    for text in ("aurel", "1.0", "1e3", "0x1", " 1", "١"):
        bad = http.get(f"/user/{text}/")
        assert (bad.status_code, list(bad.json())) == (400, ["errors", "errors details"]), text
        assert isinstance(bad.json()["errors"], str)
    for path in (f"/user/{'9' * 4500}/", f"/user/{member.id}/?{'a&' * 600}"):
        long = http.get(path, headers={"Accept": "text/html"})
        assert (long.status_code, list(long.json())) == (414, ["errors"])


def test_search(house: House, http: Caller) -> None:
    """A search finds usernames alone, whatever their case, in order; nothing for an empty text, a wildcard, or an address."""
    stem = new_name("find")
    names = [house.member(username=f"{stem}{end}", given_name="Zoe").username for end in ("b", "A", "c_")]
    found = http.post("/user/search-username/", {"username": stem.upper()})
    assert (found.status_code, found.json()) == (200, {"usernames": [names[1], names[0], names[2]]})
    assert http.post("/user/search-username/", {"username": f"{stem}c_"}).json() == {"usernames": [names[2]]}
    for text in ("", "%", f"{stem}%", f"{stem}_", "Zoe", "@example.org", "\\"):
        nothing = http.post("/user/search-username/", {"username": text})
        assert (nothing.status_code, nothing.json()) == (400, {"errors": ["Username not found"]}), text
    assert http.post("/user/search-username/", {}).status_code == 400


def test_a_search_finds_fifty(house: House, http: Caller) -> None:
    """However many there are, a search tells fifty."""
    stem = new_name("many")
    for number in range(52):
        house.provider.person(f"{stem}{number}@example.org", username=f"{stem}{number}")
    assert len(http.post("/user/search-username/", {"username": stem}).json()["usernames"]) == 50
