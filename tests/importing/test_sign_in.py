"""Whoever came signs in by the pages: with the password that they had, and with the code of their app where they had one."""

import base64

import pyotp
import pytest
from sqlalchemy import select

from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import session
from idp.importing.sources.keycloak import Keycloak
from tests.factories import Provider
from tests.importing.arriving import EXPORTS, PASSWORD, bring


@pytest.fixture(autouse=True)
def _in_app() -> None:
    """Stand in no context: each request has its own."""


def hash_of(provider: Provider, name: str) -> str:
    """Return the hash that is kept for somebody."""
    with provider.working():
        return session().scalar(select(Account.password_hash).where(Account.username == name)) or ""


def test_people_sign_in_by_the_pages(provider: Provider) -> None:
    """A wrong password is refused and changes nothing; the right one leads in, upgrades the hash, and asks for the code of an app."""
    with provider.working():
        bring(Keycloak(EXPORTS / "keycloak-realm.json", "keycloak"))
    for name, kind in (("ana", "$as-typed$argon2id$"), ("ben", "$pbkdf2-sha512$"), ("cai", "$pbkdf2-sha256$")):
        assert hash_of(provider, name).startswith(kind)
        browser = provider.browser()
        assert browser.submit("/signin", username=name, password="wrong").status_code != 303
        assert hash_of(provider, name).startswith(kind)
        assert browser.submit("/signin", username=name, password=PASSWORD).status_code == 303
        assert browser.get("/account").status_code == 200
        assert hash_of(provider, name).startswith("$argon2id$v=19$m=19456")
    browser = provider.browser()
    answer = browser.submit("/signin", username="eve", password=PASSWORD)
    assert answer.location.startswith("/signin/code")
    assert browser.get("/account").status_code == 303
    code = pyotp.TOTP(base64.b32encode(b"kXp2sVn8qWzR4tYb6mLc").decode()).at(clock.now())
    assert browser.submit(answer.location, code=code).status_code == 303
    assert browser.get("/account").status_code == 200
    disabled = provider.browser().submit("/signin", username="dee", password=PASSWORD)
    assert disabled.status_code != 303
