"""What attackers try at document 3: guessing, replaying, probing for accounts, going round the second factor, foreign tokens."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from sqlalchemy import update

from idp.accounts import credentials, lookup, passwords
from idp.accounts.models import Proof
from idp.base import clock
from idp.base.database import run
from tests.contracts.cookie_auth.front_end import (
    ACCESS,
    NEW_PASSWORD,
    REFRESH,
    RESET,
    UNVERIFIED,
    WRONG_CODE,
    account_of,
    as_person,
    cookies_of,
    hold_reset,
    is_accepted,
    log_in,
    new_address,
    refreshes,
    reset,
    sign_up,
    wrong,
)
from tests.contracts.house import Caller, House
from tests.factories import PASSWORD
from tests.two_factors import give_app

CODES = {"/auth/verify-email": "confirm", "/auth/verify-reset-otp": "reset"}


# Guessing


@pytest.mark.parametrize("path", CODES)
def test_a_code_takes_five_tries(house: House, http: Caller, path: str) -> None:
    """After five wrong codes the right one is as wrong as any; a new code works again."""
    email = new_address()
    sign_up(http, email)
    kind = {"/auth/verify-email": "verify", "/auth/verify-reset-otp": "reset"}[path]
    http.post("/auth/resend-otp", {"email": email, "type": kind})
    number = 2 if kind == "verify" else 1
    code = house.letter(email, number, subject=CODES[path]).digits
    for _try in range(5):
        assert http.post(path, {"email": email, "code": wrong(code)}).json() == WRONG_CODE
    spent = http.post(path, {"email": email, "code": code})
    assert (spent.status_code, spent.json()) == (400, WRONG_CODE)
    http.post("/auth/resend-otp", {"email": email, "type": kind})
    newer = house.letter(email, number + 1, subject=CODES[path]).digits
    assert http.post(path, {"email": email, "code": newer}).status_code == 200


def test_ten_wrong_codes_a_day(house: House, http: Caller) -> None:
    """After ten wrong codes for an address no code works that day, however new; the link still does."""
    member = house.member()
    for number in (1, 2):
        http.post("/auth/forgot-password", {"email": member.email})
        code = house.letter(member.email, number, subject="reset").digits
        for _try in range(5):
            http.post("/auth/verify-reset-otp", {"email": member.email, "code": wrong(code)})
    http.post("/auth/forgot-password", {"email": member.email})
    letter = house.letter(member.email, 3, subject="reset")
    answer = http.post("/auth/verify-reset-otp", {"email": member.email, "code": letter.digits})
    assert (answer.status_code, answer.json()) == (400, WRONG_CODE)
    assert http.get(letter.link.removeprefix(house.url)).status_code == 200


def test_passwords_cannot_be_guessed(house: House, http: Caller) -> None:
    """After a few wrong passwords from one address even the right one has to wait; the answer says how long."""
    member = house.member()
    answers = [log_in(http, member.email, f"wrong {number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    held = log_in(http, member.email)
    assert (held.status_code, set(held.json())) == (429, {"success", "message"})
    assert int(held.headers["Retry-After"]) >= 1


def test_second_factors_cannot_be_guessed(house: House, http: Caller) -> None:
    """Wrong codes of the second factor are counted per account, from wherever they come and whatever ticket they follow."""
    member = house.member()
    app = give_app(house.provider, member)
    for _try in range(5):
        assert log_in(house.caller(), member.email, code="000000").status_code == 401
    held = log_in(http, member.email, code=app.code())
    assert held.status_code == 429
    assert cookies_of(held) == {}


# Replaying


def test_a_reset_cookie_works_once(house: House, http: Caller) -> None:
    """The right to choose a password is used up by its first use, also where two requests come at once."""
    member = house.member()
    token = hold_reset(house, http, member.email)
    both = ["first new password 1", "second new password 2"]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda new: reset(house.caller(), member.email, new, resetToken=token), both))
    assert sorted(answer.status_code for answer in answers) == [200, 401]
    again = reset(house.caller(), member.email, resetToken=token)
    assert (again.status_code, again.json()) == (401, UNVERIFIED)


def test_a_code_is_traded_once(house: House, http: Caller) -> None:
    """The code of a reset is used up by the cookie that it bought."""
    member = house.member()
    hold_reset(house, http, member.email)
    code = house.letter(member.email, subject="reset").digits
    assert http.post("/auth/verify-reset-otp", {"email": member.email, "code": code}).json() == WRONG_CODE


def test_a_reset_needs_its_cookie(house: House, http: Caller) -> None:
    """Without the cookie, with another account's, or with something else in its place a reset is 401 and changes nothing."""
    member, other = house.member(), house.member()
    signed_in = cookies_of(log_in(http, other.email))
    token = hold_reset(house, http, other.email)
    tries = [
        reset(house.caller(), member.email),
        reset(http, member.email),
        reset(house.caller(), member.email, resetToken=token),
        reset(house.caller(), new_address(), resetToken=token),
        reset(house.caller(), "nobody", resetToken=token),
        reset(house.caller(), other.email, resetToken=signed_in[ACCESS].value),
        reset(house.caller(), other.email, resetToken=token[:-1]),
        house.caller().post(
            "/auth/reset-password",
            {"email": other.email, "newPassword": NEW_PASSWORD},
            cookies={RESET: signed_in[REFRESH].value},
        ),
    ]
    assert [(answer.status_code, answer.json()) for answer in tries] == [(401, UNVERIFIED)] * len(tries)
    assert log_in(http, member.email).status_code == log_in(http, other.email).status_code == 200


