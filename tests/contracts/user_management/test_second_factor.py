"""Document 5's second factor: the QR code, the first right code, sign-in in two steps, and turning it off."""

import io
from base64 import b32decode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import png
import pyotp
import pytest
import qrcode
import requests

from idp.accounts import lookup
from idp.factors import policy, recovery_codes, service, totp
from idp.factors.policy import Required
from tests.contracts.house import Caller, House
from tests.contracts.user_management.front_end import (
    GONE,
    NEW_STRONG,
    NO_ACCESS,
    STRONG,
    Session,
    refresh,
    send_code,
    sign_in,
)
from tests.factories import PASSWORD, Provider
from tests.two_factors import App, count_as_shown, give_app

ENABLE, VERIFY, DISABLE = "/user/2fa/enable", "/user/2fa/verify", "/user/2fa/disable"
VERIFIED, DISABLED = {"message": "2fa verified"}, {"message": "2fa disabled"}
WRONG = {"errors": ["That code is not right. Each code works once; wait for the next one, then type it."]}


def modules(image: bytes) -> list[list[bool]]:
    """Return the modules of a QR code's PNG image, without its quiet zone: dark is true."""
    width, height, rows, _info = png.Reader(io.BytesIO(image)).read()
    pixels = [[value == 0 for value in row] for row in rows]
    assert width == height
    quiet = next(place for place in range(width) if pixels[place][place])
    size = next(place for place in range(quiet, width) if not pixels[place][place]) - quiet
    return [row[quiet : width - quiet : size] for row in pixels[quiet : height - quiet : size]]


def pending_app(house: House, session: Session) -> tuple[App, str]:
    """Return the app that was begun, and the address in its QR code, as somebody gets them who scans it."""
    with house.provider.working():
        row, account = totp.find_pending(session.member.id), lookup.find(session.member.id)
        assert row is not None
        assert account is not None
        uri = totp.provisioning_uri(row, account)
    return App(house.provider, session.member, parse_qs(urlsplit(uri).query)["secret"][0]), uri


def first_step(http: Caller, session: Session, password: str = PASSWORD) -> str:
    """Sign in without a code; return the token of the half-finished sign-in."""
    answer = http.post("/user/signin/", {"username": session.member.username, "password": password})
    assert answer.status_code == 401
    body = answer.json()
    assert sorted(body) == ["errors", "mfa_token", "two_factor_required"]
    assert body["two_factor_required"] is True
    return str(body["mfa_token"])


def redeem(http: Caller, token: str, code: str, scheme: str = "") -> requests.Response:
    """Send a code with a token in the Authorization header."""
    return http.post(VERIFY, {"code": code}, headers={"Authorization": f"{scheme}{token}"})


def protected(house: House) -> tuple[Session, App]:
    """Return a session of somebody who set an app up in it."""
    session = sign_in(house)
    app = give_app(house.provider, session.member)
    count_as_shown(house.provider, session.member)
    return session, app


def test_enrolling(house: House, http: Caller) -> None:
    """Enabling answers a PNG of the QR code; 2FA counts from its first right code on, and sign-ins then take two steps."""
    session = sign_in(house)
    answer = session.send(ENABLE)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    app, uri = pending_app(house, session)
    code = qrcode.QRCode(border=0)
    code.add_data(uri)
    assert modules(answer.content) == code.get_matrix()
    assert len(b32decode(app.secret)) == 20
    assert sign_in(house, session.member)  # not enabled yet
    assert session.send(DISABLE, {"password": PASSWORD}).json() == {"errors": ["2FA is already disabled"]}
    wrong = session.send(VERIFY, {"code": "12345"})
    assert (wrong.status_code, wrong.json()) == (400, WRONG)
    right = session.send(VERIFY, {"code": app.code()})
    assert (right.status_code, right.json()) == (200, VERIFIED)
    token = first_step(http, session)
    redeemed = redeem(http, token, app.code())
    assert (redeemed.status_code, sorted(redeemed.json())) == (200, ["message", "refresh_token"])
    assert redeemed.json()["message"] == "2fa verified"
    assert refresh(http, redeemed.json()["refresh_token"]).status_code == 200
    assert "authenticator app was added" in house.letter(session.member.email, subject="How you sign in").text


def test_enabling_anew(house: House) -> None:
    """Enabling again before the first code begins anew, with another secret; afterwards it is 400."""
    session = sign_in(house)
    assert session.send(ENABLE).status_code == 200
    first, _uri = pending_app(house, session)
    assert session.send(ENABLE).status_code == 200
    second, _uri = pending_app(house, session)
    assert first.secret != second.secret
    assert session.send(VERIFY, {"code": first.code()}).status_code == 400
    assert session.send(VERIFY, {"code": second.code()}).status_code == 200
    again = session.send(ENABLE)
    assert (again.status_code, again.json()) == (400, {"errors": ["2FA is already enabled"]})
    nothing = session.send(VERIFY, {"code": second.code()})
    assert (nothing.status_code, list(nothing.json())) == (400, ["errors"])


@pytest.mark.parametrize("path", [ENABLE, VERIFY, DISABLE])
@pytest.mark.parametrize("header", [None, "", "Bearer", "x.y.z", "Basic abc", "Token a.b.c"])
def test_tokens_are_needed(http: Caller, path: str, header: str | None) -> None:
    """A missing or bad token is 400 in the document's shape."""
    headers = {"Authorization": header} if header is not None else {}
    answer = http.post(path, {"code": "123456"}, headers=headers)
    assert (answer.status_code, answer.json()) == (400, {"errors": [GONE]} if path == VERIFY else NO_ACCESS)


