"""Document 3's mailed codes, example by example: confirming an address, and choosing a new password."""

import pytest

from tests.contracts.cookie_auth.front_end import (
    ACCESS,
    NEW_PASSWORD,
    RESET,
    WRONG_CODE,
    account_of,
    age_codes,
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


def test_signup_confirmed_by_its_mail_stays_as_it_is(house: House, http: Caller) -> None:
    """After the code is typed where the sign-up's cookies are, or with its access token, the password, the sessions and the number stay."""
    for shows in ("cookies", "token"):
        email = new_address()
        number = sign_up(http, email)
        body, access = {"email": email, "code": house.letter(email).digits}, http.http.cookies[ACCESS]
        elsewhere = house.caller()
        answer = (
            http.post("/auth/verify-email", body)
            if shows == "cookies"
            else elsewhere.post("/auth/verify-email", body, token=access)
        )
        assert answer.status_code == 200
        assert refreshes(http)
        assert log_in(http, email, PASSWORD).json()["data"] == number
        assert account_of(house, email).is_verified


def test_a_code_typed_elsewhere_is_the_owners(house: House, http: Caller) -> None:
    """Typed without a session of the account, the code gives the address to its owner: password, session and number of the sign-up go,
    a second code is none, and a mail brings the link to a password.
    """
    email = new_address()
    number = sign_up(http, email)
    access = http.http.cookies[ACCESS]
    member = house.caller()
    log_in(member, house.member().email)
    answer = member.post("/auth/verify-email", {"email": email, "code": house.letter(email).digits})
    assert (answer.status_code, answer.json()) == (200, {"success": True, "message": "Email verified successfully"})
    assert cookies_of(answer) == {}
    assert not refreshes(http)
    assert not is_accepted(http, access)
    assert log_in(http, email, PASSWORD).status_code == 401
    owner = account_of(house, email)
    assert (owner.is_verified, str(owner.id) != number, owner.name) == (True, True, "")
    token = house.letter(email, subject="is confirmed").token
    assert reset(house.caller(), email, resetToken=token).status_code == 200
    assert log_in(house.caller(), email, NEW_PASSWORD).json()["data"] == str(owner.id)