def test_a_reset_cookie_ends_with_what_it_is_bound_to(house: House, http: Caller) -> None:
    """It ends after ten minutes, with a newer code, and with the password that it was to replace."""
    late, renewed, changed = (house.member() for _each in range(3))
    tokens = {member.email: hold_reset(house, http, member.email) for member in (late, renewed, changed)}
    with house.provider.working():
        run(update(Proof).where(Proof.email == late.email).values(expires_at=clock.now() - timedelta(seconds=1)))
        account = lookup.find(changed.id)
        assert account is not None
        credentials.replace_password(account, passwords.hash_password(PASSWORD), source="tests")
    http.post("/auth/forgot-password", {"email": renewed.email})
    for email, token in tokens.items():
        assert reset(house.caller(), email, resetToken=token).status_code == 401, email
        assert log_in(http, email).status_code == 200


# Going round the second factor


def test_no_single_step_yields_tokens(house: House, http: Caller) -> None:
    """Neither a reset, nor a mailed code, nor a ticket gives cookies to somebody who has a second factor."""
    email = new_address()
    sign_up(http, email)
    app = give_app(house.provider, as_person(house, email))
    ticket = log_in(house.caller(), email).json()["mfa_token"]
    code = house.letter(email, subject="confirm").digits
    verified = http.post("/auth/verify-email", {"email": email, "code": code})
    thief = house.caller()
    hold_reset(house, thief, email)
    done = reset(thief, email)
    assert (verified.status_code, done.status_code) == (200, 200)
    assert {ACCESS, REFRESH}.isdisjoint({*cookies_of(verified), *cookies_of(done)})
    answer = log_in(thief, email, NEW_PASSWORD)
    assert (answer.status_code, answer.json()["two_factor_required"], cookies_of(answer)) == (401, True, {})
    for name in (REFRESH, ACCESS):
        assert thief.post("/auth/refresh", cookies={name: ticket}).status_code == 401
    assert not is_accepted(thief, ticket)
    assert reset(thief, email, PASSWORD, resetToken=ticket).status_code == 401
    assert log_in(thief, email, "a wrong one", code=app.code()).status_code == 401
    assert log_in(thief, email, NEW_PASSWORD, code=app.code()).status_code == 200


def test_a_code_of_the_second_factor_works_once(house: House) -> None:
    """A code that was seen over somebody's shoulder does not sign in a second time."""
    member = house.member()
    code = give_app(house.provider, member).code()
    statuses = [log_in(house.caller(), member.email, code=code).status_code for _time in range(2)]
    assert statuses == [200, 401]


# Foreign tokens


def test_the_access_cookie_authenticates_nothing(house: House, http: Caller) -> None:
    """With the cookies alone no route and no page of this server takes anybody as signed in."""
    log_in(http, house.member().email)
    assert http.post("/auth/username", {"username": "somebody"}).status_code == 401
    assert http.get("/users/me/").status_code == 401
    assert http.get("/oauth/userinfo").status_code == 401
    page = http.get("/account", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["Location"].partition("?")[0]) == (303, "/signin")


def test_tokens_of_other_kinds_and_contracts(house: House, http: Caller) -> None:
    """Only an access token with the scope `account` is accepted, and only this document's refresh token refreshes here."""
    member = house.member()
    own = cookies_of(log_in(http, member.email))
    access, refresh = own[ACCESS].value, own[REFRESH].value
    pair = http.post("/auth/login/", {"email": member.email, "password": PASSWORD}).json()
    granted = house.provider.grant(house.provider.client(), house.provider.browser(member), "openid profile email")
    head, body, signature = access.split(".")
    unsigned = jwt.encode(jwt.decode(access, options={"verify_signature": False}), None, "none", {"typ": "at+jwt"})
    for token in (
        refresh,
        pair["refresh_token"],
        granted["access_token"],
        granted["id_token"],
        unsigned,
        f"{head}.{body}.",
    ):
        assert not is_accepted(http, token), token
    assert is_accepted(http, pair["access_token"])
    assert is_accepted(http, access)
    for token in (access, pair["refresh_token"], pair["access_token"], granted["id_token"], f"{refresh}x"):
        assert not refreshes(house.caller(), token), token
    assert http.post("/auth/token/refresh/", {"refresh_token": refresh}).status_code == 401
    assert http.get("/oauth/userinfo", token=access).status_code in {401, 403}
    basic = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": "contract-3"}
    assert http.ask("POST", "/oauth/token", data=basic).status_code == 401


# Somebody else's address


def test_a_pre_registered_address(house: House, http: Caller) -> None:
    """Who signs up with another person's address loses everything when its owner resets the password."""
    email, thief = new_address(), house.caller()
    sign_up(thief, email, "the thief's own pass phrase")
    app = give_app(house.provider, as_person(house, email))
    stolen = cookies_of(log_in(thief, email, "the thief's own pass phrase", code=app.code()))
    hold_reset(house, http, email)
    assert reset(http, email).status_code == 200
    account = account_of(house, email)
    assert account.is_verified
    assert not account.has_second_factor
    assert not refreshes(thief)
    assert not is_accepted(thief, stolen[ACCESS].value)
    assert log_in(thief, email, "the thief's own pass phrase").status_code == 401
    assert log_in(http, email, NEW_PASSWORD).status_code == 200