@pytest.mark.parametrize("scheme", ["", "Bearer ", "bearer "])
def test_the_word_bearer_may_be_left_out(house: House, http: Caller, scheme: str) -> None:
    """Access and mfa tokens are read with and without it."""
    session, app = protected(house)
    headers = {"Authorization": f"{scheme}{session.access}"}
    assert http.post(ENABLE, headers=headers).json() == {"errors": ["2FA is already enabled"]}
    assert redeem(http, first_step(http, session), app.code(), scheme).status_code == 200
    assert http.post(DISABLE, {"password": PASSWORD}, headers=headers).json() == DISABLED


def test_signing_in_at_once(house: House, http: Caller) -> None:
    """A sign-in may carry the code, of the app or a recovery code; a wrong one is 401, without a token to go on with."""
    session, app = protected(house)
    with house.provider.account(session.member) as account:
        spare = service.renew_codes(account, source="tests")[0]
    body = {"username": session.member.username, "password": PASSWORD}
    for code in (app.code(), spare):
        assert http.post("/user/signin/", body | {"code": code}).status_code == 201
        again = http.post("/user/signin/", body | {"code": code})
        assert (again.status_code, again.json()) == (401, WRONG)
    assert recovery_codes.is_one(spare)


@pytest.mark.parametrize("proof", ["password", "code"])
def test_disabling(house: House, http: Caller, proof: str) -> None:
    """The password or a present code turns every second factor off, once; sign-ins take one step again."""
    session, app = protected(house)
    for body in ({}, {"password": ""}, {"password": "a guess"}, {"code": "12345"}, {"password": None, "code": None}):
        refused = session.send(DISABLE, body)
        assert (refused.status_code, list(refused.json())) == (400, ["errors"]), body
    assert first_step(http, session)
    body = {"password": PASSWORD} if proof == "password" else {"code": app.code()}
    answer = session.send(DISABLE, body)
    assert (answer.status_code, answer.json()) == (200, DISABLED)
    again = session.send(DISABLE, body)
    assert (again.status_code, again.json()) == (400, {"errors": ["2FA is already disabled"]})
    assert sign_in(house, session.member)
    assert "removed" in house.letter(session.member.email, 2, subject="sign in").text


def test_a_policy_keeps_it_on(provider: Provider) -> None:
    """Where everybody must have a second factor it cannot be turned off, and who has none gets no tokens by signing up or in."""
    person, http = provider.person(username="ann"), provider.http

    def post(path: str, body: Any, token: str = "") -> Any:
        return http.post(path, json=body, headers={"Authorization": token} if token else {})

    token = post("/user/signin/", {"username": "ann", "password": PASSWORD}).json
    access = post("/user/refresh-access-jwt/", token).json["access_token"]
    give_app(provider, person)
    count_as_shown(provider, person)
    provider.person("bob@example.org", username="bob")
    with provider.working():
        policy.put(Required.EVERYBODY, actor="tests")
    kept = post(DISABLE, {"password": PASSWORD}, access)
    assert (kept.status_code, len(kept.json["errors"])) == (400, 1)
    assert "required" in kept.json["errors"][0]
    without = post("/user/signin/", {"username": "bob", "password": PASSWORD})
    assert (without.status_code, list(without.json)) == (401, ["errors"])
    new = post("/user/signup/", {"username": "eve", "email": "eve@example.org", "password": STRONG})
    assert (new.status_code, list(new.json)) == (401, ["errors"])


def test_a_ticket_is_used_once(house: House, http: Caller) -> None:
    """The token of a half-finished sign-in works once; it is no access token and no refresh token."""
    session, app = protected(house)
    token = first_step(http, session)
    assert refresh(http, token).status_code == 400
    for path, body in ((ENABLE, None), (DISABLE, {"password": PASSWORD})):
        assert http.post(path, body, headers={"Authorization": token}).json() == NO_ACCESS
    assert session.http.get("/users/me/", token=token).status_code == 401
    assert redeem(http, token, app.code()).status_code == 200
    assert redeem(http, token, app.code()).json() == {"errors": [GONE]}


def test_a_ticket_takes_five_tries(house: House, http: Caller) -> None:
    """After five wrong codes the right one is refused too; codes are counted per account, whatever the ticket or the source."""
    session, app = protected(house)
    token = first_step(http, session)
    for _turn in range(4):
        http.move()
        assert redeem(http, token, "000000").status_code == 400
    other = first_step(house.caller(), session)
    http.move()
    assert redeem(http, other, "000000").status_code == 400
    http.move()
    held = redeem(http, other, app.code())
    assert (held.status_code, list(held.json())) == (429, ["errors"])
    assert int(held.headers["Retry-After"]) > 0


def test_a_new_password_voids_tickets(house: House, http: Caller) -> None:
    """A half-finished sign-in ends when the password changes; a reset does not get around the second factor."""
    session, app = protected(house)
    token = first_step(http, session)
    code = send_code(house, http, session.member.email)
    body = {"email": session.member.email, "code": code, "new_password": NEW_STRONG}
    changed = http.post("/user/forgot-password/change-password/", body)
    assert (changed.status_code, changed.json()) == (200, {"ok": "ok"})
    assert redeem(http, token, app.code()).json() == {"errors": [GONE]}
    assert redeem(http, first_step(http, session, NEW_STRONG), app.code()).status_code == 200


def test_a_ticket_of_another_door(house: House, http: Caller) -> None:
    """Another interface's half-finished sign-in is not finished here."""
    session, app = protected(house)
    body = {"username": session.member.username, "password": PASSWORD}
    other = http.post("/auth/token/", body).json()["mfa_token"]
    assert redeem(http, other, app.code()).json() == {"errors": [GONE]}
    assert pyotp.TOTP(app.secret).digits == 6
