"""Browsers that an account knows: remembered by a digest, new only once, forgotten after a year."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from idp.accounts import credentials, devices, passwords, service
from idp.accounts.models import Account, KnownDevice
from idp.base import clock
from idp.base.database import commit, session

SECRET, OTHER = "s" * 43, "t" * 43


@pytest.mark.usefixtures("_in_app")
def test_a_browser_is_new_once() -> None:
    """A browser is new to an account at its first sign-in alone, and new to each account by itself (item 17)."""
    assert not devices.has_any(7)
    assert devices.remember(7, SECRET, "Firefox")
    assert not devices.remember(7, SECRET, "Firefox 2")
    assert devices.is_known(7, SECRET)
    assert not devices.is_known(8, SECRET)
    assert devices.remember(8, SECRET, "Firefox")
    assert devices.remember(7, OTHER, "x" * 1000)
    assert (devices.count(7), devices.count(8), devices.has_any(8), devices.has_any(9)) == (2, 1, True, False)


@pytest.mark.usefixtures("_in_app")
@pytest.mark.parametrize("secret", [None, "", OTHER, "\u00e9\ud7ff"])
def test_other_secrets_are_unknown(secret: "str | None") -> None:
    """Nothing, and nothing else than the very secret, is a known browser; the row keeps a digest of it."""
    devices.remember(7, SECRET, "Firefox")
    assert not devices.is_known(7, secret)
    assert SECRET.encode() not in session().scalars(select(KnownDevice.digest)).one()


@pytest.mark.usefixtures("_in_app")
def test_a_browser_is_forgotten_after_a_year() -> None:
    """A year after it was last seen a browser is unknown, also before it is purged, and then new once more."""
    for account_id in (7, 8):
        devices.remember(account_id, SECRET, "Firefox")
    with clock.moved(timedelta(days=300)):
        assert not devices.remember(7, SECRET, "Firefox")
    with clock.moved(timedelta(days=400)):
        assert devices.is_known(7, SECRET)
        assert not devices.is_known(8, SECRET)
        assert not devices.has_any(8)
        assert devices.remember(8, SECRET, "Firefox")
        assert not devices.remember(8, SECRET, "Firefox")
    with clock.moved(timedelta(days=700)):
        assert devices.purge(10) == 1
        assert (devices.count(7), devices.count(8)) == (0, 1)
    with clock.moved(timedelta(days=800)):
        assert devices.purge(10) == 1
        assert devices.purge(10) == 0


@pytest.mark.usefixtures("_in_app")
def test_forgetting_every_browser_but_one() -> None:
    """All browsers of an account go, or all but the one that asks; those of others stay."""
    for account_id in (7, 8):
        devices.remember(account_id, SECRET, "Firefox")
        devices.remember(account_id, OTHER, "Safari")
    devices.forget(7, but=SECRET)
    assert (devices.is_known(7, SECRET), devices.is_known(7, OTHER)) == (True, False)
    devices.forget(7)
    assert (devices.count(7), devices.count(8)) == (0, 2)


@pytest.mark.usefixtures("_in_app")
def test_a_new_password_forgets_other_browsers() -> None:
    """A new password leaves known only the browser that chose it (item 17)."""
    account = service.add("ann@example.com", username=None, password="correct horse battery", verified=True)
    assert isinstance(account, Account)
    devices.remember(account.id, SECRET, "Firefox")
    devices.remember(account.id, OTHER, "Safari")
    new = passwords.hash_password("another long pass phrase")
    credentials.replace_password(account, new, source="192.0.2.1", device=SECRET)
    assert (devices.is_known(account.id, SECRET), devices.is_known(account.id, OTHER)) == (True, False)


def test_parallel_sign_ins_are_new_once(app: Flask) -> None:
    """Of parallel sign-ins with one browser one hears that it is new, so that one mail is sent."""
    heard: list[bool] = []
    ready = threading.Barrier(6)

    def enter() -> None:
        with app.app_context():
            ready.wait(30)
            heard.append(devices.remember(7, SECRET, "Firefox"))
            commit()

    threads = [threading.Thread(target=enter) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard) == [False] * 5 + [True]
