"""What thieves and pests try at the doors of the older interfaces, and with the mails that anybody can have sent."""

from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from werkzeug.test import TestResponse

from idp.accounts import lookup
from idp.base import clock
from idp.factors import totp
from tests.core import mails
from tests.factories import PASSWORD, Person, Provider
from tests.factors.phones import enrol, mid_step


@pytest.fixture
def ann(provider: Provider) -> Person:
    """Somebody with a password."""
    return provider.person(username="ann")


@pytest.fixture(autouse=True)
def _mid_step() -> Iterator[None]:
    with mid_step():
        yield


def post(provider: Provider, path: str, body: dict[str, Any], token: str = "", agent: str = "App/1") -> TestResponse:
    """Send JSON as a program does."""
    headers = {"User-Agent": agent} | ({"Authorization": f"Bearer {token}"} if token else {})
    answer: TestResponse = provider.app.test_client().post(path, json=body, headers=headers)
    return answer


def sign_in(provider: Provider, agent: str = "App/1") -> dict[str, str]:
    """Sign Ann in at the accounts interface and return her tokens."""
    answer = post(provider, "/auth/login/", {"username": "ann", "password": PASSWORD}, agent=agent)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def test_tokens_older_than_the_factor_do_nothing(provider: Provider, ann: Person) -> None:
    """Who kept tokens from before the owner had a second factor can neither refresh them nor turn it off (item 23)."""
    old = sign_in(provider)
    enrol(provider, ann)
    assert post(provider, "/auth/jwt/refresh/", {"refresh_token": old["refresh_token"]}).status_code == 401
    off = post(provider, "/user/2fa/disable", {"password": PASSWORD}, old["access_token"])
    assert off.status_code == 400
    assert (
        provider.app.test_client()
        .get("/users/me/", headers={"Authorization": f"Bearer {old['access_token']}"})
        .status_code
        == 401
    )
    with provider.account(ann) as account:
        assert account.has_second_factor


def test_the_sign_in_that_enrols_goes_on(provider: Provider, ann: Person) -> None:
    """The first right code counts as shown: the tokens that enrolled the app still refresh."""
    tokens = sign_in(provider)
    assert post(provider, "/user/2fa/enable", {}, tokens["access_token"]).status_code == 200
    with provider.working():
        row = totp.find_pending(ann.id)
        assert row is not None
        code = pyotp.TOTP(totp.typed_secret(row).replace(" ", "")).at(clock.now())
    assert post(provider, "/user/2fa/verify", {"code": code}, tokens["access_token"]).status_code == 200
    fresh = post(provider, "/auth/jwt/refresh/", {"refresh_token": tokens["refresh_token"]})
    assert fresh.status_code == 200
    answer = provider.app.test_client().get(
        "/users/me/", headers={"Authorization": f"Bearer {fresh.json['access_token']}"}
    )
    assert answer.status_code == 200


def test_a_program_that_is_new_is_told_by_mail(provider: Provider, ann: Person) -> None:
    """A sign-in through a door from another program is told, the very first and the next from the same are not (item 17)."""
    for agent, told in (("App/1", 0), ("App/1", 0), ("Thief/9", 1), ("Thief/9", 1)):
        sign_in(provider, agent)
        with provider.working():
            assert [mail.label for mail in mails.waiting()].count("new_device") == told


def test_nobody_is_flooded_with_mail(provider: Provider, ann: Person) -> None:
    """After ten messages the next ones wait, and the newest link stays good: a pest cannot keep voiding it (item 10)."""
    for _ in range(13):
        assert post(provider, "/auth/password/reset/", {"email": ann.email}).status_code == 202
    with provider.working():
        resets = [mail for mail in mails.waiting() if mail.label == "reset_password"]
        assert len(resets) == 10
    done = post(
        provider, "/auth/password/reset/confirm/", {"token": resets[-1].token, "new_password": "quite another sentence"}
    )
    assert done.status_code == 200
    with provider.working():
        assert lookup.find(ann.id) is not None
