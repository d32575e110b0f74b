"""Document 3's mailed codes, example by example: confirming an address, and choosing a new password."""

from datetime import timedelta

import pytest

from idp.base import clock
from tests.contracts.cookie_auth.front_end import (
    ACCESS,
    NEW_PASSWORD,
    RESET,
    WRONG_CODE,
    account_of,
    age_codes,
    as_person,
    cookies_of,
    hold_reset,
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


def test_verify_email(house: House, http: Caller) -> None:
    """The mailed code confirms the address, once."""
    email = new_address()
    sign_up(http, email)
    body = {"email": email, "code": house.letter(email).digits}
    answer = http.post("/auth/verify-email", body)
    assert (answer.status_code, answer.json()) == (200, {"success": True, "message": "Email verified successfully"})
    assert account_of(house, email).is_verified
    again = http.post("/auth/verify-email", body)
    assert (again.status_code, again.json()) == (400, WRONG_CODE)


def test_verify_email_with_a_wrong_code(house: House, http: Caller) -> None:
    """A wrong code, a malformed one and an unknown address are told by one sentence."""
    email = new_address()
    sign_up(http, email)
    code = house.letter(email).digits
    bodies = ({"email": email, "code": wrong(code)}, {"email": email, "code": ""}, {"email": "x", "code": code})
    for body in (*bodies, {"email": new_address(), "code": code}):
        answer = http.post("/auth/verify-email", body)
        assert (answer.status_code, answer.json()) == (400, WRONG_CODE)
    assert not account_of(house, email).is_verified


def test_verify_email_too_late(house: House, http: Caller) -> None:
    """The right code after its ten minutes is told to be late; a wrong one is not."""
    email = new_address()
    sign_up(http, email)
    code = house.letter(email).digits
    age_codes(house, email)
    late = http.post("/auth/verify-email", {"email": email, "code": code})
    assert (late.status_code, late.json()) == (400, {"success": False, "message": "OTP expired"})
    other = http.post("/auth/verify-email", {"email": email, "code": wrong(code)})
    assert (other.status_code, other.json()) == (400, WRONG_CODE)


def test_resend(house: House, http: Caller) -> None:
    """A resent code of either type works, and the one before it no longer."""
    email = new_address()
    sign_up(http, email)
    expected = {"success": True, "message": "OTP resent successfully"}
    first = house.letter(email, 1, subject="confirm").digits
    answer = http.post("/auth/resend-otp", {"email": email, "type": "verify"})
    assert (answer.status_code, answer.json()) == (200, expected)
    second = house.letter(email, 2, subject="confirm").digits
    statuses = [http.post("/auth/verify-email", {"email": email, "code": code}).status_code for code in (first, second)]
    assert statuses == [400 if first != second else 200, 200 if first != second else 400]
    http.post("/auth/forgot-password", {"email": email})
    house.letter(email, 1, subject="reset")
    answer = http.post("/auth/resend-otp", {"email": email, "type": "reset"})
    assert (answer.status_code, answer.json()) == (200, expected)
    code = house.letter(email, 2, subject="reset").digits
    assert http.post("/auth/verify-reset-otp", {"email": email, "code": code}).status_code == 200


@pytest.mark.parametrize("kind", ["other", "", "VERIFY", None, 1, ["verify"]])
def test_resend_of_another_type(http: Caller, kind: object) -> None:
    """Any other type, and none, is 400."""
    body = {"email": new_address()} | ({"type": kind} if kind is not None else {})
    answer = http.post("/auth/resend-otp", body)
    assert (answer.status_code, answer.json()["success"]) == (400, False)


def test_reset(house: House, http: Caller) -> None:
    """The three steps of a reset answer as documented, and end every session; only the new password works then."""
    member = house.member()
    other = house.caller()
    log_in(other, member.email)
    assert refreshes(other)
    answer = http.post("/auth/forgot-password", {"email": member.email})
    expected = {"success": True, "message": "OTP sent to your email for password reset"}
    assert (answer.status_code, answer.json()) == (200, expected)
    code = house.letter(member.email).digits
    answer = http.post("/auth/verify-reset-otp", {"email": member.email, "code": code})
    expected = {"success": True, "message": "OTP verified. You may now reset your password."}
    assert (answer.status_code, answer.json()) == (200, expected)
    (name, cookie) = next(iter(cookies_of(answer).items()))
    attributes = {name: text for name, text in cookie.attributes.items() if name != "expires"}
    assert name == RESET
    assert attributes == {"max-age": "600", "path": "/auth/reset-password", "samesite": "Lax", "httponly": ""}
    answer = reset(http, member.email)
    expected = {"success": True, "message": "Password has been reset successfully"}
    assert (answer.status_code, answer.json()) == (200, expected)
    assert cookies_of(answer)[RESET].attributes["max-age"] == "0"
    assert not refreshes(other)
    assert log_in(http, member.email).status_code == 401
    assert log_in(http, member.email, NEW_PASSWORD).status_code == 200


def test_reset_by_the_body(house: House, http: Caller) -> None:
    """A caller that keeps no cookies sends the cookie's value as a member; a refused password leaves it good."""
    member = house.member()
    token = hold_reset(house, house.caller(), member.email)
    weak = reset(http, member.email, "short", resetToken=token)
    assert (weak.status_code, weak.json()["success"]) == (400, False)
    assert reset(http, member.email, resetToken=token).status_code == 200
    assert log_in(http, member.email, NEW_PASSWORD).status_code == 200


def test_reset_code_wrong_or_late(house: House, http: Caller) -> None:
    """The code of a reset is told wrong or late by the same two sentences."""
    member = house.member()
    http.post("/auth/forgot-password", {"email": member.email})
    code = house.letter(member.email).digits
    for email, typed in ((member.email, wrong(code)), (new_address(), code), ("x", code)):
        answer = http.post("/auth/verify-reset-otp", {"email": email, "code": typed})
        assert (answer.status_code, answer.json()) == (400, WRONG_CODE)
    age_codes(house, member.email)
    answer = http.post("/auth/verify-reset-otp", {"email": member.email, "code": code})
    assert (answer.status_code, answer.json()) == (400, {"success": False, "message": "OTP expired"})


@pytest.mark.parametrize("shows", ["cookies", "token", "nothing"])
def test_signup_confirmed_by_its_mail_stays_as_it_is(house: House, http: Caller, shows: str) -> None:
    """After the code is typed, with or without what the sign-up gave, the password, the sessions and the number of the sign-up stay."""
    email = new_address()
    number = sign_up(http, email)
    body, access = {"email": email, "code": house.letter(email).digits}, http.http.cookies[ACCESS]
    caller = http if shows == "cookies" else house.caller()
    answer = caller.post("/auth/verify-email", body, token=access if shows == "token" else None)
    assert (answer.status_code, answer.json()) == (200, {"success": True, "message": "Email verified successfully"})
    assert refreshes(http)
    assert log_in(http, email, PASSWORD).json()["data"] == number
    assert account_of(house, email).is_verified


@pytest.mark.parametrize("days", [0, 29])
def test_a_code_typed_elsewhere_leaves_the_owner_the_last_word(house: House, http: Caller, days: int) -> None:
    """Whoever typed the code without a session is mailed a link. It, as any reset for thirty days, discards the account of whoever signed
    up, with what they set up after the code: sessions, second factor, number.
    """
    email = new_address()
    number = sign_up(http, email)
    answer = house.caller().post("/auth/verify-email", {"email": email, "code": house.letter(email).digits})
    assert cookies_of(answer) == {}
    give_app(house.provider, as_person(house, email))
    owner = house.caller()
    age_proof(house, email, days)
    token = {} if days else {"resetToken": house.letter(email, subject="is confirmed").token}
    if not token:
        hold_reset(house, owner, email)
    assert reset(owner, email, **token).status_code == 200
    assert not refreshes(http)
    assert log_in(http, email, PASSWORD).status_code == 401
    came = log_in(owner, email, NEW_PASSWORD)
    assert (came.status_code, came.json()["data"] != number) == (200, True)


def test_after_a_month_a_reset_changes_the_password_alone(house: House, http: Caller) -> None:
    """Who signed up by a program that kept no cookie, and forgets the password later, keeps the account and its second factor."""
    email = new_address()
    number = sign_up(http, email)
    house.caller().post("/auth/verify-email", {"email": email, "code": house.letter(email).digits})
    app = give_app(house.provider, as_person(house, email))
    age_proof(house, email, 31)
    hold_reset(house, http, email)
    assert reset(http, email).status_code == 200
    assert log_in(http, email, NEW_PASSWORD).json()["two_factor_required"] is True
    assert log_in(http, email, NEW_PASSWORD, code=app.code()).json()["data"] == number


def age_proof(house: House, email: str, days: int) -> None:
    """Let the address have been proved these days ago."""
    with house.provider.account(as_person(house, email)) as account:
        account.proved_apart_at = clock.now() - timedelta(days=days)
